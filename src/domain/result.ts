import type { Exit } from './exit.ts'
import type { Failure } from './errors.ts'
import type { ImageIdentity } from './plan.ts'
import type { Json, JsonObject } from './json.ts'

/** A file that a task produced, after it was stored. */
export interface OutputFile {
  readonly name: string
  /** Where it is now: a `file:` URI, later also `s3:` and `redb:`. */
  readonly path: string
  readonly type: string
  readonly sizeBytes: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly checksum: string
}

/** An error that the task told of itself, as Python names the parts. */
export interface ReportedException {
  /** With its module unless that is obvious: `ValueError`, `zlib.error`. */
  readonly type: string
  readonly message: string
  /** The end of the traceback, as it was printed; empty when there was none. */
  readonly traceback: string
}

/** What was read out of an attempt's streams once they had ended. */
export interface OutputSummary {
  /** Last bytes of each stream as text; invalid UTF-8 is replaced. */
  readonly stdoutTail: string
  readonly stderrTail: string
  readonly stdoutBytes: number
  readonly stderrBytes: number
  /** Numbers that the task reported as `metric`, the last of each name. */
  readonly metrics: Readonly<Record<string, number>>
  /** The last `__DSPY_RESULT__:` or `result` line. */
  readonly runnerOutput: Json
  /** The last `error` line: what the task says its exit code was about; null when it said nothing. */
  readonly exception: ReportedException | null
}

/** Everything that collecting found. Recorded with `attempt.collected`, so that a result can be told for ever. */
export interface Collected {
  readonly outputs: readonly OutputFile[]
  readonly summary: OutputSummary
}

/** The words of the machine that clients see as `status`. */
export const taskStatuses = ['pending', 'preparing', 'running', 'collecting', 'retrying', 'completed', 'failed', 'cancelled'] as const
export type TaskStatus = (typeof taskStatuses)[number]
export const endedStatuses: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled'])

/** A task's outcome in the library: the same facts that the wire formats spell in their own way. */
export interface TaskResult {
  readonly id: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  readonly exit: Exit | null
  /** What the last attempt ran in; null without a container. */
  readonly image: ImageIdentity | null
  readonly failure: Failure | null
  readonly attempts: number
  readonly submittedAt: number
  readonly startedAt: number | null
  readonly completedAt: number
  /** Run time of the last attempt, launch to exit, in milliseconds. */
  readonly latencyMs: number
  readonly collected: Collected | null
  readonly context: JsonObject
}
