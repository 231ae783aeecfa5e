import type { taskMachine, TaskInput } from '../../machines/task/task.machine.ts'
import type { PhaseTimeouts } from '../domain/plan.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { TaskRow } from '../ports/journal.ts'
import type { AttemptOutput } from '../streams/attempt-output.ts'
import type { EffectScope } from './effect-scope.ts'
import type { JournalledActor } from './journalled-actor.ts'

/** A task that has an actor: from the moment it leaves `pending`, or is cancelled there, until its end is committed. */
export interface LiveTask {
  readonly id: string
  readonly spec: TaskSpec
  readonly actor: JournalledActor<typeof taskMachine>
  readonly timeouts: PhaseTimeouts
  readonly scope: EffectScope
  /** Cancellations of the present state's timers. */
  timers: (() => void)[]
  /** As of the last event taken, committed or not. */
  row: TaskRow
  nextSeq: number
  /** Its place in the order of submission: a retry does not go to the end of the line. */
  arrival: number
  /** `at` of the event that entered the present state. */
  enteredAt: number
  /** Reads what the present attempt prints; from launch until it is collected. */
  output: AttemptOutput | null
}

/** What `task.submitted` carries: enough to fold the task and to run it, for ever. */
export interface SubmittedData {
  readonly spec: TaskSpec
  readonly specDigest: string
  readonly input: TaskInput
}
