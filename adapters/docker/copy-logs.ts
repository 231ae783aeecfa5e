import { RunnerError, toFailure } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { createDemultiplexer, type OutputStream } from './demultiplexer.ts'
import { EngineRefusal } from './engine.ts'
import { openLogFile, type ReadingEnd } from './log-file.ts'
import { openBody, readBody } from './read-body.ts'
import { pause } from '../system/pause.ts'
import type { ResumeMode } from './resume-point.ts'

export interface CopyLogsOptions {
  /** Asks the engine for the log of the container from its beginning, both streams, multiplexed (`logs?stdout=1&stderr=1&follow=1`).
   * An `EngineRefusal` and a `RunnerError` other than `ENGINE_UNAVAILABLE` end the copy; anything else is tried again. */
  readonly open: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>
  /** Absolute paths; the files exist. */
  readonly files: Readonly<Record<OutputStream, string>>
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly clock: Clock
  /** How long the log may be out of reach, without a byte added to a file, before the copy rejects. */
  readonly unavailableMs: number
  /** The size at which the engine begins another file for the log (`max-size`, with `max-file` 2 and `compress` false).
   * It has to be large. A follower of engine 20.10 that is behind when files turn over reads the one it has open to its end; then it misses files, hears no more
   * until the container ends, or is told a file twice. Measured with 200 MB in lines of 71 bytes, which take 276 MB there: through 5 files of 20 MB (the engine's
   * default) 43–46 MB came, through 2 of 150 MB 109 MB (what the first file held; the rest came when the log was read again), through one of 4 GB all of it, 10 s after
   * the container's end, at 20 MB/s; and of 2.1 GB in lines of 8 KB, at 105 MB/s through 2 of 512 MiB, the second and the fourth file came twice and the third not at all.
   * A container takes twice this size of the engine's disk at most. */
  readonly engineFileBytes: number
  /** The container has ended, so that nothing turns over any more: one reading of its log is all of it. */
  readonly hasEnded?: boolean
}

/** - `ended`    the engine has ended the log. A follower may not have been told all of it: engine 20.10 drops what it has not passed on when the container ends, which is what
 *              comes after the last newline in every third container that ends with such (measured), and far more where the follower is behind. With `hasEnded`, all of it
 * - `behind`   the copy fell behind a container whose log may turn over: what the engine would tell from here on may have holes and repetitions that nobody could see.
 *              A copy that begins when the container has ended goes on where this one stopped
 * - `aborted`  the signal did */
export type CopyEnd = 'ended' | 'behind' | 'aborted'

export interface LogCopy {
  /** Never resolves as `behind` where the container has ended.
   * @throws RunnerError `ENGINE_UNAVAILABLE`, `WORK_DIR_UNUSABLE` (the files cannot be written): after `unavailableMs`; what `open` rejects with. A new copy goes on at the sizes of the files. */
  readonly done: Promise<CopyEnd>
  /** Bytes that the engine has sent so far. While it grows, `done` is worth waiting for: the engine reads a log slower than a container can write it. */
  receivedBytes(): number
}

/** So much in a row, without a moment in which a follower had to wait for the container, and it counts as behind: two of the engine's reads of a busy log are less than
 * a millisecond apart. A burst that is shorter goes by before a file turns over behind it. */
const [behindAfterBytes, waitingMs] = [4_194_304, 5]

/** Of the engine's file, after which the next may begin: what it holds is known to a few percent. */
const fullAt = 0.9

/** What a frame takes in the engine's file beyond its bytes here, which count eight for its header: a record of 16 KiB, of a longer line, has less than 1 % more. */
const recordOverheadBytes = 32

/** No byte for so long, from a log that does not begin as the file does: what is searched for does not come. */
const searchIdleMs = 2_000

const [retryMsMin, retryMsMax] = [100, 5_000]

/** Copies the engine's log into the attempt's two files, each byte once however often it is begun anew: the log is read from its beginning, and of each stream as many
 * bytes are dropped as its file holds. One chunk is in memory at a time; a slow disk holds the engine back. A log that breaks off is opened again after a pause.
 * When the engine's log has turned over (its bytes are not those of the file) the copy goes on after the file's last bytes, or, where the log lacks those,
 * appends `lostMarker` and then all that there is. A copy that falls behind where a file may turn over stops. The engine also ends a log
 * when it stops: whoever knows that the container runs on starts another copy. */
export const copyLogs = (options: CopyLogsOptions): LogCopy => {
  let received = 0
  const count = (bytes: number): void => void (received += bytes)
  return { done: copyUntilEnd(options, count), receivedBytes: () => received }
}

const copyUntilEnd = async (options: CopyLogsOptions, count: (bytes: number) => void): Promise<CopyEnd> => {
  const { clock, signal, logger } = options
  const modes: Modes = { stdout: 'verify', stderr: 'verify' }
  const patience = createPatience(options)
  while (!signal.aborted) {
    try {
      const end = await readOnce(options, modes, count, patience)
      if (end === 'behind') return 'behind'
      if (end === 'ended' && modes.stdout === 'verify' && modes.stderr === 'verify') return 'ended'
    } catch (cause) {
      if (signal.aborted) return 'aborted'
      const error = asRunnerError(cause)
      const delayMs = patience.broke()
      if (delayMs === null || !mayPass(cause, error)) throw error
      logger.warn({ failure: toFailure(error), delayMs }, 'the copy of a container log broke off and is begun again')
      await pause(clock, delayMs, signal, 'the copy of a log').catch(() => {}) // `signal` tells
    }
  }
  return 'aborted'
}

/** Whether a reading is behind its container, where the log has reached a size at which a file may turn over. Bytes that the files hold already do not count: what is read
 * again was there when the reading began. */
const createLagWatch = ({ clock, engineFileBytes, hasEnded = false }: CopyLogsOptions) => {
  let newInARow = 0
  let waitsSince = clock.monotonic()
  return {
    comes(): void {
      if (clock.monotonic() - waitsSince >= waitingMs) newInARow = 0
    },
    took(newBytes: number): void {
      newInARow += newBytes
      waitsSince = clock.monotonic()
    },
    isBehind: (engineBytes: number): boolean => !hasEnded && newInARow >= behindAfterBytes && engineBytes >= fullAt * engineFileBytes,
  }
}

interface Patience {
  opened(): void
  appended(): void
  /** @returns the pause before the next try; null when it has lasted long enough */
  broke(): number | null
}

/** A log that stays open is well, also when nothing comes: most tasks say little. */
const createPatience = ({ clock, unavailableMs }: CopyLogsOptions): Patience => {
  let wellAt = clock.monotonic()
  let openedAt = Infinity
  let delayMs = retryMsMin
  const appended = (): void => {
    wellAt = clock.monotonic()
    delayMs = retryMsMin
  }
  return {
    opened: () => void (openedAt = clock.monotonic()),
    appended,
    broke() {
      if (clock.monotonic() - openedAt >= retryMsMax) appended()
      openedAt = Infinity
      if (clock.monotonic() - wellAt >= unavailableMs) return null
      const thisMs = delayMs
      delayMs = Math.min(2 * delayMs, retryMsMax)
      return thisMs
    },
  }
}

type Modes = Record<OutputStream, ResumeMode>

/** Whether another try may end better: not where the engine has answered and refuses, nor where the attempt's files are gone. */
const mayPass = (cause: unknown, { code, cause: reason }: RunnerError): boolean => {
  if (code === 'WORK_DIR_UNUSABLE') return (reason as NodeJS.ErrnoException).code !== 'ENOENT'
  return code === 'ENGINE_UNAVAILABLE' && !(cause instanceof EngineRefusal)
}

const asRunnerError = (cause: unknown): RunnerError => {
  if (cause instanceof RunnerError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RunnerError('ENGINE_UNAVAILABLE', `the engine's log stream broke: ${reason}`, { cause })
}

/** Reads the log once, from its beginning, and tells in `modes` how it has to be read next. */
const readOnce = async (
  options: CopyLogsOptions,
  modes: Modes,
  count: (bytes: number) => void,
  patience: Patience,
): Promise<ReadingEnd> => {
  const { open, files, signal, logger, clock } = options
  const stdout = await openLogFile(files.stdout, modes.stdout, logger)
  const stderr = await openLogFile(files.stderr, modes.stderr, logger).catch((cause: unknown) => {
    stdout.close()
    throw cause
  })
  const both = [stdout, stderr]
  let receivedBytes = 0
  const settle = async (end: ReadingEnd): Promise<void> => {
    modes.stdout = await stdout.settle(end)
    modes.stderr = await stderr.settle(end)
  }
  try {
    const demultiplexer = createDemultiplexer({ write: (stream, bytes) => (stream === 'stdout' ? stdout : stderr).take(bytes) })
    const body = await openBody(open, signal)
    patience.opened()
    const lag = createLagWatch(options)
    const isBehind = (): boolean => lag.isBehind(receivedBytes + recordOverheadBytes * demultiplexer.frames())
    const read = await readBody(body, {
      clock,
      signal,
      idleMs: searchIdleMs,
      mayBeIdle: () => !both.some((file) => file.isSearching()),
      take: async (chunk) => {
        lag.comes()
        count(chunk.length)
        receivedBytes += chunk.length
        demultiplexer.push(chunk)
        let newBytes = 0
        for (const file of both) newBytes += await file.flush()
        if (newBytes > 0) patience.appended()
        lag.took(newBytes)
        return !isBehind() && !both.some((file) => file.isMisread())
      },
    })
    const end = read === 'stopped' ? (both.some((file) => file.isMisread()) ? 'misread' : 'behind') : read
    if (end === 'ended' && demultiplexer.end().truncated) throw new Error('it ended inside a frame')
    await settle(end)
    return end
  } catch (cause) {
    await settle('broken')
    throw cause
  } finally {
    for (const file of both) file.close()
  }
}
