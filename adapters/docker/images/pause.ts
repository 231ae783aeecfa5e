import { RunnerError } from '../../../src/domain/errors.ts'
import type { Clock } from '../../../src/ports/clock.ts'

export const givenUp = (signal: AbortSignal): RunnerError =>
  new RunnerError('CANCELLED', 'getting the image was given up', { cause: signal.reason })

/** Resolves after `delayMs`; rejects at once when the signal aborts.
 * @throws RunnerError `CANCELLED` */
export const pause = (clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(givenUp(signal))
    const abort = (): void => {
      cancel()
      reject(givenUp(signal))
    }
    const cancel = clock.timer(delayMs, () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    signal.addEventListener('abort', abort)
  })
