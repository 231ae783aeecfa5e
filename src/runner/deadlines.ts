import type { TaskEvent } from '../../machines/task/task.machine.ts'
import { failure, type Failure } from '../domain/errors.ts'
import type { Phase } from '../domain/plan.ts'
import type { Clock } from '../ports/clock.ts'
import type { LiveTask } from './live-task.ts'

const codes = {
  queue: 'TIMEOUT_QUEUE',
  prepare: 'TIMEOUT_PREPARE',
  run: 'TIMEOUT_RUN',
  stop: 'TIMEOUT_STOP',
  collect: 'TIMEOUT_COLLECT',
  total: 'TIMEOUT_TOTAL',
} as const satisfies Record<Phase, string>

const sentences: Readonly<Record<Phase, string>> = {
  queue: 'it waited for a place longer than',
  prepare: 'preparing took longer than',
  run: 'the command ran longer than',
  stop: 'it could not be stopped within',
  collect: 'collecting its output took longer than',
  total: 'the whole task took longer than',
}

/** The failure that a phase's deadline stands for. */
export const deadlineFailure = (phase: Phase, limitMs: number): Failure => failure(codes[phase], `${sentences[phase]} ${limitMs / 1_000} s`)

/** Starts the timers of a phase and of the whole. A phase counts from when its work could begin, so that a disk that keeps a commit waiting takes no time from
 * it; after a restart from the journal's times, so that a crash neither extends nor shortens it beyond the host's own clock errors.
 * @param begun Clock: when the phase began */
export const armDeadlines = (clock: Clock, live: LiveTask, phase: Phase, begun: number, elapsed: (event: TaskEvent) => void): void => {
  const { attempt } = live.actor.snapshot().context
  const arm = (of: Phase, since: number): void => {
    const limitMs = live.timeouts[of]
    const elapsedMs = Math.min(Math.max(0, clock.now() - since), limitMs)
    const tell = (): void => elapsed({ type: 'deadline.elapsed', attempt, phase: of, failure: deadlineFailure(of, limitMs) })
    live.timers.push(clock.timer(limitMs - elapsedMs, tell))
  }
  const isOver = begun - live.row.submittedAt >= live.timeouts.total
  for (const timed of timedPhases(phase, isOver)) arm(timed, timed === 'total' ? live.row.submittedAt : begun)
}

/** What is timed while a phase lasts. Pure: the exhaustive check and the engine run the same function.
 * @param isOver the whole task's time was over when the phase began: it was stopped for that, or meanwhile, and what it printed is still wanted */
export const timedPhases = (phase: Phase, isOver: boolean): readonly Phase[] => {
  if (phase === 'total' || phase === 'stop') return [phase]
  return phase === 'collect' && isOver ? ['collect'] : [phase, 'total']
}
