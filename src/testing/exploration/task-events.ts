import type { TaskEvent } from '../../../machines/task/task.machine.ts'
import { failure, type ErrorCode, type Failure } from '../../domain/errors.ts'
import type { Exit } from '../../domain/exit.ts'
import type { Phase } from '../../domain/plan.ts'
import { phases } from './bounds.ts'

const exit: Exit = { code: 0, signal: null, oomKilled: false }
const summary = { stdoutTail: '', stderrTail: '', stdoutBytes: 0, stderrBytes: 0, metrics: {}, runnerOutput: null, exception: null }

/** One failure of each kind that the machine tells apart. */
export const failures = {
  workDir: failure('WORK_DIR_UNUSABLE', 'the work directory could not be made'),
  launch: failure('LAUNCH_FAILED', 'nothing was started'),
  lost: failure('TASK_LOST', 'it is gone'),
  exit: failure('EXIT_NONZERO', 'it ended with 7'),
  output: failure('OUTPUT_MISSING', 'a promised output is not there'),
} satisfies Record<string, Failure>

/** The events that the explored engine emits, each with one payload for every difference that the machine can see. */
export const events = {
  admit: (attempt: number): TaskEvent => ({ type: 'task.admit', attempt }),
  cancel: { type: 'task.cancel', reason: 'no longer wanted' } as const satisfies TaskEvent,
  elapsed: (attempt: number, phase: Phase): TaskEvent => ({
    type: 'deadline.elapsed',
    attempt,
    phase,
    failure: failure(`TIMEOUT_${phase.toUpperCase()}` as ErrorCode, `${phase} took too long`),
  }),
  prepared: (attempt: number): TaskEvent => ({ type: 'attempt.prepared', attempt, image: null }),
  launched: (attempt: number): TaskEvent => ({ type: 'attempt.launched', attempt }),
  exited: (attempt: number, why: Failure | null): TaskEvent => ({ type: 'attempt.exited', attempt, exit, failure: why, runMs: 0 }),
  stopped: (attempt: number): TaskEvent => ({ type: 'attempt.stopped', attempt, exit, runMs: 0 }),
  lost: (attempt: number): TaskEvent => ({ type: 'attempt.lost', attempt, failure: failures.lost }),
  collected: (attempt: number, why: Failure | null): TaskEvent => ({
    type: 'attempt.collected',
    attempt,
    collected: { outputs: [], summary },
    failure: why,
  }),
  failed: (attempt: number, why: Failure): TaskEvent => ({ type: 'attempt.failed', attempt, failure: why }),
  pauseIsOver: (attempt: number): TaskEvent => ({ type: 'backoff.elapsed', attempt }),
}

/** Everything that an attempt which is over may still be told to have done. */
export const lateEvents = (attempt: number): readonly TaskEvent[] => [
  events.admit(attempt),
  ...phases.map((phase) => events.elapsed(attempt, phase)),
  events.prepared(attempt),
  events.launched(attempt),
  events.exited(attempt, null),
  events.exited(attempt, failures.exit),
  events.stopped(attempt),
  events.lost(attempt),
  events.collected(attempt, null),
  events.failed(attempt, failures.launch),
  events.failed(attempt, failures.output),
  events.pauseIsOver(attempt),
]
