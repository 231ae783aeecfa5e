import type { Clock } from '../src/ports/clock.ts'

/** Time that passes when a test says so. */
export const createManualClock = () => {
  let time = 0
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  const clock: Clock = {
    now: () => time,
    monotonic: () => time,
    timer: (delayMs, run) => {
      const timer = { at: time + delayMs, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const pass = (ms: number): void => {
    const end = time + ms
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      time = Math.max(time, next.at)
      timers.delete(next)
      next.run()
    }
    time = end
  }
  return { clock, pass, timers }
}
