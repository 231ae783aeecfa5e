import { RunnerError, type Failure } from '../domain/errors.ts'
import type { PublicEvent } from '../domain/events.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import type { TaskResult, TaskStatus } from '../domain/result.ts'
import type { TaskClass } from '../domain/task-class.ts'
import type { ArrayPlace } from '../domain/task-spec.ts'

/** `task:<id>`, `array:<id>`, `runner`; later `gpu:<uuid>`, `workflow:<id>`, `service:<name>`. */
export type StreamName = string
export const taskStream = (taskId: string): StreamName => `task:${taskId}`
export const arrayStream = (arrayId: string): StreamName => `array:${arrayId}`

/** One thing that happened. Never changed once appended. */
export interface JournalRecord {
  /** Global, dense from 1, in commit order: what cursors hold. Retention leaves gaps up to `horizon()`, and none behind it. */
  readonly position: number
  readonly stream: StreamName
  /** Dense from 0 within the stream. `(stream, seq)` is the idempotent key. */
  readonly seq: number
  /** Clock, Unix milliseconds; never less than in the record before. */
  readonly at: number
  readonly type: string
  /** The event without its type. */
  readonly data: JsonObject
  /** `{value, context}` of the machine after the event; null where the event leaves it as it was (`task.progressed`). */
  readonly state: JsonObject | null
  readonly public: readonly PublicEvent[]
}

/** A task as lists and status questions see it: the last record's consequence, kept beside it in the same commit. */
export interface TaskRow {
  readonly id: string
  /** Equal for equal submissions: sha256 of the normalised spec. */
  readonly specDigest: string
  readonly class: TaskClass
  readonly tenant: string
  readonly workflowId: string | null
  /** Null for a task of its own. */
  readonly array: ArrayPlace | null
  readonly priority: number
  /** What admission counts: thousandths of a core and bytes; 0 when nothing was asked for. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
  readonly status: TaskStatus
  /** Holds a place: the tag of the machine's state. */
  readonly placed: boolean
  readonly attempt: number
  readonly submittedAt: number
  /** Launch of the last attempt that was launched. */
  readonly startedAt: number | null
  readonly completedAt: number | null
  /** Why it waits or why it failed; null when there is nothing to say. */
  readonly failure: Failure | null
  readonly cancelReason: string | null
  /** Present once it has ended. */
  readonly result: TaskResult | null
  /** The last progress that was told. */
  readonly progress: Json
}

/** What one append writes: the record and, for a task, its row as it is from then on. */
export interface JournalEntry {
  readonly record: JournalRecord
  readonly row: TaskRow | null
}

export interface TaskFilter {
  readonly status?: readonly TaskStatus[]
  readonly class?: TaskClass
  readonly tenant?: string
  readonly workflowId?: string
  readonly arrayId?: string
  /** Tasks submitted before this one. */
  readonly after?: string
  /** 1 to 1,000. */
  readonly limit: number
}

/** How far a reader outside has come: all up to `position` is done with. What lies behind it is kept for it. */
export interface Cursor {
  readonly name: string
  readonly position: number
  /** When it came there, in Unix milliseconds. */
  readonly at: number
}

/** Read side. Synchronous: one local file, bounded answers, microseconds. Only what is committed is seen. */
export interface JournalReader {
  /** Position of the last record; 0 when there is none. */
  lastPosition(): number
  /** `at` of the last record; 0 when there is none. */
  lastAt(): number
  /** A stream's records from `fromSeq` (inclusive) in order, at most `limit`. */
  readStream(stream: StreamName, fromSeq: number, limit: number): JournalRecord[]
  /** Records of all streams after a position, in order, at most `limit`.
   * @throws RunnerError `OUT_OF_RANGE` when some of them were removed: before the horizon; the hint names the first position that can be read from */
  readAfter(position: number, limit: number): JournalRecord[]
  /** Up to this position streams that have ended may have been removed; behind it every record is there. 0 as long as none was. */
  horizon(): number
  /** The first position behind the horizon whose record has `at` ≥ `since`; lastPosition + 1 when there is none. */
  positionSince(since: number): number
  findTask(taskId: string): TaskRow | null
  /** Newest first. @throws RunnerError `NOT_FOUND` when `after` names no task */
  listTasks(filter: TaskFilter): TaskRow[]
  /** Calls `visit` with every task that has not ended, in order of submission; streams over them, so that a million fit. */
  eachLiveTask(visit: (row: TaskRow) => void): void
  /** When the first of the pending tasks was submitted, in Unix milliseconds; null when none is pending. */
  oldestPendingAt(): number | null
  /** All tasks, or a tenant's. */
  countTasks(tenant?: string): Readonly<Record<TaskStatus, number>>
  /** The tasks of an array that are on record; all zero for an array that there is not. */
  countArray(arrayId: string): Readonly<Record<TaskStatus, number>>
  /** Arrays whose stream has its first record and no other: the process was killed while it submitted their tasks. In the order of their ids. */
  unfinishedArrays(): string[]
  /** Streams that nobody needs any more, oldest end first: ended before `before` (Unix ms), the last record of the journal not among theirs, and every registered
   * cursor past them. An array as soon as that is so for all of its tasks; each of them once the array has been removed. At most `limit`. */
  forgettable(before: number, limit: number): StreamName[]
  /** The first position behind the horizon, before the last one, that no record has; null: none is missing. Looks at every position. */
  firstGap(): number | null
  /** Every registered cursor, by name. */
  cursors(): readonly Cursor[]
  /** Streams put aside because they could not be read, with the reason. */
  quarantined(): readonly { readonly stream: StreamName; readonly reason: string; readonly at: number }[]
}

/** What a reader is told who wants records that were removed. */
export const beforeHorizon = (position: number, horizon: number): RunnerError =>
  new RunnerError('OUT_OF_RANGE', `records after position ${position} were removed: the journal keeps ended tasks for a time`, {
    path: 'after',
    hint: `Read from position ${horizon + 1} on: after=${horizon}`,
  })

/** The history of everything, and the one thing that must not be lost. One writer. Adapters: `adapters/sqlite`, `adapters/simulated`. */
export interface Journal extends JournalReader {
  /** Stores all entries, or none, durably (on disk, not in a cache). Positions continue `lastPosition()` without a gap.
   * Idempotent: entries that are already stored under their `(stream, seq)` are accepted again, so that a commit whose answer was lost may be repeated.
   * Calls may not overlap: the caller waits for one before the next.
   * @throws RunnerError `JOURNAL_UNAVAILABLE`: the outcome is unknown, the same entries may be appended again. */
  append(entries: readonly JournalEntry[]): Promise<void>
  /** Puts a stream aside: kept for inspection, read by nobody, its task no longer live. Idempotent. */
  quarantine(stream: StreamName, reason: string, at: number): void
  /** Removes whole streams that were found `forgettable`, their tasks' rows too, all or none, and gives the space back. Their names are free for new beginnings; their
   * positions are not used again. Streams that are not there any more are passed over. May overlap with an append.
   * @throws RunnerError `JOURNAL_UNAVAILABLE` */
  forget(streams: readonly StreamName[]): Promise<void>
  /** Registers a cursor, or moves it. Durable when it resolves.
   * @throws RunnerError `OUT_OF_RANGE` when what it would read next was removed, `JOURNAL_UNAVAILABLE` */
  moveCursor(cursor: Cursor): Promise<void>
  /** Nothing is kept for that reader any more. Idempotent. @throws RunnerError `JOURNAL_UNAVAILABLE` */
  removeCursor(name: string): Promise<void>
  /** What opening had to mend, such as a torn last record. */
  readonly warnings: readonly string[]
  close(): Promise<void>
}
