import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openJournal } from '../../adapters/sqlite/journal.ts'
import { requireService } from '../require-service.ts'
import { expectedCounts, expectedEntry } from './journal-script.ts'

/** A disk of 4 MiB of our own; null where this user may not mount. */
const mountSmallDisk = (): string | null => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', directory], { stdio: 'ignore' })
    return directory
  } catch {
    rmSync(directory, { recursive: true })
    return null
  }
}

const disk = mountSmallDisk()
const isMounted = requireService('a mounted tmpfs', disk !== null, 'run as root, with CAP_SYS_ADMIN when inside a container')
afterAll(() => {
  if (disk === null) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

/** Takes all the space but `bytesLeft`. */
const fillUp = (path: string, bytesLeft: number): void => {
  const { bavail, bsize } = statfsSync(disk!)
  writeFileSync(path, Buffer.alloc(bavail * bsize - bytesLeft))
}

describe.runIf(isMounted).each(['worker', 'main'] as const)('on a full disk, committing on the %s thread', (mode) => {
  it('refuses to append, goes on reading, and takes the same entries once there is room', async () => {
    const [path, filler] = [join(disk!, `${mode}.db`), join(disk!, `${mode}.filler`)]
    let journal = await openJournal({ path, mode })
    const next = (count: number) => Array.from({ length: count }, (_, index) => expectedEntry(journal.lastPosition() + 1 + index))
    await journal.append(next(50))
    for (let times = 0; times < 3; times++) {
      fillUp(filler, 64 * 1_024 * times)
      let batch = next(40)
      let acknowledged = journal.lastPosition()
      const refused = await untilRefused(async () => {
        batch = next(40)
        await journal.append(batch)
        acknowledged = batch.at(-1)!.record.position
      })
      expect(refused).toMatchObject({
        name: 'RunnerError',
        code: 'JOURNAL_UNAVAILABLE',
        message: expect.stringMatching(/could not be written: .*(full|disk)/),
      })
      await expect(journal.append(batch)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      expect(journal.lastPosition()).toBe(acknowledged)
      expect(journal.readStream('task:t0', 0, 10)).toEqual([1, 2, 3].map((position) => expectedEntry(position).record))
      expect(journal.countTasks()).toMatchObject(expectedCounts(acknowledged))
      rmSync(filler)
      await journal.append(batch)
      expect(journal.lastPosition()).toBe(acknowledged + batch.length)
    }
    const last = journal.lastPosition()
    await journal.close()
    journal = await openJournal({ path, mode })
    expect(journal.warnings).toEqual([])
    expect(journal.readAfter(0, 10_000)).toEqual(Array.from({ length: last }, (_, index) => expectedEntry(index + 1).record))
    expect(journal.countTasks()).toMatchObject(expectedCounts(last))
    await journal.close()
    rmSync(path)
  })
})

/** What `append` rejected with, at last: the disk is full, so that it cannot go on for ever. */
const untilRefused = async (append: () => Promise<void>): Promise<unknown> => {
  for (let times = 0; times < 1_000; times++) {
    try {
      await append()
    } catch (cause) {
      return cause
    }
  }
  return null
}
