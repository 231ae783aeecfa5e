import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scripted } from '../../test/conformance/journal.ts'
import type { JournalEntry } from '../../src/ports/journal.ts'
import { checksumOf, encodeBatch, recordCells } from './entry.ts'
import { openJournal, openJournalReader } from './journal.ts'
import { applicationId, migrations, recordColumns } from './schema.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-migration-'))
  path = join(directory, 'journal.db')
})
afterEach(() => rm(directory, { recursive: true }))

const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ')

/** What a runner of format 1 left on disk; killed, so that the last commits stand in the write-ahead log alone. */
const leftByVersionOne = async (entries: readonly JournalEntry[]): Promise<void> => {
  const live = join(directory, 'live.db')
  const db = new DatabaseSync(live)
  db.exec(`${migrations[0]!} PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;`)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0')
  const insertRecord = db.prepare(`INSERT INTO records (${recordColumns.join(', ')}, checksum) VALUES (${marks(recordColumns.length + 1)})`)
  const insertTask = db.prepare(
    `INSERT INTO tasks (first_position, position, id, status, class, tenant, workflow_id, priority, cpu_millicores, memory_bytes, submitted_at, spec_digest)
     VALUES (${marks(12)})`,
  )
  const batch = encodeBatch(entries, (stream) => stream)
  for (const [index, { record, row }] of entries.entries()) {
    const cells = recordCells(batch, (index * batch.length) / entries.length)
    insertRecord.run(...cells, checksumOf(cells))
    if (row === null) continue
    const { position } = record
    const { id, status, class: taskClass, tenant, workflowId, priority, cpuMillicores, memoryBytes, submittedAt, specDigest } = row
    insertTask.run(
      position,
      position,
      id,
      status,
      taskClass,
      tenant,
      workflowId,
      priority,
      cpuMillicores,
      memoryBytes,
      submittedAt,
      specDigest,
    )
    db.prepare('UPDATE totals SET tasks = tasks + 1 WHERE status = ?').run(status)
  }
  for (const suffix of ['', '-wal']) await copyFile(live + suffix, path + suffix)
  db.close()
}

describe('a journal of format 1', () => {
  const script = scripted()
  const [first, second] = [script.task('a', { workflowId: 'w' }), script.task('b', { priority: 7 })]
  const runner = script.entry('runner', null)
  const entries = [first, second, runner]

  it('is upgraded with its tasks and records as they were', async () => {
    await leftByVersionOne(entries)
    const journal = await openJournal({ path, mode: 'main' })
    expect(journal.readAfter(0, 10)).toEqual(entries.map(({ record }) => record))
    expect(journal.listTasks({ limit: 10 })).toEqual([second.row, first.row])
    expect(journal.listTasks({ workflowId: 'w', limit: 10 })).toEqual([first.row])
    expect(journal.countTasks().pending).toBe(2)
    expect(journal.warnings).toEqual([])
    await journal.close()
  })

  it('takes arrays afterwards, and is not upgraded twice', async () => {
    await leftByVersionOne(entries)
    const journal = await openJournal({ path, mode: 'main' })
    const place = { id: 's', index: 4, concurrency: 2 }
    await journal.append([script.task('s.4', { array: place })])
    await journal.close()
    const again = await openJournal({ path, mode: 'main' })
    expect([again.findTask('s.4')!.array, again.findTask('a')!.array]).toEqual([place, null])
    await again.close()
  })

  it('is left as it is by a reader, who says what to do', async () => {
    await leftByVersionOne(entries)
    expect(() => openJournalReader(path)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_UNAVAILABLE', hint: 'Start the runner once: it upgrades the file' }),
    )
  })
})
