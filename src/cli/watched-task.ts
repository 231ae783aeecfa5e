import type { TaskStatus } from '../domain/result.ts'
import { endedStatuses } from '../domain/result.ts'
import type { TaskDocument } from '../runner/task-document.ts'
import type { FedEvent } from './event-feed.ts'
import { oneLine } from './output.ts'

/** A task as `watch` knows it, and a line of `watch --json`. */
export interface WatchedTask {
  /** RFC 3339: when it became so. */
  readonly time: string
  readonly id: string
  readonly status: TaskStatus
  readonly attempt: number
  readonly progress: { readonly percent: number | null; readonly step: string | null; readonly message: string | null } | null
  /** Why it is tried again or did not succeed. */
  readonly why: string | null
  /** The event that told it; null for what was found at the beginning. */
  readonly event: string | null
}

const statusAfter: Readonly<Record<string, TaskStatus>> = {
  task_submitted: 'pending',
  task_started: 'running',
  task_progress: 'running',
  task_retrying: 'retrying',
  task_completed: 'completed',
  task_failed: 'failed',
  task_cancelled: 'cancelled',
}

export const foundTask = ({ id, status, attempt, progress, why, ...task }: TaskDocument): WatchedTask => ({
  time: (task.completed_at ?? task.started_at ?? task.submitted_at)!,
  id,
  status,
  attempt,
  progress: progress as WatchedTask['progress'],
  why: why === null || !endedStatuses.has(status) ? null : oneLine(why), // of one that has not ended it tells the whole story
  event: null,
})

/** A task after an event; null when that says nothing new: it is of another kind, or older than what is known. */
export const taskAfter = (known: WatchedTask | undefined, { type, timestamp, data }: FedEvent): WatchedTask | null => {
  const status = statusAfter[type]
  const { task_id: id, attempt = 0, error, progress } = data
  if (status === undefined || id === undefined) return null
  if (known && (endedStatuses.has(known.status) || attempt < known.attempt || type === 'task_submitted')) return null
  return {
    time: timestamp,
    id,
    status,
    attempt,
    progress:
      type === 'task_progress' ? (progress as WatchedTask['progress']) : endedStatuses.has(status) ? (known?.progress ?? null) : null,
    why: typeof error === 'string' ? oneLine(error) : null,
    event: type,
  }
}

/** `running` · `running 38% train: epoch 3` · `retrying LAUNCH_FAILED: …` */
export const wordsOf = ({ status, attempt, progress, why }: WatchedTask): string => {
  const reported = progress && [progress.percent === null ? null : `${Math.floor(progress.percent)}%`, progress.step, progress.message]
  const detail = [attempt > 1 ? `attempt ${attempt}` : null, ...(status === 'running' ? (reported ?? []) : []), why]
  return oneLine([status, ...detail.filter(Boolean)].join(' '))
}
