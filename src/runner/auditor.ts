import type { AttemptKey } from '../domain/exit.ts'
import { toFailure } from '../domain/errors.ts'
import { taskStream } from '../ports/journal.ts'
import { confirmed, driftOf, nameOf, note, watchedInvariants, type Drift, type Look, type Noted, type WatchedTask } from './audit.ts'
import type { EngineContext } from './engine-context.ts'
import { invariants, type InvariantName } from './invariants.ts'
import { stateOf } from './journalled-actor.ts'
import type { LiveTask } from './live-task.ts'
import { pause } from './pause.ts'

/** What became of one invariant. */
export interface AuditLine {
  readonly name: InvariantName
  readonly says: string
  /** False: it is not watched here. */
  readonly armed: boolean
  /** What contradicts it now, a sentence each; at most a hundred. */
  readonly violations: readonly string[]
  /** Violations since the runner was started; each counts when it is first seen. */
  readonly seen: number
}

export interface AuditReport {
  /** Looks since the runner was started, those that failed included. */
  readonly looks: number
  /** Of the last one, Unix milliseconds; 0 before the first. */
  readonly at: number
  readonly tookMs: number
  /** Why the last look could not be taken; null when it could. */
  readonly failure: string | null
  readonly invariants: readonly AuditLine[]
}

/** Watches over a running engine: compares journal, actors, places, buffers and what is outside, tells what differs, and removes what nobody owns. */
export interface Auditor {
  /** Begins, or goes by settings that have changed. */
  reconsider(): void
  /** What is known from the looks so far. */
  report(): AuditReport
  /** Looks now, twice, as confirming wants it. Calls at the same time share the looks. */
  audit(): Promise<AuditReport>
  close(): Promise<void>
}

export interface AuditorLinks {
  readonly live: () => ReadonlyMap<string, LiveTask>
  readonly engine: () => Look['engine']
  /** As of now; asked for anew at each look. */
  readonly ownership: () => Look['isOwned']
  readonly isBeingRemoved: Look['isBeingRemoved']
  /** Commits fail just now: what was applied is not on record, and nothing can be compared. */
  readonly isHeld: () => boolean
  readonly remove: (key: AttemptKey, signal: AbortSignal) => Promise<void>
}

/** Tasks whose records are replayed in one look, in turn, and the records of one beyond which it is left out. With them a look costs a listing of the marks and of the
 * work directories, and one pass over the tasks that have an actor: never more than what runs, however long the journal is. */
const [replaysPerLook, recordsMax] = [20, 1_000]
/** Between the two looks of one that was asked for, in milliseconds. */
const confirmMs = 1_000
const sentencesMax = 100

export const createAuditor = (context: EngineContext, links: AuditorLinks): Auditor => {
  const { clock, journal, executor, workspace, settings, counters, logger } = context
  const ending = new AbortController()
  const seen = new Map<InvariantName, number>()
  let known: readonly Drift[] = []
  let last = { looks: 0, at: 0, tookMs: 0, failure: null as string | null }
  let before: Noted | null = null
  let [cancel, replayed] = [(): void => {}, 0]
  /** Looks do not overlap. */
  let looking: Promise<void> = Promise.resolve()
  let asked: Promise<AuditReport> | null = null

  const watched = (live: LiveTask, isReplayed: boolean): WatchedTask => {
    const snapshot = live.actor.snapshot()
    const { attemptsMax, launchedAttempt, attempt } = snapshot.context
    const records = isReplayed ? journal.readStream(taskStream(live.id), 0, recordsMax) : []
    return {
      row: live.row,
      attemptsMax,
      runs: snapshot.matches({ running: 'executing' }) && launchedAttempt === attempt,
      state: stateOf(snapshot),
      records: isReplayed && records.length === live.nextSeq ? records : null,
    }
  }

  const lookAt = async (): Promise<Look> => {
    const marks = await executor.list(ending.signal)
    const directories = await workspace.list()
    const all = [...links.live().values()]
    const begin = replayed % Math.max(1, all.length)
    replayed = begin + replaysPerLook
    const isReplayed = (index: number): boolean => (index - begin + all.length) % all.length < replaysPerLook
    return {
      tasks: all.map((live, index) => watched(live, isReplayed(index))),
      engine: links.engine(),
      marks,
      directories,
      isOwned: links.ownership(),
      isBeingRemoved: links.isBeingRemoved,
    }
  }

  const standing = (taskId: string): string => {
    const live = links.live().get(taskId)
    if (live) return `record ${live.nextSeq}`
    const row = journal.findTask(taskId) // one without an actor waits for its first attempt, or has ended
    return row === null ? 'unknown' : `${row.status} ${row.submittedAt}`
  }

  const tell = (drifts: readonly Drift[]): void => {
    const told = new Set(known.map(nameOf))
    for (const { invariant, evidence } of drifts.filter((each) => !told.has(nameOf(each)))) {
      seen.set(invariant, (seen.get(invariant) ?? 0) + 1)
      logger.error({ invariant, evidence }, 'the audit has found a difference')
    }
    known = drifts
  }

  const heal = async (drifts: readonly Drift[]): Promise<void> => {
    for (const { remains } of drifts) {
      if (remains === null || ending.signal.aborted || links.ownership()(remains) || links.isBeingRemoved(remains)) continue
      counters.add('leftovers_found', 'attempt')
      await links.remove(remains, ending.signal)
    }
  }

  /** @param previous null: nothing can be confirmed, and what is known stays */
  const look = async (previous: Noted | null): Promise<Noted> => {
    const begunAt = clock.monotonic()
    let failure: string | null = null
    let now: Noted = new Map()
    try {
      if (links.isHeld()) failure = 'the journal cannot be written: what was applied cannot be compared with it'
      else {
        now = note(driftOf(await lookAt()), standing)
        const drifts = previous && confirmed(previous, now)
        if (drifts) tell(drifts)
        await heal(drifts ?? [])
      }
    } catch (cause) {
      failure = toFailure(cause).message
      if (!ending.signal.aborted) logger.warn({ err: cause }, 'the audit could not look')
    }
    last = { looks: last.looks + 1, at: clock.now(), tookMs: clock.monotonic() - begunAt, failure }
    return now
  }

  /** One after the other: a look that somebody asked for does not come between another one and its confirmation. */
  const inTurn = (work: () => Promise<void>): Promise<void> => (looking = looking.then(() => (ending.signal.aborted ? undefined : work())))

  const arm = (): void => {
    cancel()
    if (ending.signal.aborted || settings.audit.intervalMs === 0) return
    cancel = clock.timer(settings.audit.intervalMs, () => {
      void inTurn(async () => void (before = await look(before))).then(arm)
    })
  }

  const report = (): AuditReport => ({
    ...last,
    invariants: invariants.map(({ name, says }) => ({
      name,
      says,
      armed: watchedInvariants.includes(name),
      violations: known.filter(({ invariant }) => invariant === name).slice(0, sentencesMax).map(({ evidence }) => evidence),
      seen: seen.get(name) ?? 0,
    })),
  }) // prettier-ignore

  return {
    reconsider: arm,
    report,
    audit() {
      asked ??= inTurn(async () => {
        const first = await look(null)
        await pause(clock, confirmMs, ending.signal)
        before = await look(first)
      })
        .then(report)
        .finally(() => (asked = null))
      return asked
    },
    async close() {
      ending.abort()
      cancel()
      await looking
    },
  }
}
