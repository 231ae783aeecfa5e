import { isDeepStrictEqual } from 'node:util'
import { initialTransition } from 'xstate'
import { taskEffects, taskMachine, type TaskEvent } from '../../machines/task/task.machine.ts'
import { failure, toFailure } from '../domain/errors.ts'
import type { Progress, PublicEventType } from '../domain/events.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import type { Phase } from '../domain/plan.ts'
import { endedStatuses } from '../domain/result.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import { taskStream, type JournalRecord, type TaskRow } from '../ports/journal.ts'
import type { CommitLog, Draft } from './commit-log.ts'
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
  /** Tell everybody who listens. */
  readonly committed: (record: JournalRecord, row: TaskRow) => void
}

/** Owns every task's actor. Events are applied at once; what they cause leaves after their commit: answers first, then what listeners hear, then effects. */
export interface TaskSupervisor {
  /** Takes a new task; resolves when it is durable. */
  accept(spec: TaskSpec, specDigest: string): Promise<TaskRow>
  /** True when the event changed something; its consequences follow the commit. `committed` runs right after it. */
  dispatch(taskId: string, event: TaskEvent, committed?: (row: TaskRow) => void): boolean
  /** Journals what a running task says about its progress; the task's state stays as it is. */
  progressed(taskId: string, attempt: number, progress: Progress): void
  /** Makes the actor of a task that is in the journal. Throws `JOURNAL_CORRUPT` when its stream can't be folded. */
  revive(row: TaskRow): LiveTask
  /** Runs the effects of the state that a revived task is in. */
  resume(live: LiveTask): void
  live(): ReadonlyMap<string, LiveTask>
  /** Stops every effect and timer of this process; what runs outside goes on. Resolves when the effects have unwound. */
  letGo(): Promise<void>
}

const notedActions = [...taskEffects, 'stopEffects', 'announce'] as const
/** A stream is read whole to be folded: a task has tens of events, and its progress at most one a second. */
const recordsPerTaskMax = 1_000_000

export const createTaskSupervisor = (context: EngineContext, log: CommitLog, links: SupervisorLinks): TaskSupervisor => {
  const { clock, journal, settings, counters, logger } = context
  const createTaskActor = createActorFactory(taskMachine, notedActions)
  const input = { attemptsMax: settings.retry.attempts }
  const initial = initialTransition(taskMachine, input)[0]
  const initialState = stateOf(initial)
  const lives = new Map<string, LiveTask>()
  const unwinding = new Set<Promise<void>>()
  let letGo = false

  const defect = (place: string, taskId: string, cause: unknown): void => {
    counters.add('defects', place)
    logger.error({ taskId, place, err: cause }, 'a defect of the runner was contained')
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
      timeouts: phaseTimeouts(spec, settings),
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

  /** The live task, or the pending one with an actor made for it; null when it has ended, is unknown, or can't be folded. */
  const find = (taskId: string): LiveTask | null => {
    const known = lives.get(taskId)
    if (known) return known
    const row = journal.findTask(taskId)
    if (row === null || endedStatuses.has(row.status)) return null
    try {
      return revive(row)
    } catch (cause) {
      quarantine(row, cause)
      return null
    }
  }

  const quarantine = (row: TaskRow, cause: unknown): void => {
    const { message } = toFailure(cause)
    logger.error({ taskId: row.id, err: cause }, 'a task was put aside: its records cannot be understood')
    counters.add('defects', 'fold')
    journal.quarantine(taskStream(row.id), message, clock.now())
    links.leaveLine(row.id)
    links.freePlace(row.id)
    lives.delete(row.id)
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
        quarantine(live.row, again)
        return { applied: null, event }
      }
    }
  }

  const dispatch = (taskId: string, wanted: TaskEvent, committed?: (row: TaskRow) => void): boolean => {
    if (letGo) return false
    const live = find(taskId)
    const { applied, event } = live === null ? { applied: null, event: wanted } : take(live, wanted)
    if (live === null || applied === null) {
      counters.add('events_ignored', wanted.type)
      return false
    }
    const { type, ...data } = event
    const at = Math.max(clock.now(), live.enteredAt)
    const draftBase = { at, type, data: data as unknown as JsonObject }
    const row = nextRow(live.row, draftBase, applied.after, live.spec)
    if (!isDeepStrictEqual(applied.before.value, applied.after.value)) live.enteredAt = at
    if (row.status !== 'pending') links.leaveLine(taskId)
    journalIt(live, draftBase, stateOf(applied.after), row, announced(applied.noted), (record) => {
      committed?.(row)
      links.committed(record, row)
      if (letGo) return
      if (!row.placed) links.freePlace(taskId)
      for (const action of applied.noted) carryOut(live, action, row, clock.now())
      if (endedStatuses.has(row.status)) dismiss(live, row)
    })
    return true
  }

  const journalIt = (
    live: LiveTask,
    base: Pick<Draft, 'at' | 'type' | 'data'>,
    state: JsonObject | null,
    row: TaskRow,
    events: readonly PublicEventType[],
    release: (record: JournalRecord) => void,
  ): void => {
    const seq = live.nextSeq++
    live.row = row
    const told = events.map((type) => taskEvent(type, row, live.spec, seq, settings.runnerId))
    log.append({ ...base, stream: taskStream(live.id), seq, state, public: told }, row, release)
  }

  /** @param since when the work of the state could begin: after its commit, or, taken up again, by the journal */
  const carryOut = (live: LiveTask, action: NotedAction, row: TaskRow, since: number): void => {
    switch (action.type) {
      case 'stopEffects':
        live.scope.stop()
        for (const cancel of live.timers.splice(0)) cancel()
        break
      case 'armDeadline':
        armDeadlines(live, (action.params as { phase: Phase }).phase, since)
        break
      case 'enqueue':
        links.enqueue(row, live.arrival, Math.min(live.enteredAt + live.timeouts.queue, row.submittedAt + live.timeouts.total))
        break
      case 'announce':
        break // told with the record
      default:
        links.startEffect(live, action.type)
    }
  }

  /** The timers of a phase and of the whole. A phase counts from when its work could begin, so that a disk that keeps a commit waiting takes no time from it;
   * after a restart from the journal's times, so that a crash neither extends nor shortens it beyond the host's own clock errors. */
  const armDeadlines = (live: LiveTask, phase: Phase, begun: number): void => {
    const arm = (of: Phase, since: number): void => {
      const limitMs = live.timeouts[of]
      const elapsedMs = Math.min(Math.max(0, clock.now() - since), limitMs)
      const { attempt } = live.actor.snapshot().context
      live.timers.push(
        clock.timer(limitMs - elapsedMs, () =>
          dispatch(live.id, { type: 'deadline.elapsed', attempt, phase: of, failure: deadlineFailure(of, limitMs) }),
        ),
      )
    }
    if (phase !== 'total') arm(phase, begun)
    if (phase !== 'stop') arm('total', live.row.submittedAt)
  }

  /** Its end is committed: the actor goes, the clean-up that its last state wanted goes on. */
  const dismiss = (live: LiveTask, row: TaskRow): void => {
    counters.add('tasks_ended', row.status)
    live.output?.close()
    live.output = null
    live.actor.stop()
    lives.delete(live.id)
    const settled = live.scope.settled().finally(() => unwinding.delete(settled))
    unwinding.add(settled)
  }

  return {
    accept: (spec, specDigest) =>
      new Promise((resolve) => {
        const at = clock.now()
        const row = firstRow(spec, specDigest, at)
        const data: SubmittedData = { spec, specDigest, input }
        const submitted = taskEvent('task_submitted', row, spec, 0, settings.runnerId)
        const draft: Draft = {
          stream: taskStream(spec.id),
          seq: 0,
          at,
          type: 'task.submitted',
          data: data as unknown as JsonObject,
          state: initialState,
          public: [submitted],
        }
        log.append(draft, row, (record) => {
          resolve(row)
          links.committed(record, row)
          const timeouts = phaseTimeouts(spec, settings)
          links.enqueue(row, null, at + Math.min(timeouts.queue, timeouts.total))
        })
      }),
    dispatch,
    progressed(taskId, attempt, progress) {
      const live = lives.get(taskId)
      if (letGo || !live || live.row.attempt !== attempt || !live.row.placed) return
      const base = {
        at: Math.max(clock.now(), live.enteredAt),
        type: 'task.progressed',
        data: { attempt, progress: progress as unknown as Json },
      }
      const row = nextRow(live.row, base, live.actor.snapshot(), live.spec)
      journalIt(live, base, null, row, ['task_progress'], (record) => links.committed(record, row))
    },
    revive,
    resume(live) {
      for (const action of effectsOf(live.actor.snapshot(), taskEffects)) carryOut(live, action, live.row, live.enteredAt)
    },
    live: () => lives,
    async letGo() {
      letGo = true
      for (const live of lives.values()) {
        live.scope.stop()
        for (const cancel of live.timers.splice(0)) cancel()
        live.output?.close()
      }
      await Promise.all([...[...lives.values()].map(({ scope }) => scope.settled()), ...unwinding])
      for (const live of lives.values()) live.actor.stop()
      lives.clear()
    },
  }
}

const announced = (noted: readonly NotedAction[]): PublicEventType[] =>
  noted.filter(({ type }) => type === 'announce').map(({ params }) => (params as { type: PublicEventType }).type)

const phaseCodes = {
  queue: 'TIMEOUT_QUEUE', prepare: 'TIMEOUT_PREPARE', run: 'TIMEOUT_RUN', stop: 'TIMEOUT_STOP', collect: 'TIMEOUT_COLLECT', total: 'TIMEOUT_TOTAL',
} as const // prettier-ignore

const phaseSentences: Readonly<Record<Phase, string>> = {
  queue: 'it waited for a place longer than',
  prepare: 'preparing took longer than',
  run: 'the command ran longer than',
  stop: 'it could not be stopped within',
  collect: 'collecting its output took longer than',
  total: 'the whole task took longer than',
}

/** The failure that a phase's deadline stands for. */
export const deadlineFailure = (phase: Phase, limitMs: number) =>
  failure(phaseCodes[phase], `${phaseSentences[phase]} ${limitMs / 1_000} s`)
