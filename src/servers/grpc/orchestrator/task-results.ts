import type { Progress } from '../../../domain/events.ts'
import { endedStatuses } from '../../../domain/result.ts'
import { taskStream, type JournalRecord, type TaskRow } from '../../../ports/journal.ts'
import type { Runner } from '../../../runner/api.ts'
import { statusAfter } from '../../../runner/task-records.ts'
import type { TaskResult } from '../generated/orchestrator/v1/TaskResult.ts'
import { stopping } from '../stopping.ts'
import { wireStatus, wireTask, type WireLinks, type WireStatus, type WireTask } from './wire-task.ts'

export interface ResultsRequest {
  /** Empty: all. */
  readonly taskIds: readonly string[]
  readonly includeCompleted: boolean
}

type LinksOf = (row: TaskRow) => WireLinks

/** Every change of the chosen tasks, once and in order: their status in the words of the wire, and what they tell of their progress. Listed tasks are told from their
 * submission on, and the stream ends with the last of them; all tasks are followed until the signal.
 * @throws RunnerError `NOT_FOUND`; `RUNNER_UNREACHABLE` when the runner stops before that */
export async function* taskResults(
  runner: Runner,
  { taskIds, includeCompleted }: ResultsRequest,
  linksOf: LinksOf,
  signal: AbortSignal,
): AsyncGenerator<TaskResult> {
  const { lastPosition: start, lastAt } = runner.status()
  const isListed = taskIds.length > 0
  const ended: TaskRow[] = []
  const live = new Set<string>()
  for (const id of new Set(taskIds)) {
    const row = runner.task(id).status()
    if (endedStatuses.has(row.status)) ended.push(row)
    else live.add(id)
  }
  if (includeCompleted)
    for await (const row of isListed ? ended : endedBefore(runner, start, lastAt, signal)) yield wireTask(row, linksOf(row))
  if (isListed && live.size === 0) return
  const changes = createChanges(runner, linksOf)
  const records = isListed ? runner.recordsOf(live, 0, signal) : runner.records(start, { signal })
  for await (const record of records) {
    const isPast = isListed && record.position <= start
    const change = changes.after(record, isPast)
    if (change === null) continue
    if (hasEnded(change.status)) live.delete(change.task_id)
    yield change
  }
  if (!signal.aborted && (!isListed || live.size > 0)) throw stopping()
}

const pageRows = 200

/** Every task that had ended at a position, whose record is of the time `at`; the newest first. One that ends meanwhile belongs to those who follow. */
async function* endedBefore(runner: Runner, position: number, at: number, signal: AbortSignal): AsyncGenerator<TaskRow> {
  for (let after: string | undefined; !signal.aborted;) {
    const page = runner.list({ status: ['completed', 'failed', 'cancelled'], limit: pageRows, ...(after !== undefined && { after }) })
    for (const row of page) if (row.completedAt! < at || endOf(runner, row.id) <= position) yield row
    if (page.length < pageRows) return
    after = page.at(-1)!.id
  }
}

const endOf = (runner: Runner, id: string): number => runner.history(id).at(-1)!.position

const hasEnded = (status: WireStatus): boolean => status === 'completed' || status === 'failed'

/** Turns records into changes on the wire: what leaves a task's status as it was is no change, except its progress. */
const createChanges = (runner: Runner, linksOf: LinksOf) => {
  const told = new Map<string, WireStatus>()

  /** Before the first record that is seen of a task; null for a task that begins with it. */
  const statusBefore = (id: string, { seq }: JournalRecord): WireStatus | null => {
    if (seq === 0) return null
    return wireStatusAfter(runner.history(id, seq - 1)[0]!) ?? 'running' // only running tasks tell of their progress
  }

  return {
    /** @param isPast progress of the past is left out */
    after(record: JournalRecord, isPast: boolean): WireTask | null {
      if (!record.stream.startsWith(taskStream(''))) return null
      const id = record.stream.slice(taskStream('').length)
      const status = wireStatusAfter(record)
      if (status === null) return isPast ? null : progressOf(record, id)
      const before = told.get(id) ?? statusBefore(id, record)
      if (hasEnded(status)) told.delete(id)
      else told.set(id, status)
      if (status === before) return null
      const row = runner.task(id).status()
      return wireTask(hasEnded(status) ? row : { ...row, progress: null }, linksOf(row), status)
    },
  }

  function progressOf(record: JournalRecord, id: string): WireTask | null {
    if (record.type !== 'task.progressed') return null
    const progress = record.data['progress'] as unknown as Progress
    const row = runner.task(id).status()
    return wireTask({ ...row, progress: { ...progress } }, linksOf(row), 'running')
  }
}

/** Null where the record leaves the state as it was. */
const wireStatusAfter = (record: JournalRecord): WireStatus | null => {
  const status = statusAfter(record)
  return status === null ? null : wireStatus(status, ((record.state!['context'] as { launchedAttempt?: number }).launchedAttempt ?? 0) > 0)
}
