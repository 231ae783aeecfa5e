import type { Clock } from '../ports/clock.ts'
import type { Task } from './api.ts'

/** Waits for a task's end, at most `timeoutMs` milliseconds; null: without a limit. False when the time was over first.
 * @throws whatever the wait was cut off with when `gone` aborts or the runner is closed */
export const endsWithin = async (task: Task, timeoutMs: number | null, clock: Clock, gone: AbortSignal): Promise<boolean> => {
  const over = new AbortController()
  const disarm = timeoutMs === null ? () => {} : clock.timer(timeoutMs, () => over.abort())
  try {
    await task.result(AbortSignal.any([gone, over.signal]))
    return true
  } catch (cause) {
    if (over.signal.aborted && !gone.aborted) return false
    throw cause
  } finally {
    disarm()
  }
}
