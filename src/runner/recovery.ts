import type { TaskEvent } from '../../machines/task/task.machine.ts'
import { failure } from '../domain/errors.ts'
import type { AttemptKey } from '../domain/exit.ts'
import { taskStream, type TaskRow } from '../ports/journal.ts'
import type { EngineContext } from './engine-context.ts'
import type { LiveTask } from './live-task.ts'
import { phaseTimeouts } from './plan.ts'
import { waiterOf, type Placement } from './placement.ts'
import type { RunnerSettings } from './settings.ts'
import type { TaskSnapshot } from './task-row.ts'
import type { TaskSupervisor } from './task-supervisor.ts'

/** When a pending task has waited too long. Its spec is not read for this: only the class counts. */
export const queueDueAt = (row: Pick<TaskRow, 'class' | 'submittedAt'>, settings: RunnerSettings): number => {
  const { queue, total } = phaseTimeouts(row.class, undefined, settings)
  return row.submittedAt + Math.min(queue, total)
}

export interface Recovered {
  /** Tasks that have an actor again; their effects do not run yet. */
  readonly revived: readonly LiveTask[]
  readonly pending: number
}

/** Takes up again every task that has not ended: pending ones go into the line, the others get their actors at the state that their events lead to, and
 * their places. A task whose records cannot be understood is put aside, and the others go on. */
export const recoverTasks = (
  { journal, settings }: EngineContext,
  supervisor: TaskSupervisor,
  placement: Placement,
  nextArrival: () => number,
): Recovered => {
  const rows: { row: TaskRow; arrival: number }[] = []
  let pending = 0
  journal.eachLiveTask((row) => {
    const arrival = nextArrival()
    if (row.status !== 'pending') return void rows.push({ row, arrival })
    pending++
    placement.enqueue(waiterOf(row, arrival, queueDueAt(row, settings)))
  })
  const revived: LiveTask[] = []
  for (const { row, arrival } of rows) {
    try {
      const live = supervisor.revive(row)
      live.arrival = arrival
      if (row.placed) placement.occupy(row)
      revived.push(live)
    } catch (cause) {
      supervisor.putAside(row.id, cause)
    }
  }
  return { revived, pending }
}

/** Its launch is on record, and no mark of it is left: somebody took the evidence away, or the journal was restored to another place. It is not launched again under
 * the same number, since nobody knows what it did. */
export const isLost = ({ actor, row }: LiveTask, isKnown: (key: AttemptKey) => boolean): boolean => {
  const snapshot = actor.snapshot()
  const isLaunched = snapshot.matches({ running: 'executing' }) && snapshot.context.launchedAttempt === row.attempt
  return isLaunched && !isKnown({ taskId: row.id, attempt: row.attempt })
}

export const lostEvent = ({ attempt }: Pick<TaskRow, 'attempt'>): TaskEvent => ({
  type: 'attempt.lost',
  attempt,
  failure: failure('TASK_LOST', 'it ran by the journal, and nothing of it was found when the runner was started'),
})

/** Whether a task of the journal still needs what an attempt left outside. A quarantined task keeps everything: somebody will want to look. */
export const ownership = (context: EngineContext, supervisor: TaskSupervisor): ((key: AttemptKey) => boolean) => {
  const quarantined = new Set(context.journal.quarantined().map(({ stream }) => stream))
  return ({ taskId, attempt }) => {
    if (quarantined.has(taskStream(taskId))) return true
    const live = supervisor.live().get(taskId)
    return live !== undefined && needsAttempt(live.actor.snapshot(), attempt)
  }
}

/** Whether a task still needs what an attempt left outside: it goes on with it, or its effect removes it. Pure: the exhaustive check and the engine run the
 * same function. */
export const needsAttempt = (snapshot: TaskSnapshot, attempt: number): boolean =>
  snapshot.context.attempt === attempt && (snapshot.hasTag('placed') || snapshot.matches({ retrying: 'backingOff' })) // one that is back in the queue needs nothing of its last attempt
