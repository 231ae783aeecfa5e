import type { JournalRecord, TaskFilter, TaskRow } from '../ports/journal.ts'
import type { LogChunk, LogStream } from '../ports/log-store.ts'
import type { TaskResult, TaskStatus } from '../domain/result.ts'
import type { TaskClass } from '../domain/task-class.ts'
import type { AuditReport } from './auditor.ts'

export type { AuditLine, AuditReport } from './auditor.ts'

/** A change of a task, told after it was committed. */
export interface TaskUpdate {
  readonly id: string
  /** Position of the record in the journal: a cursor. */
  readonly position: number
  readonly at: number
  /** The event's type, such as `attempt.launched` or `task.progressed`. */
  readonly type: string
  readonly status: TaskStatus
  /** 0 to 100 and a step name, when the task reported them. */
  readonly progress: { readonly percent: number | null; readonly step: string | null; readonly message: string | null } | null
}

/** Bytes of one stream; `gap` counts bytes before it that were given back because the log was over its cap. */
export interface LogPiece extends LogChunk {
  readonly stream: Exclude<LogStream, 'events'>
  readonly attempt: number
  readonly gap: number
}

export interface LogOptions {
  /** Default: both. */
  readonly streams?: readonly ('stdout' | 'stderr')[]
  /** Default: the last attempt, or, followed, every attempt from the last on. */
  readonly attempt?: number
  /** Of the first byte wanted, in each stream. @throws RunnerError `OUT_OF_RANGE` when it was given back */
  readonly offset?: number
  /** Go on until the task has ended and all is read. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

export interface RecordOptions {
  readonly signal?: AbortSignal
  /** Records of its tasks alone; default: all, the runner's own included. */
  readonly tenant?: string
}

/** A hold on one task. */
export interface Task {
  readonly id: string
  /** False when the submission was a repetition of one that is already known. */
  readonly created: boolean
  /** The committed state. */
  status(): TaskRow
  /** Every change, from the submission on, each once and in order; ends with the task. Breaking out of the loop ends it early. */
  updates(signal?: AbortSignal): AsyncIterable<TaskUpdate>
  /** Resolves when the task has ended, whatever the outcome. */
  result(signal?: AbortSignal): Promise<TaskResult>
  logs(options?: LogOptions): AsyncIterable<LogPiece>
  /** Resolves when the wish is on record. Idempotent; a task that has ended stays as it is. */
  cancel(reason?: string): Promise<TaskRow>
}

/** An array as it is now. */
export interface ArrayStatus {
  readonly id: string
  readonly tenant: string
  readonly class: TaskClass
  readonly workflowId: string | null
  readonly count: number
  /** Tasks that hold a place at once; null: the array has no limit of its own. */
  readonly concurrency: number | null
  /** The array whose tasks these are again; null: none. */
  readonly rerunOf: string | null
  /** Unix ms. */
  readonly submittedAt: number
  /** How many of its tasks are in each state; fewer than `count` while `submitArray` is under way. */
  readonly tasks: Readonly<Record<TaskStatus, number>>
  /** Every task has ended. */
  readonly ended: boolean
}

export interface SubmittedArray {
  readonly array: ArrayStatus
  /** False when the call was a repetition. */
  readonly created: boolean
}

export interface RunnerStatus {
  readonly runnerId: string
  readonly state: 'idle' | 'recovering' | 'accepting' | 'paused' | 'draining' | 'stopped'
  readonly tasks: Readonly<Record<TaskStatus, number>>
  /** Classes with the places that they hold and may hold, and the tasks that wait for one, between two attempts too. */
  readonly places: Readonly<Record<string, { readonly used: number; readonly total: number; readonly waiting: number }>>
  /** Null when the last commit went well; else since when (Unix ms) and why new work is refused. */
  readonly journalTrouble: { readonly since: number; readonly message: string } | null
  readonly lastPosition: number
  /** `records(after)` begins no earlier: ended tasks before it may have been removed (`journal.retention_seconds`). */
  readonly horizon: number
  /** Of that record, Unix ms; 0 when there is none. */
  readonly lastAt: number
}

/** The runner of one data directory: the library's face, and what servers and the command line stand on. */
export interface Runner {
  /** Accepts a task: resolves once it is durable. The same id with the same body is the same task.
   * @throws RunnerError with code, path and hint; see docs/errors.md */
  submit(submission: unknown): Promise<Task>
  /** @throws RunnerError `NOT_FOUND` */
  task(id: string): Task
  /** Accepts an array: N tasks from one template, called `<id>.<index>`. All of them or none; resolves once all are durable. The same id with the same body is
   * the same array.
   * @throws RunnerError as `submit` does, naming the task whose document is refused */
  submitArray(submission: unknown): Promise<SubmittedArray>
  /** @throws RunnerError `NOT_FOUND` */
  array(id: string): ArrayStatus
  /** Runs the tasks that have failed or were cancelled again, each as a new task under its old index, in an array of its own: `newId`, or `<id>-rerun-<n>`.
   * With a `newId` the call may be repeated: the rerun that is there answers.
   * @throws RunnerError `NOT_FOUND`, `TASK_CONFLICT`, and `INVALID_SPEC` when there is nothing to run again */
  rerunArray(id: string, newId?: string): Promise<SubmittedArray>
  /** Cancels every task of the array that has not ended; resolves when the wishes are on record. Idempotent. @throws RunnerError `NOT_FOUND` */
  cancelArray(id: string, reason?: string): Promise<ArrayStatus>
  list(filter: TaskFilter): TaskRow[]
  /** A task's records from `fromSeq` on. @throws RunnerError `NOT_FOUND` */
  history(id: string, fromSeq?: number): JournalRecord[]
  /** Every committed record after a position, then as they come. Breaking out of the loop, or the signal, ends it.
   * @throws RunnerError `OUT_OF_RANGE`, from the iterator, when records after that position were removed; the hint says where to go on */
  records(after: number, options?: RecordOptions): AsyncIterable<JournalRecord>
  /** Every record of these tasks behind a position (default: from their submission on), in the order of the journal, then as they are committed; ends when every
   * one has ended. @throws RunnerError `NOT_FOUND` at once */
  recordsOf(ids: Iterable<string>, after?: number, signal?: AbortSignal): AsyncIterable<JournalRecord>
  /** The first position whose record is not older than `since` (Unix ms); the one after the last when there is none. */
  positionSince(since: number): number
  /** Why a task waits, or why it failed: sentences for people. @throws RunnerError `NOT_FOUND` */
  explain(id: string): string[]
  /** Absolute paths of an attempt's logs. */
  logPaths(id: string, attempt: number): { readonly stdout: string; readonly stderr: string }
  /** @param tenant counts its tasks alone */
  status(tenant?: string): RunnerStatus
  /** What the looks of the audit have found so far. */
  auditReport(): AuditReport
  /** Compares journal, memory and outside now; takes a second or two. Healed is what can be. */
  audit(): Promise<AuditReport>
  /** Admit nothing more; outlives the process. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Refuse new tasks, wait for those that hold a place until the drain's deadline, then stop. Pending tasks stay in the journal. */
  drain(reason: string): Promise<void>
  /** Stops this process's work. `drain` waits as `drain()` does; `detach` leaves what runs to the next process at once; `cancel` cancels every live task first. Idempotent. */
  close(mode?: 'drain' | 'detach' | 'cancel'): Promise<void>
}
