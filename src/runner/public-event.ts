import type { PublicEvent, PublicEventType } from '../domain/events.ts'
import { formatFailure, type Failure } from '../domain/errors.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { TaskRow } from '../ports/journal.ts'

/** What of a payload's `context` goes into events: beyond this many characters of JSON it is left out, and the event says so. */
const contextUnitsMax = 8_192

/** An event about a task, with the data that contracts §6 asks of its type. The sink adds the envelope. */
export const taskEvent = (type: PublicEventType, row: TaskRow, spec: TaskSpec, seq: number, runnerId: string): PublicEvent => {
  const common: Record<string, Json> = {
    task_id: row.id,
    tenant: row.tenant,
    workflow_id: row.workflowId,
    class: row.class,
    attempt: row.attempt,
    runner_id: runnerId,
    seq,
  }
  return { type, data: { ...common, ...detail(type, row, spec) } }
}

const detail = (type: PublicEventType, row: TaskRow, spec: TaskSpec): JsonObject => {
  switch (type) {
    case 'task_started':
      return contextOf(spec)
    case 'task_retrying':
      return row.failure ? errorOf(row.failure) : {}
    case 'task_completed':
      return { ...outcomeOf(row), outputs: (row.result?.collected?.outputs ?? []) as unknown as Json, ...contextOf(spec) }
    case 'task_failed':
    case 'task_cancelled':
      return {
        ...outcomeOf(row),
        ...(row.result?.failure ? errorOf(row.result.failure) : {}),
        stderr_tail: row.result?.collected?.summary.stderrTail ?? '',
        ...contextOf(spec),
      }
    case 'task_progress':
      return { progress: row.progress }
    default:
      return {}
  }
}

const outcomeOf = ({ result }: TaskRow): JsonObject => ({ exit_code: result?.exit?.code ?? null, duration_ms: result?.latencyMs ?? 0 })
const errorOf = (failure: Failure): JsonObject => ({ code: failure.code, error: formatFailure(failure) })

const contextOf = (spec: TaskSpec): JsonObject =>
  JSON.stringify(spec.context).length <= contextUnitsMax ? { context: spec.context } : { context: {}, context_truncated: true }
