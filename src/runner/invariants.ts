import { attemptName, type AttemptKey } from '../domain/exit.ts'
import { endedStatuses } from '../domain/result.ts'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import { verifyStream } from './fold.ts'

/** A view over journal, engine and outside, taken at one moment. */
export interface Observation {
  /** Every task of the journal with its records. */
  readonly tasks: readonly { readonly row: TaskRow; readonly records: readonly JournalRecord[] }[]
  /** Attempts whose processes run outside. */
  readonly running: readonly AttemptKey[]
  /** Attempts that have left any trace outside: marks, directories, processes. */
  readonly traces: readonly AttemptKey[]
  /** What the engine holds in memory; null when no engine runs. */
  readonly engine: {
    readonly placed: ReadonlySet<string>
    /** Places that are counted for each array with a limit. */
    readonly arrayPlaces: ReadonlyMap<string, number>
    readonly live: readonly TaskRow[]
    readonly buffers: readonly BufferUse[]
  } | null
  readonly attemptsMax: number
  /** Faults have stopped and nothing is left to do. */
  readonly settled: boolean
  /** What readers of logs found wrong, against what was printed: gaps that were not announced, repetitions, other bytes. */
  readonly logProblems: readonly string[]
}

/** What waits in memory under a budget. */
export interface BufferUse {
  readonly name: string
  readonly bytes: number
  readonly bytesMax: number
}

export type InvariantName = `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16}`

export interface Invariant {
  readonly name: InvariantName
  /** What always holds. */
  readonly says: string
  /** Null: its subject does not exist yet. Otherwise every violation that the observation shows, as a sentence that begins with the id of what it is about. */
  readonly violations: ((observation: Observation) => string[]) | null
}

const terminalEvents = new Set(['task_completed', 'task_failed', 'task_cancelled'])

const oneLiveAttempt = ({ running }: Observation): string[] =>
  duplicates(running.map(({ taskId }) => taskId)).map((taskId) => `${taskId} has two attempts running`)

const oneTerminalEvent = ({ tasks }: Observation): string[] =>
  tasks.flatMap(({ row, records }) => {
    const told = records.flatMap((record) =>
      record.public.filter(({ type }) => terminalEvents.has(type)).map(({ type }) => ({ type, seq: record.seq })),
    )
    if (told.length > 1) return [`${row.id} has ${told.length} terminal events: ${told.map(({ type }) => type).join(', ')}`]
    if (told.length === 0) return endedStatuses.has(row.status) ? [`${row.id} is ${row.status} without a terminal event`] : []
    if (row.status === 'completed' && (row.cancelReason !== null || row.failure !== null || row.result?.exit?.code !== 0))
      return [`${row.id} is completed although it was cancelled, has failed, or left no exit of 0`]
    if (`task_${row.status}` !== told[0]!.type) return [`${row.id} is ${row.status} but told ${told[0]!.type}`]
    return told[0]!.seq === records.length - 1 ? [] : [`${row.id} has records after its end`]
  })

const everyTaskEnds = ({ tasks, settled }: Observation): string[] =>
  settled ? tasks.filter(({ row }) => !endedStatuses.has(row.status)).map(({ row }) => `${row.id} is still ${row.status}`) : []

const everythingIsOwned = ({ tasks, traces, running, settled }: Observation): string[] => {
  if (!settled) return [] // remains of an ended task are removed after its end is on record: between the two they have no owner
  const owned = new Set(
    tasks
      .filter(({ row }) => row.placed || row.status === 'retrying')
      .map(({ row }) => attemptName({ taskId: row.id, attempt: row.attempt })),
  )
  const names = new Set([...traces, ...running].map(attemptName))
  return [...names].filter((name) => !owned.has(name)).map((name) => `${name} has left something that nobody owns`)
}

const placesAreLive = ({ engine, settled }: Observation): string[] => {
  if (engine === null) return []
  const live = new Set(engine.live.filter(({ placed }) => placed).map(({ id }) => id))
  return [
    ...[...live].filter((id) => !engine.placed.has(id)).map((id) => `${id} is live without a place`),
    ...[...engine.placed].filter((id) => !live.has(id)).map((id) => `${id} holds a place and is not live`),
    ...(settled ? placesOfArrays(engine) : []), // a place is given back when the end is on record, after the row has changed
  ]
}

const placesOfArrays = ({ live, arrayPlaces }: NonNullable<Observation['engine']>): string[] => {
  const held = Map.groupBy(
    live.filter(({ placed, array }) => placed && array?.concurrency),
    ({ array }) => array!.id,
  )
  return [...new Set([...held.keys(), ...arrayPlaces.keys()])]
    .map((id) => ({ id, counted: arrayPlaces.get(id) ?? 0, holding: held.get(id)?.length ?? 0 }))
    .filter(({ counted, holding }) => counted !== holding)
    .map(({ id, counted, holding }) => `${counted} places are counted for the array ${id}, and ${holding} of its tasks hold one`)
}

const attemptsAreBounded = ({ tasks, attemptsMax }: Observation): string[] =>
  tasks.filter(({ row }) => row.attempt > attemptsMax).map(({ row }) => `${row.id} is at attempt ${row.attempt} of ${attemptsMax}`)

const arraysKeepTheirLimits = ({ tasks }: Observation): string[] => {
  const placed = Map.groupBy(
    tasks.filter(({ row }) => row.placed && row.array?.concurrency),
    ({ row }) => row.array!.id,
  )
  return [...placed]
    .filter(([, own]) => own.length > own[0]!.row.array!.concurrency!)
    .map(([id, own]) => `${id} has ${own.length} tasks that hold a place, ${own[0]!.row.array!.concurrency} may`)
}

const buffersKeepTheirBudgets = ({ engine }: Observation): string[] =>
  (engine?.buffers ?? [])
    .filter(({ bytes, bytesMax }) => bytes > bytesMax)
    .map(({ name, bytes, bytesMax }) => `${name} has ${bytes} bytes, ${bytesMax} may wait`)

const replayAgrees = ({ tasks }: Observation): string[] =>
  tasks.flatMap(({ row, records }) => {
    const { firstDifference } = verifyStream(records)
    return firstDifference === null ? [] : [`${row.id} record ${firstDifference.seq}: ${firstDifference.reason}`]
  })

/** The invariants of the design, in one place: the simulation and the tests check them, an audit watches them. */
export const invariants: readonly Invariant[] = [
  { name: 'I1', says: 'one live attempt per GPU', violations: null },
  { name: 'I2', says: 'no GPU task without its leased GPU', violations: null },
  { name: 'I3', says: 'a GPU is free again only after its container is gone and no process computes on it', violations: null },
  { name: 'I4', says: 'one live attempt per task', violations: oneLiveAttempt },
  { name: 'I5', says: 'exactly one terminal event per task, never changed', violations: oneTerminalEvent },
  { name: 'I6', says: 'every accepted task ends once faults stop', violations: everyTaskEnds },
  { name: 'I7', says: 'no container or process of ours without an owner in the journal', violations: everythingIsOwned },
  { name: 'I8', says: 'places used are the live set', violations: placesAreLive },
  { name: 'I9', says: 'log bytes are delivered without gap or duplicate', violations: ({ logProblems }) => [...logProblems] },
  { name: 'I10', says: 'running tasks per tenant stay within the quota', violations: null },
  { name: 'I11', says: 'attempts stay within the limit', violations: attemptsAreBounded },
  { name: 'I12', says: 'buffered bytes stay within the sum of budgets', violations: buffersKeepTheirBudgets },
  { name: 'I13', says: 'a replay of the journal gives the live state', violations: replayAgrees },
  { name: 'I14', says: 'no secret value in journal, events, metrics, or any log that leaves the runner', violations: null },
  { name: 'I15', says: 'no tenant starves', violations: null },
  { name: 'I16', says: 'tasks of an array that hold a place stay within its limit', violations: arraysKeepTheirLimits },
]

export const armedInvariants = invariants.filter(({ violations }) => violations !== null)

/** Every violation of every armed invariant: `I5: …`. */
export const violationsOf = (observation: Observation): string[] =>
  invariants.flatMap(({ name, violations }) => (violations?.(observation) ?? []).map((sentence) => `${name}: ${sentence}`))

const duplicates = (items: readonly string[]): string[] => {
  const seen = new Set<string>()
  return items.filter((item) => seen.has(item) || (seen.add(item), false))
}
