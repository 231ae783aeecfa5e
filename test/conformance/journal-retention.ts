import { afterEach, describe, expect, it } from 'vitest'
import { arrayStream, taskStream, type Journal } from '../../src/ports/journal.ts'
import { scripted, type JournalUnderTest } from './journal.ts'

/** What every journal keeps to about what it may give up, and about the cursors that hold it back. Called by the test file of each adapter. */
export const conformsToJournalRetention = (create: () => Promise<JournalUnderTest>): void => {
  let underTest: JournalUnderTest | null = null
  const start = async (): Promise<Journal> => (underTest = await create()).journal
  afterEach(async () => {
    await underTest?.dispose()
    underTest = null
  })

  /** Positions and times: `a` 1, 3 (ended); `b` 2; `c` 4, 5 (ended); the runner 6. Time is the position. */
  const filled = async (): Promise<Journal> => {
    const journal = await start()
    const { task, entry } = scripted({ position: 0, at: 0 })
    await journal.append([
      task('a'),
      task('b'),
      task('a', { status: 'completed' }),
      task('c', { tenant: 'other' }),
      task('c', { tenant: 'other', status: 'failed' }),
      entry('runner', null),
    ])
    return journal
  }
  const streams = (...ids: string[]): string[] => ids.map(taskStream)
  const positions = (records: readonly { position: number }[]): number[] => records.map(({ position }) => position)

  describe('what may be forgotten', () => {
    it('is what ended before a time, oldest end first, at most as much as is asked for', async () => {
      const journal = await filled()
      expect([0, 3, 4, 5, 6, 7].map((before) => journal.forgettable(before, 10))).toEqual([
        [],
        [],
        streams('a'),
        streams('a'),
        streams('a', 'c'),
        streams('a', 'c'),
      ])
      expect(journal.forgettable(7, 1)).toEqual(streams('a'))
    })

    it('is never the stream with the last record, whose position must not be used again', async () => {
      const journal = await start()
      const { task } = scripted()
      await journal.append([task('a'), task('a', { status: 'completed' })])
      expect(journal.forgettable(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
      await expect(journal.forget(streams('a'))).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      expect(journal.findTask('a')?.status).toBe('completed')
    })

    it('is nothing that a cursor has not passed, and so after a restart', async () => {
      await (await filled()).moveCursor({ name: 'sink', position: 4, at: 50 })
      const journal = await underTest!.reopen()
      expect(journal.cursors()).toEqual([{ name: 'sink', position: 4, at: 50 }])
      expect(journal.forgettable(100, 10)).toEqual(streams('a'))
      await journal.moveCursor({ name: 'sink', position: 5, at: 51 })
      await journal.moveCursor({ name: 'other', position: 2, at: 52 })
      expect(journal.forgettable(100, 10)).toEqual([])
      await journal.removeCursor('other')
      await journal.removeCursor('other')
      expect([journal.forgettable(100, 10), journal.cursors().map(({ name }) => name)]).toEqual([streams('a', 'c'), ['sink']])
    })

    it('is an array when all of its tasks have ended, and its tasks when it has gone', async () => {
      const journal = await start()
      const { task, entry } = scripted({ position: 0, at: 0 })
      const place = (index: number) => ({ array: { id: 'x', index, concurrency: null } })
      await journal.append([
        entry(arrayStream('x'), null),
        task('x.0', place(0)),
        task('x.1', place(1)),
        entry(arrayStream('x'), null),
        entry(arrayStream('unfinished'), null),
        task('x.0', { ...place(0), status: 'completed' }),
        entry('runner', null),
      ])
      expect(journal.forgettable(100, 10)).toEqual([])
      await journal.append([
        scripted({ position: 7, at: 10 }).entry(taskStream('x.1'), { ...journal.findTask('x.1')!, status: 'failed' }, { seq: 1 }),
        scripted({ position: 8, at: 20 }).entry('runner', null, { seq: 1 }),
      ])
      expect(journal.forgettable(9, 10)).toEqual([])
      expect(journal.forgettable(100, 10)).toEqual([arrayStream('x')])
      await journal.forget([arrayStream('x')])
      expect(journal.forgettable(100, 10)).toEqual(streams('x.0', 'x.1'))
    })
  })

  describe('what was forgotten', () => {
    it('is gone from every question, and the rest is as it was', async () => {
      const before = await filled()
      await before.forget(streams('a', 'unknown'))
      for (const open of [async () => before, () => underTest!.reopen()]) {
        const journal = await open()
        expect(journal.readStream(taskStream('a'), 0, 10)).toEqual([])
        expect(journal.findTask('a')).toBeNull()
        expect(journal.listTasks({ limit: 10 }).map(({ id }) => id)).toEqual(['c', 'b'])
        expect([journal.countTasks().completed, journal.countTasks().pending, journal.countTasks('other').failed]).toEqual([0, 1, 1])
        expect([journal.lastPosition(), journal.lastAt(), journal.horizon(), journal.firstGap()]).toEqual([6, 6, 3, null])
      }
    })

    it('is refused to a reader whose cursor lies before it, who is told where to go on', async () => {
      const journal = await filled()
      await journal.forget(streams('a'))
      for (const position of [0, 2])
        expect(() => journal.readAfter(position, 10)).toThrow(
          expect.objectContaining({ code: 'OUT_OF_RANGE', hint: 'Read from position 4 on: after=3' }),
        )
      expect(positions(journal.readAfter(3, 10))).toEqual([4, 5, 6])
      expect([0, 2, 5, 100].map((since) => journal.positionSince(since))).toEqual([4, 4, 5, 7])
      await expect(journal.moveCursor({ name: 'late', position: 2, at: 1 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' })
      expect(journal.cursors()).toEqual([])
    })

    it('leaves its name to a new beginning, at the next position', async () => {
      const journal = await filled()
      await journal.forget(streams('a'))
      const again = scripted({ position: 6, at: 10 }).task('a', { priority: 5 })
      await journal.append([again])
      expect([journal.findTask('a'), journal.readStream(taskStream('a'), 0, 10)]).toEqual([again.row, [again.record]])
    })

    it('is all of it or nothing', async () => {
      const journal = await filled()
      await expect(journal.forget([...streams('a'), 'runner'])).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      expect([journal.horizon(), journal.findTask('a')?.status]).toEqual([0, 'completed'])
    })
  })

  it('forgets while records are being appended', async () => {
    const journal = await filled()
    const entries = Array.from({ length: 50 }, (_, index) => scripted({ position: 6 + index, at: 20 }).task(`n${index}`))
    await Promise.all([journal.append(entries.slice(0, 25)), journal.forget(streams('a', 'c'))])
    await journal.append(entries.slice(25))
    expect([journal.lastPosition(), journal.horizon(), journal.firstGap(), journal.countTasks().pending]).toEqual([56, 5, null, 51])
  })
}
