import { endedStatuses, type TaskResult } from '../../../domain/result.ts'
import type { Progress } from '../../../domain/events.ts'
import { signalNumber } from '../../../domain/signals.ts'
import type { TaskRow } from '../../../ports/journal.ts'
import type { Runner } from '../../../runner/api.ts'
import { taskDocument, type ResultDocument } from '../../../runner/task-document.ts'
import type { Progress as ProgressMessage } from '../generated/envrunner/v1/Progress.ts'
import type { Result as ResultMessage } from '../generated/envrunner/v1/Result.ts'
import type { Task as TaskMessage } from '../generated/envrunner/v1/Task.ts'
import { wireClass, wireState } from './words.ts'

/** Makes messages of rows. Text of a task's own becomes well-formed: a client must be able to read what some task has printed. */
export interface TaskMessages {
  /** @param why it waits, where somebody asked */
  of(row: TaskRow, why?: string): TaskMessage
  /** With why it waits, where it does: a look into the line. */
  explained(runner: Runner, row: TaskRow): TaskMessage
}

/** @param httpBase under which logs can be fetched; null where HTTP is not served */
export const createTaskMessages = (httpBase: () => string | null): TaskMessages => {
  const messageOf = (row: TaskRow, why?: string): TaskMessage => {
    const base = httpBase()
    const logsUrl = base === null ? null : `${base}/api/v1/tasks/${row.id}/logs`
    const document = taskDocument(row, { logsUrl, logPaths: null }, why === '' ? null : why)
    return {
      id: row.id,
      task_class: wireClass(row.class),
      tenant: row.tenant,
      workflow_id: textOf(row.workflowId),
      priority: row.priority,
      state: wireState(row.status),
      why: textOf(document.why),
      attempt: row.attempt,
      progress: row.progress === null ? null : progressMessage(row.progress as unknown as Progress),
      submitted_at_ms: row.submittedAt,
      started_at_ms: row.startedAt ?? 0,
      completed_at_ms: row.completedAt ?? 0,
      result: row.result === null || document.result === null ? null : resultMessage(row.result, document.result),
      array_id: row.array?.id ?? '',
      array_index: row.array?.index ?? 0,
    }
  }
  return {
    of: messageOf,
    explained: (runner, row) => messageOf(row, endedStatuses.has(row.status) ? undefined : runner.explain(row.id).join('. ')),
  }
}

export const progressMessage = ({ percent, step, message }: Progress): ProgressMessage => ({
  ...(percent !== null && { percent }),
  step: textOf(step),
  message: textOf(message),
})

const resultMessage = (result: TaskResult, document: ResultDocument): ResultMessage => {
  const { exit_code: exitCode, logs, runner_output: runnerOutput } = document
  const signal = document.signal === null ? undefined : signalNumber(document.signal)
  return {
    state: wireState(result.status),
    ...(exitCode !== null && { exit_code: exitCode }),
    ...(signal !== undefined && { signal }),
    attempts: document.attempts,
    latency_ms: document.result.latency_ms,
    outputs: document.result.outputs.map((output) => ({
      ...output,
      name: textOf(output.name),
      path: textOf(output.path),
      type: textOf(output.type),
    })),
    metrics: document.result.metrics,
    runner_output_json: runnerOutput === null ? '' : JSON.stringify(runnerOutput),
    error_code: document.error_code ?? '',
    error: textOf(document.error),
    stdout_tail: logs.stdout_tail,
    stderr_tail: logs.stderr_tail,
    stdout_bytes: logs.stdout_bytes,
    stderr_bytes: logs.stderr_bytes,
    image_digest: result.image === null ? '' : (result.image.digest ?? result.image.id),
    logs_url: document.logs_url ?? '',
  }
}

const textOf = (text: string | null): string => (text ?? '').toWellFormed()
