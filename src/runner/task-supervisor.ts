import { isDeepStrictEqual } from 'node:util'
import { initialTransition } from 'xstate'
import { taskEffects, taskMachine, type TaskEvent } from '../../machines/task/task.machine.ts'
import { failure, RunnerError, toFailure } from '../domain/errors.ts'
import type { Progress, PublicEventType } from '../domain/events.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import { endedStatuses } from '../domain/result.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import { taskStream, type JournalRecord, type TaskRow } from '../ports/journal.ts'
import { isOn, taskFields } from '../ports/logger.ts'
import type { CommitLog, Draft } from './commit-log.ts'
import { consequenceOf, consequencesOf, type Consequence } from './consequences.ts'
import { armDeadlines } from './deadlines.ts'
import { createEffectScope } from './effect-scope.ts'
import type { EngineContext } from './engine-context.ts'
import { foldTask, type Folded } from './fold.ts'
import { createActorFactory, effectsOf, stateOf, type Applied, type NotedAction } from './journalled-actor.ts'
import type { LiveTask, SubmittedData } from './live-task.ts'
import { phaseTimeouts } from './plan.ts'
import { taskEvent } from './public-event.ts'
import { firstRow, nextRow } from './task-row.ts'

/** What the supervisor asks of the rest of the engine. */
export interface SupervisorLinks {
  /** A task's own effect for a state; `armDeadline` and `enqueue` are not among them. */
  readonly startEffect: (live: LiveTask, name: string) => void
  /** The task wants a place, for the attempt after the present one; `arrival` is null when it comes for the first time. */
  readonly enqueue: (row: TaskRow, arrival: number | null, dueAt: number) => void
  /** The task wants no place any more. Idempotent. */
  readonly leaveLine: (taskId: string) => void
  /** The task gives its place back. Idempotent. */
  readonly freePlace: (taskId: string) => void
  /** Tell everybody who listens for a task, for its tenant (null: nobody knows whose it is), or for everything. */
  readonly committed: (taskId: string, tenant: string | null) => void
}

/** How somebody who waits for an event's commit hears of it. */
export interface Told {
  readonly committed: (row: TaskRow) => void
  readonly dropped: (cause: RunnerError) => void
}

/** Owns every task's actor. Events are applied at once; what they cause leaves after their commit: answers first, then what listeners hear, then effects. */
export interface TaskSupervisor {
  /** Takes a new task; resolves when it is durable. @throws RunnerError `RUNNER_UNREACHABLE` when the engine was closed before */
  accept(spec: TaskSpec, specDigest: string): Promise<TaskRow>
  /** True when the event changed something; its consequences follow the commit. `told` runs right after it, or when the engine was closed before. Never throws. */
  dispatch(taskId: string, event: TaskEvent, told?: Told): boolean
  /** Makes sure that a task which has not ended has its actor. `gone`: it has ended, or was put aside. `later`: the journal cannot be read now. */
  wake(taskId: string): 'live' | 'gone' | 'later'
  /** A task whose records cannot be understood is left as it is, for people to look at; the others never notice. */
  putAside(taskId: string, cause: unknown): void
  /** Journals what a running task says about its progress; the task's state stays as it is. */
  progressed(taskId: string, attempt: number, progress: Progress): void
  /** Makes the actor of a task that is in the journal. Throws `JOURNAL_CORRUPT` when its stream can't be folded. */
  revive(row: TaskRow): LiveTask
  /** Runs the effects of the state that a revived task is in. */
  resume(live: LiveTask): void
  live(): ReadonlyMap<string, LiveTask>
  /** Its end is on record, and its clean-up still goes on. */
  isUnwinding(taskId: string): boolean
  /** Stops every effect and timer of this process; what runs outside goes on. Resolves when the effects have unwound. */
  letGo(): Promise<void>
}

const notedActions = [...taskEffects, 'stopEffects', 'announce'] as const
/** A stream is read whole to be folded: a task has tens of events, and its progress at most one a second. */
const recordsPerTaskMax = 1_000_000

export const createTaskSupervisor = (context: EngineContext, log: CommitLog, links: SupervisorLinks): TaskSupervisor => {
  const { clock, journal, settings, counters, logger } = context
  const createTaskActor = createActorFactory(taskMachine, notedActions)
  const lives = new Map<string, LiveTask>()
  const unwinding = new Map<string, Promise<void>>()
  let letGo = false

  /** What every new task begins with; worked out again when the settings have changed. */
  let fresh: { readonly input: SubmittedData['input']; readonly state: JsonObject } | null = null
  const freshTask = () => {
    const input = { attemptsMax: settings.retry.attempts }
    if (fresh?.input.attemptsMax !== input.attemptsMax) fresh = { input, state: stateOf(initialTransition(taskMachine, input)[0]) }
    return fresh!
  }

  const defect = (place: string, taskId: string, cause: unknown): void => {
    counters.add('defects', place)
    logger.error({ task_id: taskId, place, err: cause }, 'a defect of the runner was contained')
  }

  /** Of the event itself its type alone: its data belongs to the task. */
  const noteCommitted = ({ type, seq }: JournalRecord, row: TaskRow): void => {
    const level = type === 'task.progressed' ? 'trace' : 'debug'
    if (!isOn(logger, level)) return
    const code = row.failure === null ? {} : { code: row.failure.code }
    logger[level]!({ ...taskFields(row), event: type, seq, status: row.status, ...code }, 'an event was committed')
  }

  const makeLive = (spec: TaskSpec, row: TaskRow, folded: Folded<typeof taskMachine>): LiveTask => {
    const scope = createEffectScope((cause) => {
      const known = toFailure(cause)
      if (known.code === 'INTERNAL') defect('effect', row.id, cause)
      dispatch(row.id, { type: 'attempt.failed', attempt: live.actor.snapshot().context.attempt, failure: known })
    })
    const live: LiveTask = {
      id: row.id,
      spec,
      actor: createTaskActor(folded.snapshot),
      timeouts: phaseTimeouts(spec.class, spec.execution.timeout_seconds, settings),
      scope,
      timers: [],
      row,
      nextSeq: folded.nextSeq,
      arrival: 0,
      enteredAt: folded.enteredAt,
      output: null,
    }
    lives.set(row.id, live)
    return live
  }

  const revive = (row: TaskRow): LiveTask => {
    const records = journal.readStream(taskStream(row.id), 0, recordsPerTaskMax)
    const folded = foldTask(records)
    const { spec } = records[0]!.data as unknown as SubmittedData
    return makeLive(spec, row, folded)
  }

  const wake = (taskId: string): 'live' | 'gone' | 'later' => {
    if (lives.has(taskId)) return 'live'
    try {
      const row = journal.findTask(taskId)
      if (row === null || endedStatuses.has(row.status)) return 'gone'
      revive(row)
      return 'live'
    } catch (cause) {
      if (!(cause instanceof RunnerError && cause.code === 'JOURNAL_CORRUPT')) {
        defect('journal', taskId, cause)
        return 'later'
      }
      putAside(taskId, cause)
      return 'gone'
    }
  }

  const putAside = (taskId: string, cause: unknown): void => {
    logger.error({ task_id: taskId, err: cause }, 'a task was put aside: its records cannot be understood')
    counters.add('defects', 'fold')
    const live = lives.get(taskId)
    if (live) letGoOf(live)
    lives.delete(taskId)
    links.leaveLine(taskId)
    if (!live?.row.placed) links.freePlace(taskId) // what may still run keeps its place until the next start
    try {
      journal.quarantine(taskStream(taskId), toFailure(cause).message, clock.now())
    } catch (second) {
      defect('quarantine', taskId, second) // the next start finds it again
    }
    links.committed(taskId, live?.row.tenant ?? null)
  }

  const letGoOf = (live: LiveTask): void => {
    live.scope.stop()
    for (const cancel of live.timers.splice(0)) cancel()
    live.output?.close()
  }

  /** The actor takes the event. When the machine itself throws, the attempt fails as INTERNAL; its siblings never notice. */
  const take = (live: LiveTask, event: TaskEvent): { applied: Applied<typeof taskMachine> | null; event: TaskEvent } => {
    try {
      return { applied: live.actor.take(event), event }
    } catch (cause) {
      defect('machine', live.id, cause)
      const instead: TaskEvent = {
        type: 'attempt.failed',
        attempt: live.actor.snapshot().context.attempt,
        failure: failure('INTERNAL', String(cause)),
      }
      try {
        return { applied: live.actor.take(instead), event: instead }
      } catch (again) {
        putAside(live.id, again)
        return { applied: null, event }
      }
    }
  }

  const dispatch = (taskId: string, wanted: TaskEvent, told?: Told): boolean => {
    if (letGo) return false
    wake(taskId)
    const live = lives.get(taskId)
    const { applied, event } = live === undefined ? { applied: null, event: wanted } : take(live, wanted)
    if (live === undefined || applied === null) {
      counters.add('events_ignored', wanted.type)
      return false
    }
    const { type, ...data } = event
    const at = Math.max(clock.now(), live.enteredAt)
    const draftBase = { at, type, data: data as unknown as JsonObject }
    const row = nextRow(live.row, draftBase, applied.after, live.spec)
    if (!isDeepStrictEqual(applied.before.value, applied.after.value)) live.enteredAt = at
    if (row.status !== 'pending') links.leaveLine(taskId)
    const release = (record: JournalRecord): void => {
      noteCommitted(record, row)
      told?.committed(row)
      links.committed(taskId, row.tenant)
      if (letGo) return
      for (const consequence of consequencesOf(applied.noted, row)) carryOut(live, consequence, row, clock.now())
    }
    journalIt(live, draftBase, stateOf(applied.after), row, announced(applied.noted), release, told?.dropped)
    return true
  }

  const journalIt = (
    live: LiveTask,
    base: Pick<Draft, 'at' | 'type' | 'data'>,
    state: JsonObject | null,
    row: TaskRow,
    events: readonly PublicEventType[],
    release: (record: JournalRecord) => void,
    drop?: (cause: RunnerError) => void,
  ): void => {
    const seq = live.nextSeq++
    live.row = row
    const told = events.map((type) => taskEvent(type, row, live.spec, seq, settings.runnerId))
    log.append({ ...base, stream: taskStream(live.id), seq, state, public: told }, row, release, drop)
  }

  /** @param since when the work of the state could begin: after its commit, or, taken up again, by the journal */
  const carryOut = (live: LiveTask, consequence: Consequence, row: TaskRow, since: number): void => {
    switch (consequence.does) {
      case 'freePlace':
        return links.freePlace(live.id)
      case 'stopEffects':
        live.scope.stop()
        for (const cancel of live.timers.splice(0)) cancel()
        return
      case 'armDeadline':
        return armDeadlines(clock, live, consequence.phase, since, (event) => void dispatch(live.id, event))
      case 'enqueue':
        return links.enqueue(row, live.arrival, Math.min(live.enteredAt + live.timeouts.queue, row.submittedAt + live.timeouts.total))
      case 'startEffect':
        return links.startEffect(live, consequence.name)
      case 'dismiss':
        return dismiss(live)
    }
  }

  /** Its end is committed: the actor goes, the clean-up that its last state wanted goes on. */
  const dismiss = (live: LiveTask): void => {
    live.output?.close()
    live.output = null
    live.actor.stop()
    lives.delete(live.id)
    const settled = live.scope.settled().finally(() => unwinding.get(live.id) === settled && unwinding.delete(live.id))
    unwinding.set(live.id, settled)
  }

  return {
    accept: (spec, specDigest) =>
      new Promise((resolve, reject) => {
        const at = clock.now()
        const row = firstRow(spec, specDigest, at)
        const { input, state } = freshTask()
        const data: SubmittedData = { spec, specDigest, input }
        const submitted = taskEvent('task_submitted', row, spec, 0, settings.runnerId)
        const draft: Draft = {
          stream: taskStream(spec.id),
          seq: 0,
          at,
          type: 'task.submitted',
          data: data as unknown as JsonObject,
          state,
          public: [submitted],
        }
        const release = (record: JournalRecord): void => {
          noteCommitted(record, row)
          resolve(row)
          links.committed(row.id, row.tenant)
          const { queue, total } = phaseTimeouts(spec.class, spec.execution.timeout_seconds, settings)
          links.enqueue(row, null, at + Math.min(queue, total))
        }
        log.append(draft, row, release, reject)
      }),
    dispatch,
    wake,
    putAside,
    progressed(taskId, attempt, progress) {
      const live = lives.get(taskId)
      if (letGo || !live || live.row.attempt !== attempt || !live.row.placed) return
      if (log.uncommittedBytes() >= settings.limits.uncommittedBytes) return // of all that waits for the disk it is the least: the next one tells more
      const base = {
        at: Math.max(clock.now(), live.enteredAt),
        type: 'task.progressed',
        data: { attempt, progress: progress as unknown as Json },
      }
      const row = nextRow(live.row, base, live.actor.snapshot(), live.spec)
      const release = (record: JournalRecord): void => {
        noteCommitted(record, row)
        links.committed(taskId, row.tenant)
      }
      journalIt(live, base, null, row, ['task_progress'], release)
    },
    revive,
    resume(live) {
      for (const action of effectsOf(live.actor.snapshot(), taskEffects)) {
        const consequence = consequenceOf(action)
        if (consequence) carryOut(live, consequence, live.row, live.enteredAt)
      }
    },
    live: () => lives,
    isUnwinding: (taskId) => unwinding.has(taskId),
    async letGo() {
      letGo = true
      lives.forEach(letGoOf)
      await Promise.all([...[...lives.values()].map(({ scope }) => scope.settled()), ...unwinding.values()])
      for (const live of lives.values()) live.actor.stop()
      lives.clear()
    },
  }
}

const announced = (noted: readonly NotedAction[]): PublicEventType[] =>
  noted.filter(({ type }) => type === 'announce').map(({ params }) => (params as { type: PublicEventType }).type)
