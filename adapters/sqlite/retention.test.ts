import { copyFileSync, existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scripted } from '../../test/conformance/journal.ts'
import { taskStream, type Journal } from '../../src/ports/journal.ts'
import { openJournal } from './journal.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-retention-'))
  path = join(directory, 'journal.db')
})
afterEach(() => rm(directory, { recursive: true }))

const open = (): Promise<Journal> => openJournal({ path, mode: 'main' })
const sql = (text: string): void => {
  const db = new DatabaseSync(path)
  db.exec(text)
  db.close()
}

/** Ended tasks of 10 kB each, then one record of the runner. */
const fill = async (journal: Journal, tasks: number): Promise<string[]> => {
  const { task, entry } = scripted()
  const ids = Array.from({ length: tasks }, (_, index) => `t${index}`)
  for (const id of ids) {
    const submitted = task(id)
    const large = { ...submitted, record: { ...submitted.record, data: { text: 'x'.repeat(10_000) } } }
    await journal.append([large, task(id, { status: 'completed' })])
  }
  await journal.append([entry('runner', null)])
  return ids.map(taskStream)
}

describe('the file', () => {
  it('shrinks by what was removed', async () => {
    const journal = await open()
    const streams = await fill(journal, 300)
    await journal.close()
    const before = statSync(path).size
    const again = await open()
    await again.forget(streams)
    await again.close()
    expect([before > 3_000_000, statSync(path).size < before / 10]).toEqual([true, true])
  })

  it('shrinks too when it was begun by an older program', async () => {
    copyFileSync(join(import.meta.dirname, '../../test/journals/format-2.sqlite'), path)
    const journal = await open()
    const before = statSync(path).size
    const { task, entry } = scripted({ position: journal.lastPosition(), at: journal.lastAt() })
    const large = task('large')
    await journal.append([{ ...large, record: { ...large.record, data: { text: 'x'.repeat(2_000_000) } } }, task('large', { status: 'failed' }), entry('array:z', null)]) // prettier-ignore
    await journal.forget(['task:large'])
    await journal.close()
    expect(statSync(path).size).toBeLessThan(before + 200_000)
    expect(existsSync(`${path}-wal`)).toBe(false)
  })
})

describe('a position that is missing', () => {
  it('is found behind the horizon, and not before it', async () => {
    const journal = await open()
    const streams = await fill(journal, 3)
    await journal.forget(streams.slice(0, 1))
    expect([journal.horizon(), journal.firstGap()]).toEqual([2, null])
    sql('DELETE FROM records WHERE position = 3')
    expect(journal.firstGap()).toBe(3)
    await journal.close()
  })

  it('is not used again, even where the last record was torn and cut', async () => {
    const journal = await open()
    await journal.forget(await fill(journal, 2))
    await journal.close()
    sql("UPDATE records SET type = 'torn' WHERE position = 5")
    const mended = await open()
    expect([mended.warnings.length, mended.lastPosition(), mended.horizon()]).toEqual([1, 4, 4])
    await mended.append([scripted({ position: 4, at: 5_000 }).task('next')])
    expect([mended.readAfter(4, 10).map(({ position }) => position), mended.firstGap()]).toEqual([[5], null])
    await mended.close()
  })
})

it('a stream that was put aside is kept, and so is what began again under its name', async () => {
  const journal = await open()
  const { task, entry } = scripted()
  await journal.append([task('a'), entry('runner', null)])
  journal.quarantine(taskStream('a'), 'for a reason', 1)
  const again = scripted({ position: 2, at: 5_000 })
  await journal.append([again.task('a'), again.task('a', { status: 'failed' }), scripted({ position: 4, at: 6_000 }).entry('runner', null, { seq: 1 })]) // prettier-ignore
  expect(journal.forgettable(10_000, 10)).toEqual([taskStream('a')])
  await journal.forget([taskStream('a')])
  expect([journal.findTask('a'), journal.quarantined().length, journal.horizon()]).toEqual([null, 1, 4])
  await journal.close()
  const db = new DatabaseSync(path, { readOnly: true })
  expect(db.prepare("SELECT count(*) AS n FROM records WHERE stream = 'task:a'").get()!['n']).toBe(1)
  db.close()
})
