import { RunnerError } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** @throws RunnerError `CANCELLED` when the caller has given up */
export const assertWanted = (signal: AbortSignal, doing: string): void => {
  if (signal.aborted) throw new RunnerError('CANCELLED', `${doing} was given up`, { cause: signal.reason })
}

/** Resolves after `delayMs`, or as soon as `early` does; rejects at once when the signal aborts.
 * @throws RunnerError `CANCELLED` */
export const pause = (clock: Clock, delayMs: number, signal: AbortSignal, doing: string, early?: Promise<void>): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => finish(() => reject(new RunnerError('CANCELLED', `${doing} was given up`, { cause: signal.reason })))
    const cancel = clock.timer(delayMs, () => finish(resolve))
    const finish = (then: () => void): void => {
      cancel()
      signal.removeEventListener('abort', abort)
      then()
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    void early?.then(() => finish(resolve))
  })
