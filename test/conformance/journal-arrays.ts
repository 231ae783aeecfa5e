import { afterEach, describe, expect, it } from 'vitest'
import { arrayStream, type Journal, type TaskRow } from '../../src/ports/journal.ts'
import { scripted, type JournalUnderTest } from './journal.ts'

/** What every journal keeps to about tasks that belong together. Called by the test file of each adapter. */
export const conformsToJournalOfArrays = (create: () => Promise<JournalUnderTest>): void => {
  let underTest: JournalUnderTest | null = null
  const start = async (): Promise<Journal> => (underTest = await create()).journal
  afterEach(async () => {
    await underTest?.dispose()
    underTest = null
  })

  const place = (id: string, index: number) => ({ id, index, concurrency: null })
  const ids = (rows: readonly TaskRow[]): string[] => rows.map(({ id }) => id)

  describe('the tasks of an array', () => {
    const filled = async (): Promise<Journal> => {
      const journal = await start()
      const { task } = scripted()
      await journal.append([
        task('a.0', { array: place('a', 0), workflowId: 'w' }),
        task('b.0', { array: place('b', 0), tenant: 'other', workflowId: 'w' }),
        task('a.1', { array: place('a', 1), workflowId: 'w' }),
        task('alone', { workflowId: 'w' }),
        task('a.2', { array: place('a', 2), class: 'gpu' }),
        task('a.1', { array: place('a', 1), workflowId: 'w', status: 'failed' }),
      ])
      return journal
    }

    it('are listed newest first, by state and page', async () => {
      const journal = await filled()
      expect(ids(journal.listTasks({ arrayId: 'a', limit: 10 }))).toEqual(['a.2', 'a.1', 'a.0'])
      expect(ids(journal.listTasks({ arrayId: 'a', limit: 1, after: 'a.2' }))).toEqual(['a.1'])
      expect(ids(journal.listTasks({ arrayId: 'a', status: ['pending', 'running'], limit: 10 }))).toEqual(['a.2', 'a.0'])
      expect(ids(journal.listTasks({ arrayId: 'c', limit: 10 }))).toEqual([])
    })

    it('are listed only if they pass every other filter too', async () => {
      const journal = await filled()
      expect(ids(journal.listTasks({ arrayId: 'a', class: 'gpu', limit: 10 }))).toEqual(['a.2'])
      expect(ids(journal.listTasks({ arrayId: 'b', tenant: 'default', limit: 10 }))).toEqual([])
      expect(ids(journal.listTasks({ arrayId: 'b', tenant: 'other', workflowId: 'w', limit: 10 }))).toEqual(['b.0'])
    })

    it('are counted by state', async () => {
      const journal = await filled()
      expect(journal.countArray('a')).toMatchObject({ pending: 2, failed: 1, running: 0 })
      expect(Object.values(journal.countArray('c')).every((tasks) => tasks === 0)).toBe(true)
    })

    it('keep their places over a restart', async () => {
      await filled()
      const journal = await underTest!.reopen()
      expect(journal.findTask('a.2')!.array).toEqual(place('a', 2))
      expect(journal.findTask('alone')!.array).toBeNull()
    })
  })

  it('lists the tasks of a workflow, those of one tenant too', async () => {
    const journal = await start()
    const { task } = scripted()
    await journal.append([
      task('a', { workflowId: 'w' }),
      task('b'),
      task('c', { workflowId: 'w', tenant: 'other' }),
      task('d', { workflowId: 'v' }),
    ])
    expect(ids(journal.listTasks({ workflowId: 'w', limit: 10 }))).toEqual(['c', 'a'])
    expect(ids(journal.listTasks({ workflowId: 'w', tenant: 'other', limit: 10 }))).toEqual(['c'])
    expect(ids(journal.listTasks({ workflowId: 'w', status: ['failed'], limit: 10 }))).toEqual([])
  })

  describe('an array', () => {
    it('is unfinished as long as its first record stands alone, and so after a restart', async () => {
      const journal = await start()
      const { entry, task } = scripted()
      await journal.append([
        entry(arrayStream('b'), null),
        task('b.0', { array: place('b', 0) }),
        entry(arrayStream('a'), null),
        entry(arrayStream('c'), null),
      ])
      expect(journal.unfinishedArrays()).toEqual(['a', 'b', 'c'])
      await journal.append([entry(arrayStream('a'), null)])
      expect((await underTest!.reopen()).unfinishedArrays()).toEqual(['b', 'c'])
    })

    it('whose records were put aside is not, until it begins anew', async () => {
      const journal = await start()
      const { entry } = scripted()
      await journal.append([entry(arrayStream('a'), null)])
      journal.quarantine(arrayStream('a'), 'for a reason', 1)
      expect(journal.unfinishedArrays()).toEqual([])
      await journal.append([scripted({ position: 1, at: 2_000 }).entry(arrayStream('a'), null)])
      expect(journal.unfinishedArrays()).toEqual(['a'])
    })
  })
}
