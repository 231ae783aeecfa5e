import { initialTransition, transition } from 'xstate'
import { taskEffects, type TaskEvent } from '../../../machines/task/task.machine.ts'
import type { Failure } from '../../domain/errors.ts'
import type { PublicEventType } from '../../domain/events.ts'
import type { JsonObject } from '../../domain/json.ts'
import { endedStatuses } from '../../domain/result.ts'
import { parseSubmission } from '../../domain/task-spec.ts'
import { taskStream, type JournalRecord, type TaskRow } from '../../ports/journal.ts'
import type { Consequence } from '../../runner/consequences.ts'
import { violationsOf } from '../../runner/invariants.ts'
import { stateOf, type NotedAction } from '../../runner/journalled-actor.ts'
import { taskEvent } from '../../runner/public-event.ts'
import { firstRow, nextRow, type TaskSnapshot } from '../../runner/task-row.ts'
import type { Rules } from './rules.ts'

/** A state of the task machine, as the journal has it. States that nothing to come can tell apart are one node: the first that was found stands for all. */
export interface TaskNode {
  readonly id: number
  readonly snapshot: TaskSnapshot
  readonly row: TaskRow
  readonly records: readonly JournalRecord[]
  readonly hasEnded: boolean
}

/** An event that a task took: one record. Two that lead to the same, and cause the same, are one. */
export interface Taken {
  readonly id: number
  readonly node: TaskNode
  /** What follows once it is durable. */
  readonly consequences: readonly Consequence[]
  /** What the invariants say about the task's history with this record. */
  readonly violations: readonly string[]
}

/** The task machine as the engine drives it: production `transition`, rows, records, public events and consequences, each worked out once. */
export interface TaskBehaviour {
  readonly accepted: Taken
  /** Null when the event changes nothing. */
  take(node: TaskNode, event: TaskEvent): Taken | null
}

export const exploredTaskId = 't'
const noted: ReadonlySet<string> = new Set([...taskEffects, 'stopEffects', 'announce'])
const terminal: ReadonlySet<string> = new Set<PublicEventType>(['task_completed', 'task_failed', 'task_cancelled'])
const spec = parseSubmission({ id: exploredTaskId, payload: { execution: { command: ['true'] } } }, () => exploredTaskId, {
  unitsMax: 10_000,
  depthMax: 32,
})

export const createTaskBehaviour = (attemptsMax: number, { taskMachine, consequencesOf }: Rules): TaskBehaviour => {
  const nodes = new Map<string, TaskNode>()
  const recorded = new Map<string, Taken>()
  const taken = new Map<string, Taken | null>()
  const input = { attemptsMax }

  /** No guard reads exit, image or run time, of a failure no more than its kind, and of a task that has ended nothing but its attempt, whose remains are removed. */
  const keyOf = ({ value, context, status }: TaskSnapshot, terminalsTold: number): string =>
    status === 'done'
      ? JSON.stringify(['ended', context.attempt, terminalsTold])
      : JSON.stringify([value, { ...context, exit: null, image: null, runMs: 0, failure: kindOf(context.failure) }, terminalsTold])

  const nodeOf = (snapshot: TaskSnapshot, row: TaskRow, records: readonly JournalRecord[]): TaskNode => {
    const told = records.flatMap((record) => record.public).filter(({ type }) => terminal.has(type)).length
    const key = keyOf(snapshot, told)
    let node = nodes.get(key)
    if (!node) nodes.set(key, (node = { id: nodes.size, snapshot, row, records, hasEnded: endedStatuses.has(row.status) }))
    return node
  }

  const record = (
    before: readonly JournalRecord[],
    event: { type: string },
    snapshot: TaskSnapshot,
    row: TaskRow,
    told: readonly PublicEventType[],
    consequences: readonly Consequence[],
  ): Taken => {
    const seq = before.length
    const { type, ...data } = event
    const own: JournalRecord = {
      position: seq + 1,
      stream: taskStream(exploredTaskId),
      seq,
      at: 0,
      type,
      data: data as JsonObject,
      state: stateOf(snapshot),
      public: told.map((name) => taskEvent(name, row, spec, seq, 'explored')),
    }
    const records = [...before, own]
    const observed = { tasks: [{ row, records }], running: [], traces: [], engine: null, attemptsMax, settled: false, logProblems: [] }
    const [node, violations] = [nodeOf(snapshot, row, records), violationsOf(observed)]
    const key = JSON.stringify([node.id, consequences, violations])
    let known = recorded.get(key)
    if (!known) recorded.set(key, (known = { id: recorded.size, node, consequences, violations }))
    return known
  }

  const advance = (node: TaskNode, event: TaskEvent): Taken | null => {
    const [snapshot, actions] = transition(taskMachine, node.snapshot, event)
    if (snapshot === node.snapshot) return null
    const wanted: NotedAction[] = actions.filter(({ type }) => noted.has(type)).map(({ type, params }) => ({ type, params }))
    const { type, ...data } = event
    const row = nextRow(node.row, { at: 0, type, data: data as unknown as JsonObject }, snapshot, spec)
    const told = wanted.filter((action) => action.type === 'announce').map(({ params }) => (params as { type: PublicEventType }).type)
    return record(node.records, event, snapshot, row, told, consequencesOf(wanted, row))
  }

  const submitted = { type: 'task.submitted', input }
  const accepted = record(
    [],
    submitted,
    initialTransition(taskMachine, input)[0],
    firstRow(spec, 'explored', 0),
    ['task_submitted'],
    [{ does: 'enqueue' }],
  )

  return {
    accepted,
    take(node, event) {
      const key = `${node.id} ${JSON.stringify(event)}`
      let known = taken.get(key)
      if (known === undefined) {
        known = advance(node, event)
        taken.set(key, known)
      }
      return known
    },
  }
}

/** The codes that the machine looks at have a kind of their own. */
const kindOf = (failure: Failure | null): string | null => {
  if (failure === null) return null
  if (['TIMEOUT_STOP', 'EXIT_NONZERO', 'PYTHON_EXCEPTION'].includes(failure.code)) return failure.code
  return failure.retryable ? 'transient' : 'permanent'
}
