import { Observable, from as fromSource, type Subscription } from 'rxjs'
import type { AttemptKey } from '../domain/exit.ts'
import type { LogChunk, LogStore, LogStream } from '../ports/log-store.ts'
import { interruptible } from './interruptible.ts'

/** Bytes of one read: large enough that the calls cost little (22 µs each, measured), small enough that a chunk's work never holds the event loop for long. */
export const chunkBytesMax = 65_536

export interface TailOptions {
  /** Of the first byte wanted. */
  readonly offset: number
  /** Emits or resolves when nothing will be added any more. Already so: the stream is read to its end at once. An error counts as the end. */
  readonly ended: Observable<unknown> | Promise<unknown>
  /** Ends the reading early, without an error. */
  readonly signal?: AbortSignal | undefined
}

/** Bytes, and how many before them were skipped: those were given back because the log was over its cap. */
export interface TailPiece extends LogChunk {
  readonly gap: number
}

/** Reads a stream from an offset and follows its growth until it has ended, then to its end. Pulled: one read at a time, the next when the consumer asks.
 * Returning ends it at once, also while it waits. Nothing is watched while there is something to read. A stream that shrinks (a task may cut its own log) gives nothing until it is longer again. */
export const readTail = (logs: LogStore, key: AttemptKey, stream: LogStream, options: TailOptions): AsyncGenerator<TailPiece, void> =>
  interruptible(options.signal, (signal) => readPieces(logs, key, stream, { ...options, signal }))

async function* readPieces(
  logs: LogStore,
  key: AttemptKey,
  stream: LogStream,
  { offset, ended, signal }: TailOptions,
): AsyncGenerator<TailPiece, void> {
  const bell = createBell()
  let hasEnded = false
  const end = (): void => {
    hasEnded = true
    bell.ring()
  }
  const ending: Subscription = fromSource(ended).subscribe({ next: end, error: end, complete: end })
  let unwatch: (() => void) | null = null
  signal?.addEventListener('abort', bell.ring)
  try {
    for (let next = offset; !signal?.aborted;) {
      const isLast = hasEnded // asked before the read: what it finds then is all there is
      bell.clear()
      const chunk = await logs.read(key, stream, next, chunkBytesMax)
      if (chunk.bytes.length > 0 && !signal?.aborted) {
        const gap = chunk.offset - next
        next = chunk.offset + chunk.bytes.length
        yield { ...chunk, gap }
      } else if (isLast) return
      else if (unwatch) await bell.rung()
      else unwatch = logs.watch(key, stream, bell.ring) // and look once more: it may have grown before
    }
  } finally {
    signal?.removeEventListener('abort', bell.ring)
    ending.unsubscribe()
    unwatch?.()
  }
}

/** `readTail` as an Observable: the next read begins when every subscriber's `next` has returned. Unsubscribing ends the reading. */
export const tail = (logs: LogStore, key: AttemptKey, stream: LogStream, options: TailOptions): Observable<TailPiece> =>
  new Observable((subscriber) => {
    const pieces = readTail(logs, key, stream, options)
    subscriber.add(() => void pieces.return())
    subscriber.add(fromSource(pieces).subscribe(subscriber))
  })

/** Rings once for any number of reasons; heard by one. */
const createBell = () => {
  let hasRung = false
  let hear: (() => void) | null = null
  return {
    ring: (): void => {
      hasRung = true
      hear?.()
    },
    clear: (): void => {
      hasRung = false
    },
    rung: (): Promise<void> =>
      hasRung
        ? Promise.resolve()
        : new Promise((resolve) => {
            hear = () => {
              hear = null
              resolve()
            }
          }),
  }
}
