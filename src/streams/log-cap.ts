import type { AttemptKey } from '../domain/exit.ts'
import type { LogStore } from '../ports/log-store.ts'

export interface LogCapOptions {
  /** Of one stream. Above it the first and the last half are kept. */
  readonly bytesMax: number
  /** While the stream grows, space is given back in steps of at least this many bytes: each costs a process and two small files. */
  readonly stepBytes: number
}

export interface LogCap {
  /** Gives back what is above the cap, of bytes before `scanned` only: what follows is still to be read. `isLast`: the stream has ended, what is above the cap goes whatever the step.
   * Never rejects: a log that cannot be cut keeps its bytes. */
  enforce(scanned: number, isLast: boolean): Promise<void>
}

/** Holds one stream under its cap. `remember` saves what was learnt from the bytes, before they go. */
export const createLogCap = (
  logs: LogStore,
  key: AttemptKey,
  stream: 'stdout' | 'stderr',
  { bytesMax, stepBytes }: LogCapOptions,
  remember: () => Promise<void>,
): LogCap => {
  const headBytes = Math.floor(bytesMax / 2)
  let before = 0
  let end: number | null = null // of the hole; null: not asked yet
  return {
    async enforce(scanned, isLast) {
      if (scanned < before) end = headBytes // the task has cut its log: what it writes now takes space where a hole was
      before = scanned
      if (scanned <= bytesMax) return
      try {
        end ??= (await logs.hole(key, stream))?.to ?? headBytes
        const to = Math.min((await logs.size(key, stream)) - (bytesMax - headBytes), scanned)
        if (to - end < (isLast ? 1 : stepBytes)) return
        await remember()
        await logs.discard(key, stream, headBytes, to)
        end = to // also where nothing could be given back: the next try comes a step later
      } catch {
        end = Math.max(end ?? 0, scanned) // a full disk, say: nothing is lost, the next try comes a step later
      }
    },
  }
}
