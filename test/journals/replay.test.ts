import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openJournal } from '../../adapters/sqlite/journal.ts'
import { schemaVersion } from '../../adapters/sqlite/schema.ts'
import { isSameJson } from '../../src/domain/json.ts'
import { taskStream, type Journal } from '../../src/ports/journal.ts'
import { auditJournal } from '../../src/runner/audit-journal.ts'
import { foldRow, foldRunner, foldTask } from '../../src/runner/fold.ts'

const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.sqlite'))
  .toSorted()

const formatOf = (name: string): number => Number(/^format-(\d+)/.exec(name)![1])

it('there is a recorded journal of every format', () => {
  expect([...new Set(names.map(formatOf))].toSorted()).toEqual(Array.from({ length: schemaVersion }, (_, index) => index + 1))
})

describe.each(names)('the recorded journal %s', (name) => {
  let directory: string
  let journal: Journal
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'er-journals-'))
    const path = join(directory, 'journal.sqlite')
    copyFileSync(join(import.meta.dirname, name), path)
    journal = await openJournal({ path, mode: 'main' })
  })
  afterAll(async () => {
    await journal.close()
    rmSync(directory, { recursive: true })
  })

  const rows = () => journal.listTasks({ limit: 1_000 })

  it('is opened by this program without loss', () => {
    const kinds = {
      completed: 'completed',
      failed: 'failed',
      retried: 'completed',
      lost: 'failed',
      cancelled: 'cancelled',
      pending: 'pending',
    }
    const array = formatOf(name) < 2 ? {} : { 'array.0': 'completed', 'array.1': 'failed', 'array.2': 'failed' }
    expect(journal.warnings).toEqual([])
    expect(Object.fromEntries(rows().map(({ id, status }) => [id, status]))).toEqual({ ...kinds, ...array })
    expect(journal.readAfter(0, 10_000)).toHaveLength(journal.lastPosition())
  })

  it('folds, by the machines of this program, to every row and every state that was stored', () => {
    for (const row of rows())
      expect(foldRow(journal.readStream(taskStream(row.id), 0, 1_000))).toSatisfy((folded) => isSameJson(folded, row))
    expect(foldRunner(journal.readStream('runner', 0, 1_000)).snapshot.context).toMatchObject({ paused: true })
    expect(auditJournal(journal).flatMap(({ name, violations }) => violations.map((each) => `${name}: ${each}`))).toEqual([])
  })

  it('is taken up wherever its program may have been killed: the beginning of each stream folds to the state that was stored there', () => {
    for (const { id } of rows()) {
      const records = journal.readStream(taskStream(id), 0, 1_000)
      for (let length = 1; length <= records.length; length++) expect(foldTask(records.slice(0, length)).nextSeq).toBe(length)
    }
  })

  it('holds what there is to replay: another attempt, a lost one, progress, an exit code', () => {
    const types = (id: string) => journal.readStream(taskStream(id), 0, 1_000).map(({ type }) => type)
    expect([types('retried').filter((type) => type === 'attempt.lost').length, journal.findTask('retried')!.attempt]).toEqual([1, 2])
    expect([journal.findTask('lost')!.failure?.code, journal.findTask('lost')!.attempt]).toEqual(['TASK_LOST', 2])
    expect(types('completed')).toContain('task.progressed')
    expect(journal.findTask('failed')!.result?.exit).toMatchObject({ code: 7 })
    expect(journal.findTask('cancelled')!.cancelReason).toBe('no longer wanted')
  })
})
