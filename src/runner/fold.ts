import { isDeepStrictEqual } from 'node:util'
import { initialTransition, transition, type AnyStateMachine, type SnapshotFrom } from 'xstate'
import { arrayMachine } from '../../machines/array/array.machine.ts'
import { runnerMachine } from '../../machines/runner/runner.machine.ts'
import { taskMachine } from '../../machines/task/task.machine.ts'
import { RunnerError } from '../domain/errors.ts'
import { isSameJson, type Json, type JsonObject } from '../domain/json.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import { stateOf } from './journalled-actor.ts'
import type { SubmittedData } from './live-task.ts'
import { firstRow, nextRow, type TaskSnapshot } from './task-row.ts'

/** Where a stream's records lead. */
export interface Folded<Machine extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<Machine>
  /** The sequence number that the next record takes. */
  readonly nextSeq: number
  /** `at` of the record that entered the present state: timers count from there. */
  readonly enteredAt: number
}

type Snapshot = { value: unknown; context: unknown }

/** The machine of a stream and the state that its first record begins with. */
const machineOf = (
  stream: string,
  first: JournalRecord | undefined,
): { machine: AnyStateMachine; input: unknown; initialType: string | null } => {
  if (stream === 'runner') return { machine: runnerMachine, input: undefined, initialType: null }
  if (stream.startsWith('task:')) return { machine: taskMachine, input: first?.data['input'], initialType: 'task.submitted' }
  if (stream.startsWith('array:')) return { machine: arrayMachine, input: undefined, initialType: 'array.submitted' }
  throw new RunnerError('JOURNAL_CORRUPT', `no machine is known for the stream ${stream}`)
}

/** The state after each record, computed by the machines alone.
 * @throws RunnerError `JOURNAL_CORRUPT` when the records do not begin with 0, have a gap, or name an event that changes nothing */
export function* unfold(
  stream: string,
  records: readonly JournalRecord[],
): Generator<{ record: JournalRecord; snapshot: Snapshot; enteredAt: number }> {
  const { machine, input, initialType } = machineOf(stream, records[0])
  let snapshot = initialTransition(machine, input)[0] as Snapshot
  let enteredAt = records[0]?.at ?? 0
  for (const [index, record] of records.entries()) {
    if (record.seq !== index) throw new RunnerError('JOURNAL_CORRUPT', `${stream} has record ${record.seq} where ${index} belongs`)
    if (index === 0 && initialType !== null) {
      if (record.type !== initialType)
        throw new RunnerError('JOURNAL_CORRUPT', `${stream} begins with ${record.type} instead of ${initialType}`)
    } else if (record.state !== null) {
      const next = transition(machine, snapshot as never, { type: record.type, ...record.data } as never)[0] as Snapshot
      if (next === snapshot)
        throw new RunnerError(
          'JOURNAL_CORRUPT',
          `${stream} record ${index}: ${record.type} is impossible in ${JSON.stringify(snapshot.value)}`,
        )
      if (!isDeepStrictEqual(next.value, snapshot.value)) enteredAt = record.at
      snapshot = next
    }
    yield { record, snapshot, enteredAt }
  }
}

const fold = <Machine extends AnyStateMachine>(stream: string, records: readonly JournalRecord[]): Folded<Machine> => {
  let last: Snapshot | undefined
  let enteredAt = 0
  for (const step of unfold(stream, records)) ({ snapshot: last, enteredAt } = step)
  const snapshot = last ?? (initialTransition(machineOf(stream, undefined).machine)[0] as Snapshot)
  const stored = records.findLast(({ state }) => state !== null)?.state
  if (stored && !sameState(stored, snapshot))
    throw new RunnerError(
      'JOURNAL_CORRUPT',
      `${stream}: its events lead to ${JSON.stringify(snapshot.value)}, the stored state is ${JSON.stringify(stored['value'])}`,
    )
  return { snapshot: snapshot as never, nextSeq: records.length, enteredAt }
}

/** Folds a task's stream and compares with the state that was stored. @throws RunnerError `JOURNAL_CORRUPT` */
export const foldTask = (records: readonly JournalRecord[]): Folded<typeof taskMachine> => {
  if (records.length === 0) throw new RunnerError('JOURNAL_CORRUPT', 'a task without records')
  return fold(records[0]!.stream, records)
}

/** Folds the runner's stream, which may be empty. @throws RunnerError `JOURNAL_CORRUPT` */
export const foldRunner = (records: readonly JournalRecord[]): Folded<typeof runnerMachine> => fold('runner', records)

/** The row that a task's records lead to, in its JSON form. @throws RunnerError `JOURNAL_CORRUPT` */
export const foldRow = (records: readonly JournalRecord[]): TaskRow => {
  let row: TaskRow | null = null
  let spec: TaskSpec | null = null
  for (const { record, snapshot } of unfold(records[0]?.stream ?? 'task:', records)) {
    if (row === null || spec === null) {
      const data = record.data as unknown as SubmittedData
      spec = data.spec
      row = firstRow(spec, data.specDigest, record.at)
    } else row = nextRow(row, record, snapshot as TaskSnapshot, spec)
  }
  if (row === null) throw new RunnerError('JOURNAL_CORRUPT', 'a task without records')
  return JSON.parse(JSON.stringify(row)) as TaskRow
}

const sameState = (stored: JsonObject, snapshot: Snapshot): boolean => isSameJson(stored, stateOf(snapshot))

/** What a replay finds. */
export interface Verification {
  readonly ok: boolean
  /** The first record whose stored state is not what the machine computes, or that can't be applied at all. */
  readonly firstDifference: { readonly seq: number; readonly computed: Json; readonly stored: Json; readonly reason: string } | null
}

/** Replays a stream record by record and compares each stored state with the computed one. Never throws. */
export const verifyStream = (records: readonly JournalRecord[]): Verification => {
  let seq = 0
  try {
    for (const { record, snapshot } of unfold(records[0]?.stream ?? 'runner', records)) {
      seq = record.seq + 1
      if (record.state === null || sameState(record.state, snapshot)) continue
      return {
        ok: false,
        firstDifference: {
          seq: record.seq,
          computed: stateOf(snapshot),
          stored: record.state,
          reason: 'the stored state differs from the computed one',
        },
      }
    }
    return { ok: true, firstDifference: null }
  } catch (cause) {
    return {
      ok: false,
      firstDifference: { seq, computed: null, stored: null, reason: cause instanceof Error ? cause.message : String(cause) },
    }
  }
}
