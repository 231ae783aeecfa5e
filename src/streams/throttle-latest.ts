import { Observable, type MonoTypeOperatorFunction } from 'rxjs'
import type { Clock } from '../ports/clock.ts'

/** Passes on the first value at once and then at most one per `intervalMs`: the latest. The last value is always told: at the end of the source without
 * waiting. Holds one value and, while it waits, one timer. */
export const throttleLatest =
  <T>(intervalMs: number, clock: Clock): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable<T>((subscriber) => {
      let waiting: { readonly value: T } | null = null
      let cancelTimer: (() => void) | null = null

      const tell = (value: T): void => {
        waiting = null
        cancelTimer = clock.timer(intervalMs, () => {
          cancelTimer = null
          if (waiting) tell(waiting.value)
        })
        subscriber.next(value)
      }
      subscriber.add(() => cancelTimer?.())
      subscriber.add(
        source.subscribe({
          next: (value) => {
            if (cancelTimer) waiting = { value }
            else tell(value)
          },
          error: (cause: unknown) => subscriber.error(cause),
          complete: () => {
            if (waiting) subscriber.next(waiting.value)
            subscriber.complete()
          },
        }),
      )
    })
