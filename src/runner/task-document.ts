import { formatFailure, type Failure } from '../domain/errors.ts'
import type { Json } from '../domain/json.ts'
import { endedStatuses, type OutputFile, type TaskResult } from '../domain/result.ts'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import type { ArrayStatus } from './api.ts'

/** What a document says of a task that the row does not know: where its logs are. */
export interface DocumentLinks {
  /** Where the logs can be fetched; null where nothing serves them. */
  readonly logsUrl: string | null
  /** Absolute paths of the last attempt's logs; null before the first attempt. */
  readonly logPaths: { readonly stdout: string; readonly stderr: string } | null
}

/** RFC 3339 in UTC, with milliseconds. */
const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** An `error` stays under 64 KiB on every wire (contracts §1); this leaves room for the sentence before it. */
const errorTailUnitsMax = 8_192

/** One text with the code, the exit and the end of stderr: what a person needs first. */
const errorText = (failure: Failure, result: TaskResult | null): string => {
  const stderr = result?.collected?.summary.stderrTail.trimEnd() ?? ''
  const said = formatFailure(failure)
  const code = result?.exit?.code ?? null
  const told = code === null || said.includes(`exit code ${code}`) ? said : `${said} (exit code ${code})`
  return stderr === '' ? told : `${told}\n${stderr.slice(-errorTailUnitsMax)}`
}

const outputDocument = ({ name, path, type, sizeBytes, checksum }: OutputFile) => ({ name, path, type, size_bytes: sizeBytes, checksum })

/** The runner result (contracts §2); null for a task that has not ended. */
export const resultDocument = (row: TaskRow, { logsUrl, logPaths }: DocumentLinks) => {
  const { result } = row
  if (result === null) return null
  const summary = result.collected?.summary
  return {
    id: row.id,
    class: row.class,
    status: result.status,
    exit_code: result.exit?.code ?? null,
    signal: result.exit?.signal ?? null,
    attempts: result.attempts,
    submitted_at: time(result.submittedAt),
    started_at: time(result.startedAt),
    completed_at: time(result.completedAt),
    image: result.image,
    result: {
      latency_ms: result.latencyMs,
      outputs: (result.collected?.outputs ?? []).map(outputDocument),
      metrics: summary?.metrics ?? {},
    },
    runner_output: summary?.runnerOutput ?? null,
    logs_url: logsUrl,
    logs: {
      stdout_path: logPaths?.stdout ?? null,
      stderr_path: logPaths?.stderr ?? null,
      stdout_bytes: summary?.stdoutBytes ?? 0,
      stderr_bytes: summary?.stderrBytes ?? 0,
      stdout_tail: summary?.stdoutTail ?? '',
      stderr_tail: summary?.stderrTail ?? '',
    },
    error_code: result.failure?.code ?? null,
    error: result.failure === null ? null : errorText(result.failure, result),
  }
}
export type ResultDocument = NonNullable<ReturnType<typeof resultDocument>>

/** A task as `GET /api/v1/tasks/{id}` and `env-runner status --json` tell it (contracts §6). `status` is the machine's own word.
 * `why` is a sentence: why a live task waits or is tried again, or why an ended one did not succeed. */
export const taskDocument = (row: TaskRow, links: DocumentLinks, why: string | null = null) => {
  const ended = endedStatuses.has(row.status)
  const failure = row.result ? row.result.failure : row.failure
  return {
    id: row.id,
    class: row.class,
    tenant: row.tenant,
    workflow_id: row.workflowId,
    array_id: row.array?.id ?? null,
    array_index: row.array?.index ?? null,
    priority: row.priority,
    status: row.status,
    why: why ?? (failure === null ? null : formatFailure(failure)),
    attempt: row.attempt,
    progress: row.progress,
    submitted_at: time(row.submittedAt),
    started_at: time(row.startedAt),
    completed_at: time(row.completedAt),
    cancel_reason: row.cancelReason,
    result: resultDocument(row, links),
    error_code: ended ? (failure?.code ?? null) : null,
    error: ended && failure !== null ? errorText(failure, row.result) : null,
  }
}
export type TaskDocument = ReturnType<typeof taskDocument>

/** An array on the wire. */
export const arrayDocument = (array: ArrayStatus) => ({
  id: array.id,
  class: array.class,
  tenant: array.tenant,
  workflow_id: array.workflowId,
  count: array.count,
  concurrency: array.concurrency,
  rerun_of: array.rerunOf,
  submitted_at: new Date(array.submittedAt).toISOString(),
  tasks: array.tasks,
  ended: array.ended,
})

/** A journal record on the wire. */
export const recordDocument = ({ position, seq, at, type, data, state, public: events }: JournalRecord) => ({
  position,
  seq,
  at,
  type,
  data: data as Json,
  state: state as Json,
  public: events.map((event) => ({ type: event.type, data: event.data as Json })),
})
export type RecordDocument = ReturnType<typeof recordDocument>
