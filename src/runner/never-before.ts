import type { Clock } from '../ports/clock.ts'

/** A clock that never tells a time before `floor`: the journal's last record may be of a process whose host's clock was ahead of ours, and its times never go
 * back. Until the host's clock is there again, time stands still; timers do not. */
export const neverBefore = (clock: Clock, floor: number): Clock => ({
  now: () => Math.max(clock.now(), floor),
  monotonic: () => clock.monotonic(),
  timer: (delayMs, run) => clock.timer(delayMs, run),
})
