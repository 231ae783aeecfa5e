import { appendFile, closeSync, constants, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { createResumePoint, lostMarker, readHeld, type HeldBytes, type ResumeMode } from './resume-point.ts'

/** Why a reading of the log is over: the engine ended it, nothing came for a while, a file found that it has to be read in another mode, it is
 * behind the container, or it broke off. */
export type ReadingEnd = 'ended' | 'idle' | 'misread' | 'behind' | 'broken'

/** One log file during one reading of the engine's log. Methods reject with `RunnerError` `WORK_DIR_UNUSABLE`. */
export interface LogFile {
  /** Keeps the bytes until `flush`. */
  take(bytes: Buffer): void
  /** Appends what of the bytes taken is new. @returns how many that were */
  flush(): Promise<number>
  /** The place to go on at is being searched for, and may not be in the log at all. */
  isSearching(): boolean
  /** The log has to be read again in the mode that `settle` tells. */
  isMisread(): boolean
  /** Appends the marker where the place to go on at is not in the log. @returns the mode of the next reading */
  settle(end: ReadingEnd): Promise<ResumeMode>
  close(): void
}

const appendBytes = promisify(appendFile)

/** Opens a log file to go on at its size. The file is never made or cut. It is opened and closed synchronously, as `FileLogStore` does it: most logs are short, and
 * each is opened twice; the bytes go through the thread pool. */
export const openLogFile = async (path: string, begunIn: ResumeMode, logger: Logger): Promise<LogFile> => {
  const onDisk = async <T>(doing: string, call: () => T | Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      throw unusable(doing, path, cause)
    }
  }
  const fd = await onDisk('opening', () => openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW))
  const held = await onDisk('reading', () => readOrClose(fd))
  const point = createResumePoint(held, begunIn)
  let mode = begunIn
  let pieces: Buffer[] = []

  const append = (bytes: Buffer): Promise<void> => onDisk('writing', () => appendBytes(fd, bytes))

  return {
    take: (bytes) => void pieces.push(bytes),
    async flush() {
      if (pieces.length === 0) return 0
      const isNew = point.take(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
      pieces = []
      if (isNew.length === 0) return 0
      mode = 'verify' // from now on the file says how far the copy is
      await append(isNew)
      return isNew.length
    },
    isSearching: () => begunIn === 'search' && point.state() === 'looking',
    isMisread: () => point.state() === 'differs' || point.state() === 'missing',
    async settle(end) {
      if (end === 'broken') return mode
      if (point.state() === 'differs') return 'search'
      const isOver = end === 'ended' || end === 'idle'
      if (point.state() === 'missing' || (begunIn === 'search' && point.state() === 'looking' && isOver)) {
        logger.warn({ path, heldBytes: held.size }, 'output of a container was lost: the log of the engine turned over')
        if (!held.tail.subarray(-lostMarker.length).equals(lostMarker)) await append(lostMarker)
        return 'everything'
      }
      if (end !== 'ended') return mode
      if (point.state() === 'looking') logger.warn({ path, heldBytes: held.size }, 'the log of the engine is shorter than its copy')
      return 'verify'
    },
    close() {
      try {
        closeSync(fd)
      } catch (cause) {
        throw unusable('closing', path, cause)
      }
    },
  }
}

const readOrClose = async (fd: number): Promise<HeldBytes> => {
  try {
    return await readHeld(fd)
  } catch (cause) {
    closeSync(fd)
    throw cause
  }
}

const unusable = (doing: string, path: string, cause: unknown): RunnerError => {
  const { code, message } = cause as NodeJS.ErrnoException
  return new RunnerError('WORK_DIR_UNUSABLE', `${doing} ${path} failed: ${code ?? message}`, {
    hint: `Look at the disk and the rights of ${path}`,
    cause,
  })
}
