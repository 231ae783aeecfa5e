import { RunnerError } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'

export const givenUp = (signal: AbortSignal, doing: string): RunnerError =>
  new RunnerError('CANCELLED', `${doing} was given up`, { cause: signal.reason })

/** @throws RunnerError `CANCELLED` when the caller has given up */
export const assertWanted = (signal: AbortSignal, doing: string): void => {
  if (signal.aborted) throw givenUp(signal, doing)
}

/** Resolves after `delayMs`, or as soon as `early` does; rejects at once when the signal aborts.
 * @throws RunnerError `CANCELLED` */
export const pause = (clock: Clock, delayMs: number, signal: AbortSignal, doing: string, early?: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => finish(() => reject(givenUp(signal, doing)))
    const cancel = delayMs === Infinity ? () => {} : clock.timer(delayMs, () => finish(resolve))
    const finish = (then: () => void): void => {
      cancel()
      signal.removeEventListener('abort', abort)
      then()
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    void early?.then(() => finish(resolve))
  })
