import type { Clock } from '../../src/ports/clock.ts'
import { mapFields, type Logger } from '../../src/ports/logger.ts'
import { copyLogs, type CopyEnd, type LogCopy } from './copy-logs.ts'
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
  /** How it came to its end; null while it has not. */
  end: CopyEnd | 'failed' | null
  /** When that was, Unix milliseconds. */
  endAt: number
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

  const begin = (name: string, id: string, files: Files, hasEnded: boolean): Copy => {
    const abort = new AbortController()
    const { signal } = abort
    const about = mapFields(logger, (fields) => ({ attempt: name, ...fields }))
    const log = copyLogs({
      open: (until) => open(id, until),
      files,
      signal,
      logger: about,
      clock,
      unavailableMs,
      engineFileBytes,
      hasEnded,
    })
    const ended = (end: CopyEnd | 'failed'): void => {
      copy.end = end
      copy.endAt = clock.now()
    }
    const over = log.done.then(ended, (cause: unknown) => {
      ended('failed')
      logger.warn({ attempt: name, cause: wordsOf(cause) }, 'the log of a container cannot be copied')
    })
    const copy: Copy = { id, files, abort, log, over, end: null, endAt: 0 }
    copies.set(name, copy)
    return copy
  }

  const drop = (name: string): void => {
    copies.get(name)?.abort.abort()
    copies.delete(name)
  }

  /** Resolves when the copy is over, or has got nothing new for a while. */
  const overOrSilent = async (copy: Copy, signal: AbortSignal): Promise<void> => {
    for (let received = -1; copy.end === null && copy.log.receivedBytes() > received;) {
      received = copy.log.receivedBytes()
      await pause(clock, silenceMs, signal, 'the wait', copy.over)
    }
  }

  return {
    begin(name, id, files) {
      if (!copies.has(name)) begin(name, id, files, false)
    },
    async settle(name, endedAt, signal) {
      let copy = copies.get(name)
      if (!copy) return
      const goOn = (): Copy => begin(name, copy!.id, copy!.files, true)
      // One that failed may do better now; one that ended before its container did has left something out.
      if (copy.end === 'failed' || (copy.end === 'whole' && endedAt !== null && copy.endAt < endedAt)) copy = goOn()
      await overOrSilent(copy, signal)
      if (copy.end === 'behind') {
        logger.info({ attempt: name }, 'a container printed faster than its engine passes on: its log is read anew')
        copy = goOn()
        await overOrSilent(copy, signal)
      }
      if (copy.end === 'whole') return
      copy.abort.abort()
      logger.warn({ attempt: name }, 'the log of a container did not come to its end')
    },
    drop,
    close() {
      for (const name of [...copies.keys()]) drop(name)
    },
  }
}
