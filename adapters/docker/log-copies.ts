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
  /** The container has ended: resolves when all that it has printed is in its files, or when the engine has sent no more of it for ten seconds. Repeatable. */
  settle(name: string, signal: AbortSignal): Promise<void>
  /** Ends the copy, if there is one. */
  drop(name: string): void
  close(): void
}

interface Copy {
  readonly id: string
  readonly files: Files
  /** It was begun when the container had ended: there is nothing after it. */
  readonly isLast: boolean
  readonly abort: AbortController
  readonly log: LogCopy
  /** Never rejects. */
  readonly over: Promise<void>
  /** How it came to its end; null while it has not. */
  end: CopyEnd | 'failed' | null
}

/** A follower that is not behind is told the end of the log within so long of the container's end; one that is behind would be read again in any case. */
const followerMs = 100

/** The engine has sent nothing for so long of a log that nobody writes any more. */
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

  const begin = (name: string, id: string, files: Files, isLast: boolean): Copy => {
    const abort = new AbortController()
    const about = mapFields(logger, (fields) => ({ attempt: name, ...fields }))
    const log = copyLogs({
      open: (until) => open(id, until),
      files,
      signal: abort.signal,
      logger: about,
      clock,
      unavailableMs,
      engineFileBytes,
      hasEnded: isLast,
    })
    const over = log.done.then(
      (end) => {
        copy.end = end
        if (end === 'behind') about.info({}, 'a container prints faster than its engine passes on: its log goes on when it has ended')
      },
      (cause: unknown) => {
        copy.end = 'failed'
        logger.warn({ attempt: name, cause: wordsOf(cause) }, 'the log of a container cannot be copied')
      },
    )
    const copy: Copy = { id, files, isLast, abort, log, over, end: null }
    copies.set(name, copy)
    return copy
  }

  const drop = (name: string): void => {
    copies.get(name)?.abort.abort()
    copies.delete(name)
  }

  /** Of the container that has ended: after what its follower was told, the log is read once, with nobody writing to it. */
  const beginLast = async (name: string, follower: Copy, signal: AbortSignal): Promise<Copy> => {
    if (follower.end === null) await pause(clock, followerMs, signal, 'the rest of a log', follower.over)
    follower.abort.abort()
    await follower.over // two at once would both append
    return begin(name, follower.id, follower.files, true)
  }

  return {
    begin(name, id, files) {
      if (!copies.has(name)) begin(name, id, files, false)
    },
    async settle(name, signal) {
      const known = copies.get(name)
      if (!known) return
      const last = known.isLast && known.end !== 'failed' ? known : await beginLast(name, known, signal)
      for (let received = -1; last.end === null && last.log.receivedBytes() > received;) {
        received = last.log.receivedBytes()
        await pause(clock, silenceMs, signal, 'the rest of a log', last.over)
      }
      if (last.end === 'ended') return
      last.abort.abort()
      logger.warn({ attempt: name }, 'the log of a container did not come to its end')
    },
    drop,
    close() {
      for (const name of [...copies.keys()]) drop(name)
    },
  }
}
