import { RunnerError, toFailure, type ErrorCode, type Failure } from '../domain/errors.ts'
import type { AttemptKey, Exit } from '../domain/exit.ts'
import type { Progress } from '../domain/events.ts'
import type { OutputFile } from '../domain/result.ts'
import type { TaskEvent } from '../../machines/task/task.machine.ts'
import { isOn, taskFields } from '../ports/logger.ts'
import { openAttemptOutput, type AttemptOutput } from '../streams/attempt-output.ts'
import type { EngineContext } from './engine-context.ts'
import { exitMeaning, noExit } from './exit-meaning.ts'
import type { Janitor } from './janitor.ts'
import type { LiveTask } from './live-task.ts'
import { pause } from './pause.ts'
import { planTask } from './plan.ts'
import { exceptionMeaning } from './python-entry.ts'
import { backoffMs } from './retry.ts'

export interface EffectLinks {
  readonly emit: (taskId: string, event: TaskEvent) => void
  readonly progressed: (taskId: string, attempt: number, progress: Progress) => void
}

type Effect = (live: LiveTask, key: AttemptKey, signal: AbortSignal) => Promise<void>

/** A control line may be this long, in bytes; longer ones are output like any other. */
const lineBytesMax = 1 << 20
/** Pause before a stop that failed is tried again, in milliseconds. */
const againMs = 500

/** Codes of `wait` that say that the command never ran. */
const neverRan: ReadonlySet<ErrorCode> = new Set(['COMMAND_NOT_FOUND', 'SANDBOX_UNAVAILABLE', 'CONTAINER_REFUSED'])

/** The work behind each state of a task. An effect ends by emitting one fact, which names the attempt it was started for; a throw becomes `attempt.failed`. */
export const createTaskEffects = (context: EngineContext, janitor: Janitor, { emit, progressed }: EffectLinks) => {
  const { clock, executor, workspace, logs, settings, host, logger } = context

  const outputOf = (live: LiveTask, key: AttemptKey): AttemptOutput => {
    if (live.output) return live.output
    const { bytesMax, tailBytes } = settings.logs
    const output = openAttemptOutput({ logs, clock }, key, { bytesMax, tailBytes, lineBytesMax })
    output.progress.subscribe((progress) => progressed(live.id, key.attempt, progress))
    return (live.output = output)
  }

  const prepare: Effect = async (live, key, signal) => {
    const plan = planTask(live.spec, settings, host) // the policy, or what a link leads to, may have changed since it was accepted
    await workspace.prepare(key, live.spec.tenant, live.spec.artifacts.inputs, plan.files, signal)
    await logs.create(key)
    const image = await executor.provision(key, plan, signal, (progress) => progressed(live.id, key.attempt, progress))
    if (!signal.aborted) emit(live.id, { type: 'attempt.prepared', attempt: key.attempt, image })
  }

  const launch: Effect = async (live, key, signal) => {
    const { attempt } = key
    const planned = planTask(live.spec, settings, host)
    const { array } = live.spec
    const inArray = array && { ENV_RUNNER_ARRAY_ID: array.id, ENV_RUNNER_ARRAY_INDEX: String(array.index) }
    const plan = {
      ...planned,
      env: { ...planned.env, ENV_RUNNER_TASK_ID: live.id, ENV_RUNNER_ATTEMPT_NUMBER: String(attempt), ...inArray },
    }
    const { image } = live.actor.snapshot().context
    const request = { key, plan, image, workDir: workspace.path(key), logs: await logs.create(key) }
    const launchedAt = clock.monotonic()
    const { attached } = await executor.launch(request, signal)
    if (signal.aborted) return
    emit(live.id, { type: 'attempt.launched', attempt })
    outputOf(live, key).follow()
    /** One that was found again counts from the journal's time to the end that is on record, not to the moment in which it was noticed. */
    const runMs = ({ endedAt = clock.now() }: Exit): number =>
      attached ? Math.max(0, endedAt - (live.row.startedAt ?? live.enteredAt)) : Math.round(clock.monotonic() - launchedAt)
    try {
      const exit = await executor.wait(key, signal)
      if (!signal.aborted) emit(live.id, { type: 'attempt.exited', attempt, exit, failure: exitMeaning(exit), runMs: runMs(exit) })
    } catch (cause) {
      if (signal.aborted) return
      const why = toFailure(cause)
      if (why.code === 'TASK_LOST') emit(live.id, { type: 'attempt.lost', attempt, failure: why })
      else if (neverRan.has(why.code)) emit(live.id, { type: 'attempt.exited', attempt, exit: noExit, failure: why, runMs: runMs(noExit) })
      else throw cause
    }
  }

  const stop: Effect = async (live, key, signal) => {
    while (!signal.aborted) {
      try {
        const exit: Exit | null = await executor.stop(key, settings.timeouts.graceMs, signal)
        const startedAt = live.actor.snapshot().context.launchedAttempt === key.attempt ? live.row.startedAt : null
        if (!signal.aborted)
          emit(live.id, {
            type: 'attempt.stopped',
            attempt: key.attempt,
            exit,
            runMs: startedAt === null ? 0 : Math.max(0, clock.now() - startedAt),
          })
        return
      } catch (cause) {
        if (signal.aborted) return
        logger.warn({ ...taskFields(live.row), attempt: key.attempt, err: cause }, 'stopping failed and is tried again')
        await pause(clock, againMs, signal) // the stop deadline ends this
      }
    }
  }

  const collect: Effect = async (live, key, signal) => {
    const { failure: failed, cancelReason } = live.actor.snapshot().context
    await executor.drainLogs(key, signal)
    const summary = await outputOf(live, key).drain(signal)
    let outputs: readonly OutputFile[] = []
    let found: Failure | null = failed?.code === 'EXIT_NONZERO' && summary.exception ? exceptionMeaning(summary.exception) : null
    if (failed === null && cancelReason === null) {
      try {
        outputs = await workspace.collect(key, live.spec.artifacts.outputs, signal)
      } catch (cause) {
        if (!(cause instanceof RunnerError)) throw cause
        found = toFailure(cause)
      }
    }
    if (!signal.aborted) emit(live.id, { type: 'attempt.collected', attempt: key.attempt, collected: { outputs, summary }, failure: found })
  }

  const backOff: Effect = async (live, key, signal) => {
    live.output?.close()
    live.output = null
    await janitor.remove(key, signal)
    const waitedMs = Math.max(0, clock.now() - live.enteredAt)
    await pause(clock, Math.max(0, backoffMs(key, settings.retry) - waitedMs), signal)
    if (!signal.aborted) emit(live.id, { type: 'backoff.elapsed', attempt: key.attempt })
  }

  const clean: Effect = async (_live, key, signal) => {
    if (key.attempt > 0) await janitor.remove(key, signal)
  }

  const effects: Readonly<Record<string, Effect>> = { prepare, launch, stop, collect, backOff, clean }

  return (live: LiveTask, name: string): void => {
    const effect = effects[name]
    const { attempt } = live.actor.snapshot().context
    const trace = (message: string): void => {
      if (isOn(logger, 'trace')) logger.trace!({ ...taskFields(live.row), attempt, effect: name }, message)
    }
    live.scope.start(async (signal) => {
      if (!effect) throw new RunnerError('INTERNAL', `there is no effect ${name}`)
      trace('an effect begins')
      try {
        await effect(live, { taskId: live.id, attempt }, signal)
      } finally {
        trace(signal.aborted ? 'an effect was stopped' : 'an effect has ended')
      }
    })
  }
}
