import { Observable } from 'rxjs'
import { RunnerError } from '../domain/errors.ts'
import type { AttemptKey } from '../domain/exit.ts'
import type { LogStore } from '../ports/log-store.ts'
import { interruptible } from './interruptible.ts'
import { readTail, tail, type TailOptions, type TailPiece } from './tail.ts'

/** A reader's view of one log from an offset: every byte once and in order, with the number of bytes missing before it where the middle was given back;
 * completes when the stream has ended and is read. `offset` may be beyond the end.
 * @throws RunnerError `OUT_OF_RANGE` when `offset` itself was given back; its hint names the next that is there */
export const followLog = (logs: LogStore, key: AttemptKey, stream: 'stdout' | 'stderr', options: TailOptions): Observable<TailPiece> =>
  new Observable((subscriber) => {
    let inner: { unsubscribe(): void } | undefined
    assertThere(logs, key, stream, options.offset).then(
      () => {
        if (!subscriber.closed) inner = tail(logs, key, stream, options).subscribe(subscriber)
      },
      (cause: unknown) => subscriber.error(cause),
    )
    return () => inner?.unsubscribe()
  })

/** `followLog` for a consumer that pulls: a socket that is full, or a `for await` loop with work of its own, holds the reading back. */
export const readLog = (
  logs: LogStore,
  key: AttemptKey,
  stream: 'stdout' | 'stderr',
  options: TailOptions,
): AsyncGenerator<TailPiece, void> =>
  interruptible(options.signal, async function* (signal) {
    await assertThere(logs, key, stream, options.offset)
    yield* readTail(logs, key, stream, { ...options, signal })
  })

const assertThere = async (logs: LogStore, key: AttemptKey, stream: 'stdout' | 'stderr', offset: number): Promise<void> => {
  const hole = await logs.hole(key, stream)
  if (!hole || offset < hole.from || offset >= hole.to) return
  const size = hole.to - hole.from
  throw new RunnerError(
    'OUT_OF_RANGE',
    `byte ${offset} of ${stream} was given back: the log was over its cap, ${size} bytes from ${hole.from} are gone`,
    {
      path: 'offset',
      hint: `Read from ${hole.to}`,
    },
  )
}
