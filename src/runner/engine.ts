import type { RunnerEvent } from '../../machines/runner/runner.machine.ts'
import { RunnerError, toFailure } from '../domain/errors.ts'
import { endedStatuses } from '../domain/result.ts'
import { parseSubmission, taskIdPattern, type TaskSpec } from '../domain/task-spec.ts'
import { unknownTask } from '../domain/unknown-task.ts'
import { taskStream, type TaskRow } from '../ports/journal.ts'
import type { RunnerStatus } from './api.ts'
import { createArrays, type Arrays } from './arrays.ts'
import type { AuditReport } from './auditor.ts'
import { createCommitLog } from './commit-log.ts'
import { deadlineFailure } from './deadlines.ts'
import type { EngineContext } from './engine-context.ts'
import { createHousekeeping, inspectParts } from './housekeeping.ts'
import type { Observation } from './invariants.ts'
import { createJanitor } from './janitor.ts'
import { createListeners, everything, tenantKey, type Listeners } from './listeners.ts'
import { createLiveSettings } from './live-settings.ts'
import { neverBefore } from './never-before.ts'
import { createPlacement, waiterOf } from './placement.ts'
import { planTask } from './plan.ts'
import { isLost, lostEvent, ownership, recoverTasks } from './recovery.ts'
import { createRunnerActor } from './runner-actor.ts'
import type { RunnerSettings } from './settings.ts'
import { digestOf } from './spec-digest.ts'
import { findTraces } from './sweep.ts'
import { createTaskEffects } from './task-effects.ts'
import { createTaskSupervisor } from './task-supervisor.ts'

/** The engine: one journal, one queue, one actor per live task, one runner actor above them. `Runner` (api.ts) is its face. */
export interface Engine {
  /** Takes up what the journal holds. Resolves when submissions are accepted. */
  start(): Promise<void>
  /** Resolves when the task is durable. `created` is false for a repetition. @throws RunnerError */
  submit(submission: unknown): Promise<{ readonly id: string; readonly created: boolean }>
  /** Resolves when the wish is on record. @throws RunnerError `NOT_FOUND` */
  cancel(taskId: string, reason: string): Promise<TaskRow>
  pause(): Promise<void>
  resume(): Promise<void>
  /** New settings, at once: submissions are judged by them, attempts planned, places given. A phase that is under way keeps the deadline with which it began,
   * and a task the number of attempts with which it was accepted. `runnerId`, `version` and `native.sandbox` must be those of the start. */
  reconfigure(settings: RunnerSettings): void
  /** Resolves when the runner has stopped: nothing holds a place, or the drain's deadline is over. */
  drain(reason: string): Promise<void>
  /** Stops at once: what holds a place belongs to the next process. */
  handOver(reason: string): Promise<void>
  /** Position of the last record that was released: what is told to listeners lies before it. */
  released(): number
  /** True once `close` was called. */
  closed(): boolean
  /** Lets go of everything without ending it, and closes the journal. Idempotent. */
  close(): Promise<void>
  /** @param tenant counts its tasks alone */
  status(tenant?: string): RunnerStatus
  /** Why a waiting task waits; null when it does not wait. */
  explainWaiting(taskId: string): string | null
  /** The committed row. @throws RunnerError `NOT_FOUND` */
  row(taskId: string): TaskRow
  /** What the audit knows; see auditor.ts. */
  report(): AuditReport
  /** Looks now. */
  audit(): Promise<AuditReport>
  readonly arrays: Arrays
  readonly listeners: Listeners
  readonly context: EngineContext
  /** For the invariants: what the engine holds in memory right now. */
  inspect(): NonNullable<Observation['engine']> & { readonly waiting: number; readonly uncommittedBytes: number }
}

/** Pause before a task that is overdue, and could not be looked up, is looked at again, in milliseconds. */
const unreadableMs = 1_000

export const createEngine = (given: EngineContext): Engine => {
  const { settings, replace } = createLiveSettings(given.settings)
  const context = { ...given, settings, clock: neverBefore(given.clock, given.journal.lastAt()) }
  const { clock, random, host, journal, counters, logger } = context
  const listeners = createListeners()
  const ending = new AbortController()
  const submitting = new Map<string, { digest: string; done: Promise<TaskRow> }>()
  let arrivals = 0
  let closing: Promise<void> | null = null

  const log = createCommitLog(
    journal,
    clock,
    (cause) => {
      counters.add('defects', 'release')
      logger.error({ err: cause }, 'a defect of the runner was contained')
    },
    (trouble) => {
      if (trouble) logger.error({ reason: trouble.message }, 'the journal cannot be written: new tasks are refused, running ones go on')
      else logger.info({}, 'the journal is written again')
    },
  )

  const tell = (taskId: string | null, tenant: string | null): void => {
    if (taskId !== null) listeners.notify(taskId)
    if (tenant !== null) listeners.notify(tenantKey(tenant))
    listeners.notify(everything)
  }

  const placement = createPlacement(context, {
    admit: ({ id, attempt, arrival }) => {
      const found = supervisor.wake(id)
      if (found !== 'live') return found
      supervisor.live().get(id)!.arrival = arrival
      return supervisor.dispatch(id, { type: 'task.admit', attempt }) ? 'begun' : 'gone'
    },
    overdue(waiter) {
      if (supervisor.wake(waiter.id) === 'later') return placement.enqueue({ ...waiter, dueAt: clock.now() + unreadableMs })
      const live = supervisor.live().get(waiter.id)
      if (!live) return
      const phase = waiter.dueAt >= live.row.submittedAt + live.timeouts.total ? 'total' : 'queue'
      const elapsed = deadlineFailure(phase, live.timeouts[phase])
      supervisor.dispatch(waiter.id, { type: 'deadline.elapsed', attempt: waiter.attempt - 1, phase, failure: elapsed })
    },
    emptied: () => void (runner.state() === 'draining' && send({ type: 'runner.emptied' })),
  })

  const supervisor = createTaskSupervisor(context, log, {
    startEffect: (live, name) => startEffect(live, name),
    enqueue: (row, arrival, dueAt) => placement.enqueue(waiterOf(row, arrival ?? ++arrivals, dueAt)),
    leaveLine: (taskId) => placement.leave(taskId),
    freePlace: (taskId) => placement.free(taskId),
    committed: tell,
  })

  const janitor = createJanitor(context)
  const startEffect = createTaskEffects(context, janitor, {
    emit: (taskId, event) => void supervisor.dispatch(taskId, event),
    progressed: (taskId, attempt, progress) => supervisor.progressed(taskId, attempt, progress),
  })

  let onRecovered: { resolve: () => void; reject: (cause: unknown) => void } | null = null
  const onStopped: (() => void)[] = []

  const recover = async (): Promise<void> => {
    const { revived, pending } = recoverTasks(context, supervisor, placement, () => ++arrivals)
    const expanded = arrays.recover()
    expanded.catch(() => undefined) // told below
    const { isKnown, leftovers } = await findTraces(context, ownership(context, supervisor), ending.signal)
    for (const live of revived)
      if (isLost(live, isKnown)) supervisor.dispatch(live.id, lostEvent(live.row))
      else supervisor.resume(live)
    for (const key of leftovers) {
      counters.add('leftovers_found', 'attempt')
      logger.warn({ task_id: key.taskId, attempt: key.attempt }, 'remains that no task owns are removed')
      await janitor.remove(key, ending.signal)
    }
    await expanded // who is told that an array was accepted finds its tasks
    if (ending.signal.aborted) return
    if (!(await runner.send({ type: 'runner.recovered', live: revived.length, pending }))) return
    logger.info({ live: revived.length, pending, leftovers: leftovers.length }, 'recovered')
    housekeeping.begin()
    onRecovered?.resolve()
  }

  const runner = createRunnerActor(
    context,
    log,
    (effect) => {
      switch (effect) {
        case 'recover':
          recover().catch((cause: unknown) => onRecovered?.reject(cause))
          break
        case 'admit':
          if (runner.state() === 'accepting') placement.open() // else somebody has asked for a pause since
          break
        case 'drain':
          placement.hold()
          clock.timer(settings.timeouts.drainMs, () => send({ type: 'deadline.elapsed' }))
          if (placement.placed().size === 0) send({ type: 'runner.emptied' })
          break
        case 'handOver':
          placement.hold()
          for (const resolve of onStopped.splice(0)) resolve()
      }
    },
    () => tell(null, null),
  )

  /** Tells the runner something that nobody waits for. */
  const send = (event: RunnerEvent): void => void runner.send(event).catch(() => false) // closed before: the next start finds what there is

  const refuseUnlessAccepting = (): void => {
    if (!runner.accepts())
      throw runner.state() === 'recovering' || runner.state() === 'idle'
        ? new RunnerError('RUNNER_BUSY', 'the runner is still taking up the tasks of its journal', { hint: 'Try again in a moment' })
        : new RunnerError('DRAINING', 'the runner accepts no new tasks: it is draining', {
            hint: 'Submit to another runner, or after the restart',
          })
    const trouble = log.trouble()
    if (trouble)
      throw new RunnerError('JOURNAL_UNAVAILABLE', `tasks cannot be recorded: ${trouble.message}`, {
        hint: 'Give the journal disk space; the runner recovers by itself',
      })
  }

  const repeated = async (taskId: string, known: string, digest: string, done: Promise<unknown>) => {
    if (known !== digest)
      throw new RunnerError('TASK_CONFLICT', `the task ${taskId} exists with another body`, {
        path: 'id',
        hint: 'Use a new id; the first task is untouched',
      })
    await done
    return { id: taskId, created: false }
  }

  const accept = async (spec: TaskSpec, isNamed: boolean): Promise<{ id: string; created: boolean }> => {
    const digest = digestOf(spec)
    do await log.room(settings.limits.uncommittedBytes)
    while (log.uncommittedBytes() >= settings.limits.uncommittedBytes) // another one that waited may have come first
    refuseUnlessAccepting()
    const inFlight = submitting.get(spec.id)
    if (inFlight) return repeated(spec.id, inFlight.digest, digest, inFlight.done)
    const known = isNamed ? journal.findTask(spec.id) : null // an id of our own making is new
    if (known) return repeated(spec.id, known.specDigest, digest, Promise.resolve())
    if (isNamed && arrays.claims(spec.id))
      throw new RunnerError('TASK_CONFLICT', `the id ${spec.id} belongs to an array that is being submitted`, {
        path: 'id',
        hint: 'Use a new id',
      })
    const done = supervisor.accept(spec, digest)
    submitting.set(spec.id, { digest, done })
    try {
      await done
    } finally {
      submitting.delete(spec.id)
    }
    return { id: spec.id, created: true }
  }

  const rowOf = (taskId: string): TaskRow => {
    const row = taskIdPattern.test(taskId) ? journal.findTask(taskId) : null
    if (row === null && journal.quarantined().some(({ stream }) => stream === taskStream(taskId)))
      throw new RunnerError('JOURNAL_CORRUPT', `the records of ${taskId} cannot be understood and were put aside`, {
        path: 'id',
        hint: 'env-runner doctor tells more',
      })
    if (row === null) throw unknownTask(taskId)
    return row
  }

  const closed = (): RunnerError =>
    new RunnerError('RUNNER_UNREACHABLE', 'the runner was closed', { hint: 'Open its data directory again: its tasks go on there' })

  const cancel = async (taskId: string, reason: string): Promise<TaskRow> => {
    await submitting.get(taskId)?.done
    if (closing) throw closed()
    if (endedStatuses.has(rowOf(taskId).status)) return rowOf(taskId)
    const wish = new Promise<TaskRow | null>((resolve, reject) => {
      const changed = supervisor.dispatch(taskId, { type: 'task.cancel', reason }, { committed: resolve, dropped: reject })
      if (!changed) resolve(null)
    })
    const row = await wish
    if (row) return row
    await log.idle() // an earlier wish or the end is being committed
    if (closing) throw closed()
    const now = rowOf(taskId)
    if (endedStatuses.has(now.status) || now.cancelReason !== null) return now
    throw new RunnerError('JOURNAL_UNAVAILABLE', `the wish to cancel ${taskId} could not be recorded`, { hint: 'Ask again' })
  }

  const arrays = createArrays(context, log, {
    refuseUnlessAccepting,
    isSubmitting: (taskId) => submitting.has(taskId),
    accept: (spec) => supervisor.accept(spec, digestOf(spec)),
    cancel,
    committed: () => tell(null, null),
  })

  const parts = { supervisor, placement, janitor, log, arrays }
  const housekeeping = createHousekeeping(context, parts)

  return {
    start: () =>
      new Promise((resolve, reject) => {
        onRecovered = { resolve, reject }
        for (const warning of journal.warnings) logger.warn({ warning }, 'the journal was mended')
        send({ type: 'runner.start', version: settings.version })
        void log.idle().then(() => {
          const trouble = log.trouble() // a runner that cannot even record its start is of no use to anybody
          if (trouble)
            reject(
              new RunnerError('JOURNAL_UNAVAILABLE', `the start cannot be recorded: ${trouble.message}`, {
                hint: 'Give the journal disk space',
              }),
            )
        })
      }),
    async submit(submission) {
      try {
        refuseUnlessAccepting()
        const { payloadUnits, payloadDepth } = settings.limits
        const spec = parseSubmission(submission, () => random.id(), { unitsMax: payloadUnits, depthMax: payloadDepth })
        planTask(spec, settings, host)
        return await accept(spec, Boolean((submission as { id?: string }).id))
      } catch (cause) {
        counters.add('submissions_refused', toFailure(cause).code)
        throw cause
      }
    },
    cancel,
    pause: async () => {
      placement.hold()
      await runner.send({ type: 'runner.pause' })
    },
    resume: async () => void (await runner.send({ type: 'runner.resume' })),
    reconfigure(next) {
      replace(next)
      placement.reconsider()
      housekeeping.reconsider()
    },
    async drain(reason) {
      if (runner.state() === 'stopped') return
      const stopped = new Promise<void>((resolve) => onStopped.push(resolve))
      placement.hold() // at once: nothing may be admitted behind the drain
      await runner.send({ type: 'runner.drain', reason })
      await stopped
    },
    async handOver(reason) {
      if (runner.state() === 'idle' || runner.state() === 'stopped') return
      placement.hold()
      send({ type: 'runner.drain', reason })
      send({ type: 'deadline.elapsed' })
      await log.idle() // or trouble: then the next start finds this runner as one that was killed
    },
    close() {
      closing ??= (async () => {
        ending.abort()
        placement.close()
        await Promise.all([supervisor.letGo(), janitor.close(), housekeeping.close()])
        await context.executor.close()
        await log.idle()
        await log.close()
        await journal.close()
        for (const resolve of onStopped.splice(0)) resolve()
        listeners.notifyAll()
      })()
      return closing
    },
    released: () => log.released(),
    closed: () => closing !== null,
    status: (tenant) => ({
      runnerId: settings.runnerId,
      state: runner.state(),
      tasks: journal.countTasks(tenant),
      places: placement.usage(),
      journalTrouble: log.trouble(),
      lastPosition: journal.lastPosition(),
      horizon: journal.horizon(),
      lastAt: journal.lastAt(),
    }),
    explainWaiting: (taskId) => placement.explain(taskId),
    row: rowOf,
    arrays,
    listeners,
    context,
    report: () => housekeeping.report(),
    audit: () => housekeeping.audit(),
    inspect: () => ({
      ...inspectParts(context, parts),
      waiting: placement.waiting(),
      uncommittedBytes: log.uncommittedBytes(),
    }),
  }
}
