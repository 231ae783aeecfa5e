import type { SnapshotFrom } from 'xstate'
import type { taskMachine, TaskEvent } from '../../machines/task/task.machine.ts'
import { failure, type ErrorCode, type Failure } from '../../src/domain/errors.ts'
import type { Exit } from '../../src/domain/exit.ts'
import type { Phase } from '../../src/domain/plan.ts'
import type { Collected } from '../../src/domain/result.ts'

export type TaskSnapshot = SnapshotFrom<typeof taskMachine>

export const phases = ['queue', 'prepare', 'run', 'stop', 'collect', 'total'] as const satisfies readonly Phase[]

export const transient = failure('LAUNCH_FAILED', 'nothing started')
export const permanent = failure('INPUT_UNAVAILABLE', 'there is no such input')
const ended: Exit = { code: 0, signal: null, oomKilled: false }
const collected: Collected = {
  outputs: [],
  summary: { stdoutTail: '', stderrTail: '', stdoutBytes: 0, stderrBytes: 0, metrics: {}, runnerOutput: null, exception: null },
}

/** What a phase's deadline says when it is over. */
export const deadline = (phase: Phase, attempt: number): TaskEvent & { type: 'deadline.elapsed' } => ({
  type: 'deadline.elapsed',
  attempt,
  phase,
  failure: failure(`TIMEOUT_${phase.toUpperCase()}` as ErrorCode, `${phase} took too long`),
})

/** Every event that names this attempt, with every payload that makes a difference. */
export const eventsOfAttempt = (attempt: number): TaskEvent[] => [
  { type: 'task.admit', attempt },
  ...phases.map((phase) => deadline(phase, attempt)),
  { type: 'attempt.prepared', attempt, image: null },
  { type: 'attempt.launched', attempt },
  ...[null, failure('EXIT_NONZERO', 'it ended with 7'), transient].map((why): TaskEvent => ({
    type: 'attempt.exited',
    attempt,
    exit: { ...ended, code: why ? 7 : 0 },
    failure: why,
    runMs: 5,
  })),
  ...[null, ended].map((exit): TaskEvent => ({ type: 'attempt.stopped', attempt, exit, runMs: 5 })),
  { type: 'attempt.lost', attempt, failure: failure('TASK_LOST', 'it is gone') },
  ...[null, failure('OUTPUT_MISSING', 'a promised output is not there'), failure('PYTHON_EXCEPTION', 'ValueError: it is so')].map(
    (why): TaskEvent => ({
      type: 'attempt.collected',
      attempt,
      collected,
      failure: why,
    }),
  ),
  ...[transient, permanent].map((why: Failure): TaskEvent => ({ type: 'attempt.failed', attempt, failure: why })),
  { type: 'backoff.elapsed', attempt },
]

/** All that may come in a state: events of the attempts before, of the present one and of those that have not begun, and somebody's wish. */
export const eventsFor = ({ context: { attempt } }: TaskSnapshot): TaskEvent[] => [
  { type: 'task.cancel', reason: 'no longer wanted' },
  ...[attempt - 1, attempt, attempt + 1, attempt + 2].flatMap(eventsOfAttempt),
]
