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
   * It has to be large. A follower of engine 20.10 that is behind when files turn over reads the one it has open to its end; then it misses files, or hears no more
   * until the container ends. Measured with 200 MB in lines of 71 bytes, which take 276 MB there: through 5 files of 20 MB (the engine's default) 43–46 MB came,
   * through 2 of 150 MB 109 MB (what the first file held; the rest came when the log was read again), through one of 4 GB all of it, 10 s after the container's end,
   * at 20 MB/s. A container takes twice this size of the engine's disk at most. */
  readonly engineFileBytes: number
}

export interface LogCopy {
  /** Resolves when the engine has ended the log and the files hold all of it, or when the signal aborted.
   * @throws RunnerError `ENGINE_UNAVAILABLE`, `WORK_DIR_UNUSABLE` (the files cannot be written): after `unavailableMs`; what `open` rejects with. A new copy goes on at the sizes of the files. */
  readonly done: Promise<void>
  /** Bytes that the engine has sent so far. While it grows, `done` is worth waiting for: the engine reads a log slower than a container can write it. */
  receivedBytes(): number
}

/** The most that one byte of output takes in the engine's file: an empty line takes a record of less than 40. */
const recordBytesMax = 40

/** An engine holds 4,096 records ready for a follower, and drops what it has beyond them when the container ends while the follower is behind, also where nothing has turned
 * over (20.10: in one of four containers that ended in a burst of 3 MB, on a loaded machine). A record has a byte at least. */
const behindBytesMin = 4_096

/** No byte for so long, from a log that does not begin as the file does: what is searched for does not come. */
const searchIdleMs = 2_000

const [retryMsMin, retryMsMax] = [100, 5_000]

/** Copies the engine's log into the attempt's two files, each byte once however often it is begun anew: the log is read from its beginning, and of each stream as many
 * bytes are dropped as its file holds. One chunk is in memory at a time; a slow disk holds the engine back. A log that breaks off is opened again after a pause.
 * When the engine's log has turned over (its bytes are not those of the file) the copy goes on after the file's last bytes, or, where the log lacks those,
 * appends `lostMarker` and then all that there is. A log of more than a few lines is read once more after its end, because a follower that was behind misses its end.
 * The engine also ends a log when it stops: whoever knows that the container runs on starts another copy. */
export const copyLogs = (options: CopyLogsOptions): LogCopy => {
  let received = 0
  const count = (bytes: number): void => void (received += bytes)
  return { done: copyUntilEnd(options, count), receivedBytes: () => received }
}

const copyUntilEnd = async (options: CopyLogsOptions, count: (bytes: number) => void): Promise<void> => {
  const { clock, signal, logger, engineFileBytes } = options
  const modes: Modes = { stdout: 'verify', stderr: 'verify' }
  const patience = createPatience(options)
  let isLastLook = false
  while (!signal.aborted) {
    try {
      const reading = await readOnce(options, modes, count, patience)
      if (reading.end !== 'ended' || modes.stdout !== 'verify' || modes.stderr !== 'verify') continue
      const { receivedBytes } = reading
      if (isLastLook || (receivedBytes < behindBytesMin && receivedBytes * recordBytesMax < engineFileBytes)) return
      isLastLook = true
    } catch (cause) {
      if (signal.aborted) return
      const error = asRunnerError(cause)
      const delayMs = patience.broke()
      if (delayMs === null || !mayPass(cause, error)) throw error
      logger.warn({ failure: toFailure(error), delayMs }, 'the copy of a container log broke off and is begun again')
      await pause(clock, delayMs, signal, 'the copy of a log').catch(() => {}) // `signal` tells
    }
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
  { open, files, signal, logger, clock }: CopyLogsOptions,
  modes: Modes,
  count: (bytes: number) => void,
  patience: Patience,
): Promise<{ readonly end: ReadingEnd; readonly receivedBytes: number }> => {
  const stdout = await openLogFile(files.stdout, modes.stdout, logger)
  const stderr = await openLogFile(files.stderr, modes.stderr, logger).catch(async (cause: unknown) => {
    await stdout.close()
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
    const end = await readBody(body, {
      clock,
      signal,
      idleMs: searchIdleMs,
      mayBeIdle: () => !both.some((file) => file.isSearching()),
      take: async (chunk) => {
        count(chunk.length)
        receivedBytes += chunk.length
        demultiplexer.push(chunk)
        for (const file of both) if (await file.flush()) patience.appended()
        return !both.some((file) => file.isMisread())
      },
    })
    if (end === 'ended' && demultiplexer.end().truncated) throw new Error('it ended inside a frame')
    await settle(end)
    return { end, receivedBytes }
  } catch (cause) {
    await settle('broken')
    throw cause
  } finally {
    await Promise.all(both.map((file) => file.close()))
  }
}
