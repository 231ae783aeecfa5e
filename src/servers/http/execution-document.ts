import type { Json } from '../../domain/json.ts'
import type { Progress } from '../../domain/events.ts'
import type { TaskStatus } from '../../domain/result.ts'
import type { OutputSpec } from '../../domain/task-spec.ts'
import type { JournalRecord, TaskRow } from '../../ports/journal.ts'
import type { SubmittedData } from '../../runner/live-task.ts'
import { resultDocument, type DocumentLinks } from '../../runner/task-document.ts'
import { statusAfter } from '../../runner/task-records.ts'

/** One change of a task, or one report of its own. */
export interface ProgressDocument {
  readonly status: TaskStatus
  /** RFC 3339. */
  readonly timestamp: string
  /** Percent, 0 to 100; null where the task said none. */
  readonly progress: number | null
  readonly step?: string
  readonly message?: string
}

/** A task that reports for days has the last of its entries in the answer, and all of them in its journal. */
const entriesMax = 1_000

/** What a task's records say that its row does not: the outputs as they were asked for, and how it went. */
export interface Course {
  readonly outputs: readonly OutputSpec[]
  readonly progress: readonly ProgressDocument[]
}

/** @param records of one task, from its submission on */
export const readCourse = async (records: AsyncIterable<JournalRecord>): Promise<Course> => {
  const progress: ProgressDocument[] = []
  let outputs: readonly OutputSpec[] = []
  let status: TaskStatus = 'pending'
  for await (const record of records) {
    if (record.type === 'task.submitted') outputs = (record.data as unknown as SubmittedData).spec.artifacts.outputs
    const next: TaskStatus = statusAfter(record) ?? status
    const report = record.type === 'task.progressed' ? (record.data['progress'] as unknown as Progress) : null
    if (progress.length === 0 || next !== status || report !== null)
      progress.push({
        status: next,
        timestamp: new Date(record.at).toISOString(),
        progress: report?.percent ?? null,
        ...(report?.step == null ? {} : { step: report.step }),
        ...(report?.message == null ? {} : { message: report.message }),
      })
    if (progress.length === 2 * entriesMax) progress.splice(0, entriesMax)
    status = next
  }
  return { outputs, progress: progress.slice(-entriesMax) }
}

export interface ExecutionFacts {
  readonly links: DocumentLinks
  readonly progress: readonly ProgressDocument[]
  /** Parsed JSON outputs by file name. */
  readonly outputsSummary: Readonly<Record<string, Json>>
  /** Where the last attempt ran; null without one. */
  readonly workingDir: string | null
}

/** The answer of `POST /tasks/execute` (contracts §2) for a task that has ended: the runner result, and the same again in the words of the orchestrator. */
export const executionDocument = (row: TaskRow, { links, progress, outputsSummary, workingDir }: ExecutionFacts) => {
  const document = resultDocument(row, links)!
  const { status, exit_code, result, logs, runner_output } = document
  return {
    ...document,
    embeddings: [],
    latency_ms: result.latency_ms,
    metadata: {
      status,
      exit_code,
      duration_ms: result.latency_ms,
      tenant: row.tenant,
      workflow_id: row.workflowId,
      result: {
        outputs: result.outputs,
        metrics: { ...result.metrics, wall_clock_ms: result.latency_ms, task_class: row.class },
        outputs_summary: outputsSummary,
      },
      logs,
      progress,
      working_dir: workingDir,
      runner_output,
    },
  }
}
