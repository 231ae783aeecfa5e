import { endedStatuses, type TaskStatus } from '../../../domain/result.ts'
import type { TaskRow } from '../../../ports/journal.ts'
import { resultDocument } from '../../../runner/task-document.ts'
import type { TaskResult } from '../generated/orchestrator/v1/TaskResult.ts'

/** The words that these clients know (contracts §1). */
export type WireStatus = 'pending' | 'running' | 'completed' | 'failed'

/** @param isLaunched an attempt of the task was started at least once: from then on it runs until it ends */
export const wireStatus = (status: TaskStatus, isLaunched: boolean): WireStatus => {
  switch (status) {
    case 'pending':
    case 'completed':
    case 'failed':
      return status
    case 'cancelled':
      return 'failed'
    case 'retrying':
      return isLaunched ? 'running' : 'pending'
    case 'preparing':
    case 'running':
    case 'collecting':
      return 'running'
  }
}

export const wireStatusOf = (row: TaskRow): WireStatus => wireStatus(row.status, row.startedAt !== null)

export interface WireLinks {
  /** `http://HOST:PORT` under which logs can be fetched; null where HTTP is not served. */
  readonly httpBase: string | null
  readonly logPaths: { readonly stdout: string; readonly stderr: string } | null
}

/** A task as `TaskResult` and `GetTaskStatusResponse` tell it. @param status of a change that is told later than the row was written; default: the row's own */
export const wireTask = (row: TaskRow, links: WireLinks, status: WireStatus = wireStatusOf(row)) => {
  const document =
    endedStatuses.has(row.status) && status === wireStatusOf(row)
      ? resultDocument(row, { logsUrl: logsUrlOf(row, links), logPaths: links.logPaths })
      : null
  const failure = document?.error ?? null
  return {
    task_id: row.id,
    status,
    result: document === null ? liveResult(row, links, status) : endedResult(row, document),
    error: failure === null ? '' : (row.status === 'cancelled' ? `cancelled: ${failure}` : failure).toWellFormed(),
    duration_ms: document?.result.latency_ms ?? 0,
    completed_at: document === null || row.completedAt === null ? 0 : Math.floor(row.completedAt / 1_000),
  } satisfies TaskResult
}

export type WireTask = ReturnType<typeof wireTask>

const logsUrlOf = ({ id }: TaskRow, { httpBase }: WireLinks): string | null =>
  httpBase === null ? null : `${httpBase}/api/v1/tasks/${id}/logs`

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** What is known, as text that every client can read: half a surrogate pair out of a task's own words is no UTF-8. */
const present = (members: Readonly<Record<string, string | number | null | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value).toWellFormed()]],
    ),
  )

const liveResult = (row: TaskRow, links: WireLinks, status: WireStatus): Record<string, string> => {
  const progress = status === 'running' ? (row.progress as { percent?: number; step?: string; message?: string } | null) : null
  return present({
    class: row.class,
    attempts: row.attempt,
    submitted_at: time(row.submittedAt),
    started_at: status === 'pending' ? null : time(row.startedAt),
    logs_url: logsUrlOf(row, links),
    progress: progress?.percent,
    step: progress?.step,
    message: progress?.message,
  })
}

const endedResult = (row: TaskRow, document: NonNullable<ReturnType<typeof resultDocument>>): Record<string, string> =>
  present({
    class: row.class,
    attempts: document.attempts,
    exit_code: document.exit_code,
    signal: document.signal,
    latency_ms: document.result.latency_ms,
    submitted_at: document.submitted_at,
    started_at: document.started_at,
    completed_at: document.completed_at,
    logs_url: document.logs_url,
    error_code: document.error_code,
    result: JSON.stringify(document.result),
    metrics: JSON.stringify(document.result.metrics),
    outputs: JSON.stringify(document.result.outputs),
    runner_output: JSON.stringify(document.runner_output),
    stdout_tail: document.logs.stdout_tail,
    stderr_tail: document.logs.stderr_tail,
  })
