import { attemptName, type AttemptKey } from '../domain/exit.ts'
import { isSameJson, type JsonObject } from '../domain/json.ts'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import { invariants, type InvariantName, type Observation } from './invariants.ts'

/** A task that has an actor, as one look finds it. */
export interface WatchedTask {
  readonly row: TaskRow
  /** Of its acceptance: the settings may have changed since. */
  readonly attemptsMax: number
  /** Its process was started by the journal, and nothing has told its end. */
  readonly runs: boolean
  /** What its actor holds. */
  readonly state: JsonObject
  /** All of them, where this look has read them and every event that the actor took is among them; else null. */
  readonly records: readonly JournalRecord[] | null
}

/** What one look at a running runner shows. */
export interface Look {
  readonly tasks: readonly WatchedTask[]
  readonly engine: NonNullable<Observation['engine']>
  /** Attempts of this installation that the executor knows of: marks, processes, containers. */
  readonly marks: readonly AttemptKey[]
  /** Attempts that have a work directory. */
  readonly directories: readonly AttemptKey[]
  /** A task needs what the attempt left. */
  readonly isOwned: (key: AttemptKey) => boolean
  /** Somebody is about to remove what the attempt left. */
  readonly isBeingRemoved: (key: AttemptKey) => boolean
}

/** A difference between journal, engine and outside. */
export interface Drift {
  readonly invariant: InvariantName
  /** Begins with the id of the task that it is about, where it is about one. */
  readonly evidence: string
  /** What has no owner and may go; null where nobody can know what is right. */
  readonly remains: AttemptKey | null
}

/** Invariants that can be watched in a runner while it works. The others need more than one moment, or a subject that does not exist yet. */
export const watchedInvariants: readonly InvariantName[] = ['I4', 'I5', 'I7', 'I8', 'I11', 'I12', 'I13', 'I16']

const nothing: Observation = { tasks: [], running: [], traces: [], engine: null, attemptsMax: Infinity, settled: false, logProblems: [] }

/** All differences that a look shows, each once. One of them alone proves nothing: what runs changes between two glances. */
export const driftOf = (look: Look): Drift[] => {
  const { tasks, engine, marks } = look
  const asTask = ({ row, records }: WatchedTask) => ({ row, records: records ?? [] })
  const judged = (names: readonly InvariantName[], observation: Partial<Observation>): Drift[] =>
    invariants
      .filter(({ name }) => names.includes(name))
      .flatMap(({ name, violations }) => (violations?.({ ...nothing, ...observation }) ?? []).map((evidence) => drift(name, evidence)))
  return [
    ...judged(['I4'], { running: marks.filter((key) => !look.isBeingRemoved(key)) }),
    ...vanished(look),
    ...judged(['I5', 'I13'], { tasks: tasks.filter(({ records }) => records !== null).map(asTask) }),
    ...tasks.filter(({ records, state }) => records !== null && !isStored(records, state)).map(({ row }) => drift('I13', `${row.id} is in another state than its records say`)),
    ...ownerless(look),
    ...judged(['I8', 'I12'], { engine }),
    ...tasks.flatMap((task) => judged(['I11'], { tasks: [asTask(task)], attemptsMax: task.attemptsMax })),
    ...judged(['I16'], { tasks: tasks.map(asTask) }),
  ] // prettier-ignore
}

const drift = (invariant: InvariantName, evidence: string, remains: AttemptKey | null = null): Drift => ({ invariant, evidence, remains })

const isStored = (records: readonly JournalRecord[], state: JsonObject): boolean =>
  isSameJson(records.findLast((record) => record.state !== null)?.state, state)

/** What runs by the journal must be known outside: even an attempt that has ended leaves its mark until its end is on record. */
const vanished = ({ tasks, marks }: Look): Drift[] => {
  const known = new Set(marks.map(attemptName))
  return tasks
    .filter(({ row, runs }) => runs && !known.has(attemptName({ taskId: row.id, attempt: row.attempt })))
    .map(({ row }) => drift('I4', `${row.id} runs by the journal, and outside nothing is known of its attempt ${row.attempt}`))
}

const ownerless = ({ marks, directories, isOwned, isBeingRemoved }: Look): Drift[] => {
  const traces = new Map([...marks, ...directories].map((key) => [attemptName(key), key]))
  return [...traces.values()]
    .filter((key) => !isOwned(key) && !isBeingRemoved(key))
    .map((key) => drift('I7', `${key.taskId} has left something of its attempt ${key.attempt} that nobody owns`, key))
}

/** Differences of a look, each with where its task stood in the journal then. */
export type Noted = ReadonlyMap<string, { readonly drift: Drift; readonly stoodAt: string }>

/** @param standing where a task stands in the journal: another word for every record of it */
export const note = (drifts: readonly Drift[], standing: (taskId: string) => string): Noted =>
  new Map(drifts.map((each) => [nameOf(each), { drift: each, stoodAt: standing(subjectOf(each)) }]))

/** What two looks in a row have seen, with nothing on record of the task in between: then it is no race. */
export const confirmed = (before: Noted, now: Noted): Drift[] =>
  [...now].filter(([key, { stoodAt }]) => before.get(key)?.stoodAt === stoodAt).map(([, { drift: each }]) => each)

/** The same for the same difference, however its numbers move. */
export const nameOf = (each: Drift): string => `${each.invariant} ${subjectOf(each)} ${each.remains?.attempt ?? ''}`

const subjectOf = ({ evidence }: Drift): string => evidence.slice(0, evidence.indexOf(' '))
