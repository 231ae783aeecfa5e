import type { Clock } from '../../src/ports/clock.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { copyLogs, type LogCopy } from './copy-logs.ts'
import { wordsOf, type Engine } from './engine.ts'
import { pause } from '../system/pause.ts'

type Files = { readonly stdout: string; readonly stderr: string }

/** Copies what containers print from the engine's log into the attempts' files, as long as they run. */
export interface LogCopies {
  /** Idempotent. The container has been started. */
  begin(name: string, id: string, files: Files): void
  /** Resolves when all that the ended container has printed is in its files, or when the engine has sent no more of it for ten seconds.
   * @param endedAt Unix milliseconds */
  settle(name: string, endedAt: number | null, signal: AbortSignal): Promise<void>
  /** Ends the copy, if there is one. */
  drop(name: string): void
  close(): void
}

interface Copy {
  readonly id: string
  readonly files: Files
  readonly abort: AbortController
  readonly log: LogCopy
  /** Never rejects. */
  readonly over: Promise<void>
  /** When the engine's log came to its end, Unix milliseconds; null while it has not. */
  endedAt: number | null
  failed: boolean
}

/** From the end of a container to the end of its log: under ten milliseconds here; far more where a disk is slow. */
const silenceMs = 10_000

export interface LogCopiesOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  /** How long a log may be out of reach before it is given up, in milliseconds. */
  readonly unavailableMs: number
  /** The size at which the engine begins another file for a log. */
  readonly engineFileBytes: number
}

export const createLogCopies = ({ engine, clock, logger, unavailableMs, engineFileBytes }: LogCopiesOptions): LogCopies => {
  const copies = new Map<string, Copy>()

  const open = (id: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> =>
    engine.ask(signal, (docker, abortSignal) => docker.getContainer(id).logs({ follow: true, stdout: true, stderr: true, abortSignal }))

  const begin = (name: string, id: string, files: Files): Copy => {
    const abort = new AbortController()
    const log = copyLogs({ open: (signal) => open(id, signal), files, signal: abort.signal, logger, clock, unavailableMs, engineFileBytes })
    const over = log.done.then(
      () => { copy.endedAt = clock.now() },
      (cause: unknown) => {
        copy.failed = true
        logger.warn({ attempt: name, cause: wordsOf(cause) }, 'the log of a container cannot be copied')
      },
    ) // prettier-ignore
    const copy: Copy = { id, files, abort, log, over, endedAt: null, failed: false }
    copies.set(name, copy)
    return copy
  }

  const drop = (name: string): void => {
    copies.get(name)?.abort.abort()
    copies.delete(name)
  }

  return {
    begin(name, id, files) {
      if (!copies.has(name)) begin(name, id, files)
    },
    async settle(name, endedAt, signal) {
      let copy = copies.get(name)
      if (!copy) return
      // One that failed may do better now; one that ended before its container did has left something out.
      if (copy.failed || (copy.endedAt !== null && endedAt !== null && copy.endedAt < endedAt)) copy = begin(name, copy.id, copy.files)
      for (let received = -1; copy.endedAt === null && !copy.failed && copy.log.receivedBytes() > received;) {
        received = copy.log.receivedBytes()
        await pause(clock, silenceMs, signal, 'the wait', copy.over)
      }
      if (copy.endedAt !== null) return
      copy.abort.abort()
      logger.warn({ attempt: name }, 'the log of a container did not come to its end')
    },
    drop,
    close() {
      for (const name of [...copies.keys()]) drop(name)
    },
  }
}
