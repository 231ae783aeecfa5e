import { hash } from 'node:crypto'
import { RunnerError, toFailure } from '../domain/errors.ts'
import { attemptName } from '../domain/exit.ts'
import { canonicalJson } from '../domain/json.ts'
import { endedStatuses } from '../domain/result.ts'
import { parseSubmission, taskIdPattern, type TaskSpec } from '../domain/task-spec.ts'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import type { RunnerStatus } from './api.ts'
import { createCommitLog } from './commit-log.ts'
import type { EngineContext } from './engine-context.ts'
import { createJanitor } from './janitor.ts'
import { createListeners, everything, type Listeners } from './listeners.ts'
import { createPlacement } from './placement.ts'
import { planTask } from './plan.ts'
import { ownership, recoverTasks } from './recovery.ts'
import { createRunnerActor } from './runner-actor.ts'
import { findLeftovers } from './sweep.ts'
import { createTaskEffects } from './task-effects.ts'
import { createTaskSupervisor, deadlineFailure } from './task-supervisor.ts'

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
  /** Resolves when the runner has stopped: nothing holds a place, or the drain's deadline is over. */
  drain(reason: string): Promise<void>
  /** Stops at once: what holds a place belongs to the next process. */
  handOver(reason: string): Promise<void>
  /** True once `close` was called. */
  closed(): boolean
  /** Lets go of everything without ending it, and closes the journal. Idempotent. */
  close(): Promise<void>
  status(): RunnerStatus
  /** Why a waiting task waits; null when it does not wait. */
  explainWaiting(taskId: string): string | null
  /** The committed row. @throws RunnerError `NOT_FOUND` */
  row(taskId: string): TaskRow
  readonly listeners: Listeners
  readonly context: EngineContext
  /** For the invariants: what the engine holds in memory right now. */
  inspect(): {
    readonly placed: ReadonlySet<string>
    readonly live: readonly TaskRow[]
    readonly waiting: number
    readonly uncommittedBytes: number
  }
}

export const createEngine = (context: EngineContext): Engine => {
  const { clock, random, host, journal, settings, counters, logger } = context
  const listeners = createListeners()
  const ending = new AbortController()
  const submitting = new Map<string, { digest: string; done: Promise<TaskRow> }>()
  let arrivals = 0
  let closing: Promise<void> | null = null

  const log = createCommitLog(journal, clock, (cause) => {
    counters.add('defects', 'release')
    logger.error({ err: cause }, 'a defect of the runner was contained')
  })

  const tell = (_record: JournalRecord, row: TaskRow | null): void => {
    if (row) listeners.notify(row.id)
    listeners.notify(everything)
  }

  const placement = createPlacement(context, {
    admit: ({ id, attempt, arrival }) => {
      const admitted = supervisor.dispatch(id, { type: 'task.admit', attempt })
      const live = supervisor.live().get(id)
      if (live) live.arrival = arrival
      return admitted
    },
    overdue({ id, attempt, dueAt }) {
      const row = journal.findTask(id)
      const limitMs = row === null ? 0 : dueAt - row.submittedAt
      supervisor.dispatch(id, {
        type: 'deadline.elapsed',
        attempt: attempt - 1,
        phase: 'queue',
        failure: deadlineFailure('queue', limitMs),
      })
    },
    emptied: () => void (runner.state() === 'draining' && runner.send({ type: 'runner.emptied' })),
  })

  const supervisor = createTaskSupervisor(context, log, {
    startEffect: (live, name) => startEffect(live, name),
    enqueue(row, arrival, dueAt) {
      const { id, class: taskClass, priority, cpuMillicores, memoryBytes, attempt } = row
      placement.enqueue({
        id,
        class: taskClass,
        priority,
        cpuMillicores,
        memoryBytes,
        arrival: arrival ?? ++arrivals,
        attempt: attempt + 1,
        dueAt,
      })
    },
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
    const leftovers = await findLeftovers(context, ownership(context, supervisor), ending.signal)
    for (const live of revived) supervisor.resume(live)
    for (const key of leftovers) {
      counters.add('leftovers_found', 'attempt')
      logger.warn({ attempt: attemptName(key) }, 'remains that no task owns are removed')
      await janitor.remove(key, ending.signal)
    }
    if (ending.signal.aborted) return
    await runner.send({ type: 'runner.recovered', live: revived.length, pending })
    logger.info({ live: revived.length, pending, leftovers: leftovers.length }, 'recovered')
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
          placement.open()
          break
        case 'drain':
          placement.hold()
          clock.timer(settings.timeouts.drainMs, () => void runner.send({ type: 'deadline.elapsed' }))
          if (placement.placed().size === 0) void runner.send({ type: 'runner.emptied' })
          break
        case 'handOver':
          placement.hold()
          for (const resolve of onStopped.splice(0)) resolve()
      }
    },
    (record) => tell(record, null),
  )

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
    const digest = hash('sha256', canonicalJson(spec), 'hex')
    await log.room(settings.limits.uncommittedBytes)
    refuseUnlessAccepting()
    const inFlight = submitting.get(spec.id)
    if (inFlight) return repeated(spec.id, inFlight.digest, digest, inFlight.done)
    const known = isNamed ? journal.findTask(spec.id) : null // an id of our own making is new
    if (known) return repeated(spec.id, known.specDigest, digest, Promise.resolve())
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
    if (row === null)
      throw new RunnerError('NOT_FOUND', `there is no task ${JSON.stringify(taskId.slice(0, 128))}`, {
        path: 'id',
        hint: 'env-runner list shows the tasks of this runner',
      })
    return row
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        onRecovered = { resolve, reject }
        for (const warning of journal.warnings) logger.warn({ warning }, 'the journal was mended')
        void runner.send({ type: 'runner.start', version: settings.version })
      }),
    async submit(submission) {
      try {
        refuseUnlessAccepting()
        const { payloadUnits, payloadDepth } = settings.limits
        const spec = parseSubmission(submission, () => random.id(), { unitsMax: payloadUnits, depthMax: payloadDepth })
        planTask(spec, settings, host)
        return await accept(spec, (submission as { id?: string }).id !== undefined)
      } catch (cause) {
        counters.add('submissions_refused', toFailure(cause).code)
        throw cause
      }
    },
    async cancel(taskId, reason) {
      await submitting.get(taskId)?.done
      const row = rowOf(taskId)
      if (endedStatuses.has(row.status)) return row
      return new Promise((resolve) => {
        const changed = supervisor.dispatch(taskId, { type: 'task.cancel', reason }, resolve)
        if (!changed) void log.idle().then(() => resolve(rowOf(taskId))) // an earlier wish or the end is being committed
      })
    },
    pause: async () => {
      placement.hold()
      await runner.send({ type: 'runner.pause' })
    },
    resume: async () => void (await runner.send({ type: 'runner.resume' })),
    async drain(reason) {
      if (runner.state() === 'stopped') return
      const stopped = new Promise<void>((resolve) => onStopped.push(resolve))
      await runner.send({ type: 'runner.drain', reason })
      await stopped
    },
    async handOver(reason) {
      if (runner.state() === 'idle' || runner.state() === 'stopped') return
      void runner.send({ type: 'runner.drain', reason })
      await runner.send({ type: 'deadline.elapsed' })
    },
    close() {
      closing ??= (async () => {
        ending.abort()
        placement.close()
        await Promise.all([supervisor.letGo(), janitor.close()])
        if (log.trouble() === null) await log.idle()
        log.close()
        await journal.close()
        listeners.notify(everything)
      })()
      return closing
    },
    closed: () => closing !== null,
    status: () => ({
      runnerId: settings.runnerId,
      state: runner.state(),
      tasks: journal.countTasks(),
      places: placement.usage(),
      journalTrouble: log.trouble(),
      lastPosition: journal.lastPosition(),
    }),
    explainWaiting: (taskId) => placement.explain(taskId),
    row: rowOf,
    listeners,
    context,
    inspect: () => ({
      placed: placement.placed(),
      live: [...supervisor.live().values()].map(({ row }) => row),
      waiting: placement.waiting(),
      uncommittedBytes: log.uncommittedBytes(),
    }),
  }
}
