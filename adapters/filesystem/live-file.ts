import { constants, watch, type BigIntStats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { FileReading, OpenLiveFile } from '../../src/ports/live-file.ts'
import { diskError, errnoOf } from './disk-error.ts'

/** From the first sign of a change to the look, in milliseconds: an editor that truncates and then writes is done by then. */
const settleMs = 100
/** How often it is looked at without any sign, in milliseconds: for links into directories that are not watched, and file systems that tell nothing. */
const lookMs = 2_000
const bytesMax = 8 * 2 ** 20

/** The directory is watched rather than the file, because a change is usually another file under the same name or, in Kubernetes, another target of a link beside
 * it. One look costs an open and an fstat; the content is read only when those say that it is another. */
export const openLiveFile =
  (clock: Clock): OpenLiveFile =>
  async (path, taken, failed) => {
    let seen = ''
    let closed = false
    let cancelTimer = (): void => {}
    let soon = false // a sign has come, and the look has not begun

    /** Takes what is new. @throws what is wrong with it, once */
    const look = async (): Promise<void> => {
      const found = await find(path, seen)
      if (found === 'unchanged' || closed) return
      seen = found.version
      if (found.problem) throw found.problem
      taken(found.reading)
    }
    let work = look()
    await work // the first look rejects, there is nothing to go on with

    const lookAgain = (): Promise<void> => {
      soon = false
      work = work
        .then(look)
        .catch(failed)
        .finally(() => soon || lookIn(lookMs))
      return work
    }
    const lookIn = (delayMs: number): void => {
      cancelTimer()
      soon = delayMs < lookMs
      if (!closed) cancelTimer = clock.timer(delayMs, () => void lookAgain())
    }
    const stopWatching = watchDirectory(dirname(path), () => soon || lookIn(settleMs))
    lookIn(lookMs)
    return {
      async reload() {
        await work
        seen = 'asked for'
        await lookAgain()
      },
      close() {
        closed = true
        cancelTimer()
        stopWatching()
      },
    }
  }

/** A state of the file; `version` tells it from others. */
type Found = { readonly version: string } & (
  { readonly reading: FileReading; readonly problem?: undefined } | { readonly problem: RunnerError }
)

/** What is at the path, unless it is what was seen or is being written just now. */
const find = async (path: string, seen: string): Promise<Found | 'unchanged'> => {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK) // a FIFO would wait for its writer
    const before = await file.stat({ bigint: true })
    const version = versionOf(before)
    // One that was replaced since it was opened has a new ctime, but nothing new in it.
    if (version === seen || before.nlink === 0n) return 'unchanged'
    if (!before.isFile()) return { version, problem: unusable(`${path} is not a file`) }
    if (before.size > bytesMax) return { version, problem: unusable(`${path} is larger than ${bytesMax} bytes`) }
    const text = await file.readFile('utf8')
    if (seen !== '' && versionOf(await file.stat({ bigint: true })) !== version) return 'unchanged' // the next look sees it whole
    return { version, reading: { text, mode: Number(before.mode & 0o777n) } }
  } catch (cause) {
    const version = `no file: ${errnoOf(cause)}`
    return version === seen ? 'unchanged' : { version, problem: diskError('CONFIG_INVALID', 'reading', path, cause) }
  } finally {
    await file?.close()
  }
}

const versionOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => `${dev}:${ino} ${size} ${mtimeNs} ${ctimeNs}`

const unusable = (message: string): RunnerError => new RunnerError('CONFIG_INVALID', message, { hint: 'Name a small text file' })

const watchDirectory = (directory: string, changed: () => void): (() => void) => {
  try {
    const watcher = watch(directory, { persistent: false }, changed)
    watcher.on('error', () => watcher.close()) // the looks go on
    return () => watcher.close()
  } catch {
    return () => {}
  }
}
