import { describe, expect, it } from 'vitest'
import { conformsToJournal, scripted, type JournalUnderTest } from '../../test/conformance/journal.ts'
import { conformsToJournalOfArrays } from '../../test/conformance/journal-arrays.ts'
import { conformsToJournalRetention } from '../../test/conformance/journal-retention.ts'
import { createDrivenWorld } from '../../src/testing/driven-world.ts'
import type { Journal } from '../../src/ports/journal.ts'
import { createSimulatedDisk, openSimulatedJournal } from './journal.ts'

const harness = () => {
  const { world, during } = createDrivenWorld()
  const disk = createSimulatedDisk()
  const open = (): Journal => {
    const journal = openSimulatedJournal(disk, world.begin())
    return {
      ...journal,
      append: (entries) => during(journal.append(entries)),
      forget: (streams) => during(journal.forget(streams)),
      moveCursor: (cursor) => during(journal.moveCursor(cursor)),
      removeCursor: (name) => during(journal.removeCursor(name)),
    }
  }
  return { world, disk, open }
}

describe('the simulated journal', () => {
  const create = async (): Promise<JournalUnderTest> => {
    const { open } = harness()
    let current = open()
    return {
      journal: current,
      async reopen() {
        await current.close()
        return (current = open())
      },
      async dispose() {
        await current.close()
      },
    }
  }
  conformsToJournal(create)
  conformsToJournalOfArrays(create)
  conformsToJournalRetention(create)

  it('stores nothing while its disk is full, and all of it afterwards', async () => {
    const { disk, open } = harness()
    const journal = open()
    const batch = [scripted().task('a')]
    disk.full = true
    await expect(journal.append(batch)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
    expect(journal.lastPosition()).toBe(0)
    disk.full = false
    await journal.append(batch)
    expect(journal.lastPosition()).toBe(1)
  })

  it.each([
    ['before the disk has it loses all of it', 0, 0],
    ['after the disk has it loses nothing but the answer', 1, 2],
  ])('a crash %s', async (_, point, stored) => {
    const { world, disk } = harness()
    const script = scripted()
    let answered = false
    world.crashAt = point
    void openSimulatedJournal(disk, world.begin()).append([script.task('a'), script.task('b')]).then(() => (answered = true)) // prettier-ignore
    await world.run(() => world.faults.crashes === 1, 1_000)
    expect(openSimulatedJournal(disk, world.begin()).lastPosition()).toBe(stored)
    expect(answered).toBe(false)
  })

  it('keeps what it was given, whatever is done to it afterwards', async () => {
    const journal = harness().open()
    const entry = scripted().task('a')
    await journal.append([entry])
    Object.assign(entry.record.data, { n: 'changed' })
    expect(() => Object.assign(journal.readAfter(0, 1)[0]!.data, { n: 'changed too' })).toThrow('read only')
    expect(journal.readAfter(0, 1)[0]!.data).toEqual({ n: 1 })
  })

  it('refuses a second append before the first one is answered: the port wants one at a time', async () => {
    const journal = harness().open()
    const script = scripted()
    const first = journal.append([script.task('a')])
    expect(() => journal.append([script.task('b')])).toThrow('under way')
    await first
  })
})
