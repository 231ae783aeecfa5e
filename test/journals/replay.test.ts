import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openJournal } from '../../adapters/sqlite/journal.ts'
import { schemaVersion } from '../../adapters/sqlite/schema.ts'
import { taskStream, type Journal } from '../../src/ports/journal.ts'
import { auditJournal } from '../../src/runner/audit-journal.ts'
import { foldRow, foldRunner } from '../../src/runner/fold.ts'

const formats = Array.from({ length: schemaVersion }, (_, index) => index + 1)

it('there is a recorded journal of every format, and no other', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sqlite'))
  expect(files.toSorted()).toEqual(formats.map((format) => `format-${format}.sqlite`))
})

describe.each(formats)('the recorded journal of format %i', (format) => {
  let directory: string
  let journal: Journal
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'er-journals-'))
    const path = join(directory, 'journal.sqlite')
    copyFileSync(join(import.meta.dirname, `format-${format}.sqlite`), path)
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
    const array = format < 2 ? {} : { 'array.0': 'completed', 'array.1': 'failed', 'array.2': 'failed' }
    expect(journal.warnings).toEqual([])
    expect(Object.fromEntries(rows().map(({ id, status }) => [id, status]))).toEqual({ ...kinds, ...array })
    expect(journal.readAfter(0, 10_000)).toHaveLength(journal.lastPosition())
  })

  it('folds, by the machines of this program, to every row and every state that was stored', () => {
    for (const row of rows()) expect(foldRow(journal.readStream(taskStream(row.id), 0, 1_000))).toEqual(row)
    expect(foldRunner(journal.readStream('runner', 0, 1_000)).snapshot.context).toMatchObject({ paused: true })
    expect(auditJournal(journal).flatMap(({ name, violations }) => violations.map((each) => `${name}: ${each}`))).toEqual([])
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
