import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Journal } from '../../src/ports/journal.ts'
import { scripted } from '../../test/conformance/journal.ts'
import { openJournal, openJournalReader } from './journal.ts'

let directory: string
let path: string
let journal: Journal | null
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-damage-'))
  path = join(directory, 'journal.db')
  journal = null
})
afterEach(async () => {
  await journal?.close()
  await rm(directory, { recursive: true })
})

const open = async (): Promise<Journal> => (journal = await openJournal({ path, mode: 'main' }))

/** Positions: 1 a pending, 2 b pending, 3 a running, 4 a progress without a row, 5 b completed, 6 c pending. */
const fill = async (): Promise<void> => {
  const script = scripted()
  const first = await openJournal({ path, mode: 'main' })
  await first.append([
    script.task('a'),
    script.task('b'),
    script.task('a', { status: 'running', placed: true, attempt: 1 }),
    script.entry('task:a', null),
    script.task('b', { status: 'completed', attempt: 1, completedAt: 5_000 }),
    script.task('c'),
  ])
  await first.close()
}
const damage = (sql: string): void => {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}
const live = (of: Journal): string[] => {
  const found: string[] = []
  of.eachLiveTask(({ id, status }) => found.push(`${id} ${status}`))
  return found
}

describe('a torn last record', () => {
  it('is cut with a warning; a task that it began is forgotten, and may begin again', async () => {
    await fill()
    damage(`UPDATE records SET data = substr(data, 1, 3) WHERE position = 6`)
    const mended = await open()
    expect(mended.warnings).toEqual([
      'the last record (position 6, task:c seq 0) was torn and has been cut: its checksum does not match',
      'the task c is forgotten: the torn record was its first',
    ])
    expect([mended.lastPosition(), mended.findTask('c'), mended.quarantined()]).toEqual([5, null, []])
    expect(mended.countTasks()).toMatchObject({ pending: 0, running: 1, completed: 1 })
    await mended.append([scripted({ position: 5, at: 9_000 }).task('c')])
    await mended.close()
    expect((await open()).warnings).toEqual([])
  })

  it('takes its task back to the record before, field by field, an ended one back to life', async () => {
    await fill()
    damage(`DELETE FROM records WHERE position = 6; DELETE FROM tasks WHERE id = 'c'; UPDATE records SET state = '{' WHERE position = 5`)
    const mended = await open()
    expect(mended.warnings[1]).toBe('the task b is taken back to pending')
    expect(mended.findTask('b')).toMatchObject({ status: 'pending', attempt: 0, completedAt: null })
    expect([live(mended), mended.lastPosition()]).toEqual([['a running', 'b pending'], 4])
    expect(mended.countTasks()).toMatchObject({ pending: 1, running: 1, completed: 0 })
  })

  it('may be several, when the end of a batch was lost', async () => {
    await fill()
    damage(`UPDATE records SET checksum = 0 WHERE position >= 3`)
    const mended = await open()
    expect([mended.lastPosition(), mended.warnings.length, live(mended)]).toEqual([2, 7, ['a pending', 'b pending']])
  })

  it('may be all there is', async () => {
    await fill()
    damage(`UPDATE records SET at = at + 1`)
    const mended = await open()
    expect([mended.lastPosition(), live(mended), mended.countTasks().pending]).toEqual([0, [], 0])
  })

  it('puts the task aside that cannot be taken back', async () => {
    await fill()
    damage(`UPDATE records SET row = '{"sta' WHERE position = 2; UPDATE records SET checksum = 0 WHERE position >= 5`)
    const mended = await open()
    expect(mended.quarantined()).toMatchObject([{ stream: 'task:b', reason: expect.stringContaining('not JSON') }])
    expect([live(mended), mended.countTasks()]).toMatchObject([['a running'], { pending: 0, running: 1, completed: 0 }])
  })

  it('is too much when more than a thousand are torn', async () => {
    const script = scripted()
    const first = await open()
    await first.append(Array.from({ length: 1_200 }, (_, index) => script.task(`t${index}`)))
    await first.close()
    damage('UPDATE records SET checksum = 1 WHERE position > 100')
    await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', hint: expect.stringContaining('restore') })
  })
})

describe('a bad record in the middle', () => {
  it.each([
    ['its data', `UPDATE records SET data = '{"n":33}' WHERE position = 3`, 'the checksum of seq 1 (position 3) does not match'],
    ['its time', `UPDATE records SET at = at + 1 WHERE position = 3`, 'the checksum of seq 1 (position 3) does not match'],
    ['itself', `DELETE FROM records WHERE position = 3`, 'seq 1 is missing'],
  ])('that lost %s is named by whoever reads its stream; the rest is read, and it can be put aside', async (_, sql, words) => {
    await fill()
    damage(sql)
    const damaged = await open()
    expect(damaged.warnings).toEqual([])
    expect(() => damaged.readStream('task:a', 0, 10)).toThrow(
      expect.objectContaining({ name: 'RunnerError', code: 'JOURNAL_CORRUPT', path: 'task:a', message: expect.stringContaining(words) }),
    )
    expect(damaged.readStream('task:b', 0, 10).length).toBe(2)
    damaged.quarantine('task:a', words, 7)
    expect(damaged.readAfter(0, 10).map(({ position }) => position)).toEqual([2, 5, 6])
    expect(live(damaged)).toEqual(['c pending'])
  })

  it('stops a reader of everything, with the name of its stream', async () => {
    await fill()
    damage(`UPDATE records SET public = '[' WHERE position = 3`)
    const damaged = await open()
    expect(() => damaged.readAfter(0, 10)).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT', path: 'task:a' }))
    expect(damaged.readAfter(3, 10).length).toBe(3)
  })

  it('that held the row of a live task is put aside by eachLiveTask, which visits the others', async () => {
    await fill()
    damage(`UPDATE records SET row = 'x' WHERE position = 3`)
    const reader = openJournalReader(path)
    const seen: string[] = []
    reader.eachLiveTask(({ id }) => seen.push(id))
    reader.close()
    const damaged = await open()
    expect(() => damaged.findTask('a')).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT', path: 'task:a' }))
    expect([seen, live(damaged), live(damaged)]).toEqual([['c'], ['c pending'], ['c pending']])
    expect(damaged.quarantined()).toMatchObject([{ stream: 'task:a', at: damaged.lastAt() }])
  })
})
