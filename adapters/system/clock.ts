import type { Clock } from '../../src/ports/clock.ts'

/** Node keeps timers of at most 2^31 − 1 ms (24.8 days) and fires longer ones at once. */
const delayMsMax = 2 ** 31 - 1

/** The host's time. `now()` follows the host's clock forward and, while that stands behind (somebody set it back), goes on with the monotonic one. */
export const createSystemClock = (): Clock => {
  let [lastNow, lastMonotonic] = [Date.now(), performance.now()]
  return {
    now() {
      const monotonic = performance.now()
      lastNow = Math.max(Date.now(), lastNow + monotonic - lastMonotonic)
      lastMonotonic = monotonic
      return Math.floor(lastNow)
    },
    monotonic: () => performance.now(),
    timer(delayMs, run) {
      let timeout: NodeJS.Timeout
      const wait = (leftMs: number): void => {
        timeout = setTimeout(() => (leftMs > delayMsMax ? wait(leftMs - delayMsMax) : run()), Math.min(leftMs, delayMsMax))
        timeout.unref()
      }
      wait(Math.max(0, Math.ceil(delayMs)))
      return () => clearTimeout(timeout)
    },
  }
}
