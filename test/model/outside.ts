import type { TaskEvent } from '../../machines/task/task.machine.ts'
import { failure, type Failure } from '../../src/domain/errors.ts'
import type { Exit } from '../../src/domain/exit.ts'
import type { Phase } from '../../src/domain/plan.ts'
import type { Collected } from '../../src/domain/result.ts'
import { deadline, type TaskSnapshot } from './task-events.ts'

/** The failures that an outside can be made to answer with: one that may pass and one that will not, wherever both are possible. */
export const answers = {
  prepareBusy: failure('WORK_DIR_UNUSABLE', 'the disk is busy'),
  inputMissing: failure('INPUT_UNAVAILABLE', 'there is no such input'),
  launchRefused: failure('LAUNCH_FAILED', 'nothing was started'),
  sandboxMissing: failure('SANDBOX_UNAVAILABLE', 'there is no sandbox'),
  lost: failure('TASK_LOST', 'the process is gone and left no outcome'),
  commandMissing: failure('COMMAND_NOT_FOUND', 'there is no such command'),
  exitedWith7: failure('EXIT_NONZERO', 'the command ended with exit code 7'),
  outputMissing: failure('OUTPUT_MISSING', 'a promised output is not there'),
  logsUnreadable: failure('WORK_DIR_UNUSABLE', 'the logs cannot be read'),
  logsBroken: failure('INTERNAL', 'reading the logs broke'),
} as const satisfies Record<string, Failure>

export const ends = {
  ok: { code: 0, signal: null, oomKilled: false },
  seven: { code: 7, signal: null, oomKilled: false },
  none: { code: null, signal: null, oomKilled: false },
  terminated: { code: null, signal: 'SIGTERM', oomKilled: false },
} as const satisfies Record<string, Exit>

const nothingCollected: Collected = {
  outputs: [],
  summary: { stdoutTail: '', stderrTail: '', stdoutBytes: 0, stderrBytes: 0, metrics: {}, runnerOutput: null, exception: null },
}

export const valueOf = ({ value }: { readonly value: unknown }): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as Record<string, string>)
        .flat()
        .join('.')

/** What the outside can make happen to a task in a state: the environment of the model. The machine takes more than that (answers that come late, twice,
 * or before their question); those orders are explored in the machine's own test, since no outside that keeps to its ports can bring them about. */
export const provokable = (snapshot: TaskSnapshot): TaskEvent[] => {
  const { attempt, launchedAttempt, cancelReason, failure: why } = snapshot.context
  const isLaunched = launchedAttempt === attempt
  const cancel: TaskEvent[] = cancelReason === null ? [{ type: 'task.cancel', reason: 'no longer wanted' }] : []
  const due = (...phases: Phase[]): TaskEvent[] => phases.map((phase) => deadline(phase, attempt))
  const failed = (...failures: Failure[]): TaskEvent[] => failures.map((one) => ({ type: 'attempt.failed', attempt, failure: one }))
  const exited = (exit: Exit, meaning: Failure | null): TaskEvent => ({ type: 'attempt.exited', attempt, exit, failure: meaning, runMs: 0 })
  switch (valueOf(snapshot)) {
    case 'pending':
      return [{ type: 'task.admit', attempt: 1 }, ...cancel, ...due('queue', 'total')]
    case 'preparing':
      return [
        { type: 'attempt.prepared', attempt, image: null },
        ...failed(answers.prepareBusy, answers.inputMissing),
        ...cancel,
        ...due('prepare', 'total'),
      ]
    case 'running.executing':
      return [
        ...(isLaunched
          ? [exited(ends.ok, null), exited(ends.seven, answers.exitedWith7), exited(ends.none, answers.commandMissing), { type: 'attempt.lost', attempt, failure: answers.lost } as const]
          : [{ type: 'attempt.launched', attempt } as const, ...failed(answers.launchRefused, answers.sandboxMissing)]),
        ...cancel,
        ...due('run', 'total'),
      ] // prettier-ignore
    case 'running.stopping':
      return [{ type: 'attempt.stopped', attempt, exit: isLaunched ? ends.terminated : null, runMs: 0 }, ...cancel, ...due('stop')]
    case 'collecting':
      return [
        { type: 'attempt.collected', attempt, collected: nothingCollected, failure: null },
        ...(why === null && cancelReason === null
          ? [{ type: 'attempt.collected', attempt, collected: nothingCollected, failure: answers.outputMissing } as const]
          : []),
        ...failed(answers.logsUnreadable, answers.logsBroken),
        ...cancel,
        ...due('collect'),
        ...(why?.code === 'TIMEOUT_TOTAL' || why?.code === 'TIMEOUT_STOP' ? [] : due('total')), // it comes once
      ]
    case 'retrying.backingOff':
      return [{ type: 'backoff.elapsed', attempt }, ...cancel, ...due('total')]
    case 'retrying.queued':
      return [{ type: 'task.admit', attempt: attempt + 1 }, ...cancel, ...due('queue', 'total')]
    default:
      return []
  }
}

/** What of a state the outside can tell apart: times and texts are left out. */
export const essenceOf = ({ value, context }: { readonly value: unknown; readonly context: TaskSnapshot['context'] }) => ({
  state: valueOf({ value }),
  attempt: context.attempt,
  launchedAttempt: context.launchedAttempt,
  cancelled: context.cancelReason !== null,
  failure: context.failure?.code ?? null,
  exit: context.exit === null ? null : (context.exit.signal ?? context.exit.code ?? 'none'),
})

/** A step in a few words, for the name of a path. */
export const wordFor = (event: TaskEvent): string => {
  switch (event.type) {
    case 'deadline.elapsed':
      return `deadline.elapsed(${event.phase})`
    case 'attempt.exited':
    case 'attempt.collected':
    case 'attempt.failed':
      return event.failure ? `${event.type}(${event.failure.code})` : event.type
    default:
      return event.type
  }
}
