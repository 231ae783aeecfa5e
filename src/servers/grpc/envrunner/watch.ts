import { endedStatuses, type TaskStatus } from '../../../domain/result.ts'
import type { Progress } from '../../../domain/events.ts'
import { taskStream, type JournalRecord } from '../../../ports/journal.ts'
import type { Runner } from '../../../runner/api.ts'
import { statusAfter } from '../../../runner/task-records.ts'
import type { TaskUpdate } from '../generated/envrunner/v1/TaskUpdate.ts'
import { stopping } from '../stopping.ts'
import { progressMessage, type TaskMessages } from './task-message.ts'
import { wireState } from './words.ts'

export interface WatchRequest {
  /** Empty: all. */
  readonly ids: readonly string[]
  /** Undefined: listed tasks from their submission on, else from now on. */
  readonly after: number | undefined
}

/** Every record of the chosen tasks behind a position, in the order of the journal, then as they are committed. Ends when every listed task has ended.
 * @throws RunnerError `NOT_FOUND`; `RUNNER_UNREACHABLE` when the runner stops before that */
export async function* taskUpdates(
  runner: Runner,
  messages: TaskMessages,
  { ids, after }: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<TaskUpdate> {
  const isListed = ids.length > 0
  const live = new Set(ids.filter((id) => !endedStatuses.has(runner.task(id).status().status)))
  const states = createStates(runner)
  const records = isListed ? runner.recordsOf(ids, after, signal) : runner.records(after ?? runner.status().lastPosition, { signal })
  for await (const record of records) {
    if (!record.stream.startsWith(taskStream(''))) continue
    const id = record.stream.slice(taskStream('').length)
    const { status, attempt } = states.after(id, record)
    if (endedStatuses.has(status)) live.delete(id)
    yield {
      id,
      position: record.position,
      at_ms: record.at,
      type: record.type,
      state: wireState(status),
      attempt,
      progress: record.type === 'task.progressed' ? progressMessage(record.data['progress'] as unknown as Progress) : null,
      task: endedStatuses.has(status) ? messages.of(runner.task(id).status()) : null,
    }
  }
  if (!signal.aborted && (!isListed || live.size > 0)) throw stopping()
}

interface State {
  readonly status: TaskStatus
  readonly attempt: number
}

/** In these states a task may tell something that leaves its state as it is; of others nothing has to be remembered. */
const mayTell: ReadonlySet<TaskStatus> = new Set(['preparing', 'running', 'collecting'])

/** The state of each task after the records seen so far. Remembers as many tasks as hold a place. */
const createStates = (runner: Runner) => {
  const seen = new Map<string, State>()

  /** Out of the task's history: once for a task, where a cursor begins in the middle of it. */
  const lookedUp = (id: string, seq: number): State =>
    stateOf(runner.history(id).findLast((record) => record.seq < seq && record.state !== null)!)!

  return {
    after(id: string, record: JournalRecord): State {
      const state = stateOf(record) ?? seen.get(id) ?? lookedUp(id, record.seq)
      if (mayTell.has(state.status)) seen.set(id, state)
      else seen.delete(id)
      return state
    },
  }
}

/** Null where the record leaves the state as it was. */
const stateOf = (record: JournalRecord): State | null => {
  const status = statusAfter(record)
  return status === null ? null : { status, attempt: (record.state!['context'] as { attempt?: number }).attempt ?? 0 }
}
