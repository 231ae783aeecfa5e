import { endedStatuses } from '../domain/result.ts'
import type { Task } from './api.ts'

/** Waits until an attempt of a task begins. False when it never will, because the task has ended before, or when the signal aborts. */
export const attemptBegins = async (task: Task, attempt: number, signal: AbortSignal): Promise<boolean> => {
  const begun = (): boolean => task.status().attempt >= attempt
  if (!begun() && !endedStatuses.has(task.status().status)) for await (const _ of task.updates(signal)) if (begun()) break
  return begun() && !signal.aborted
}
