import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { taskMachine, type TaskEvent } from '../../machines/task/task.machine.ts'
import { deadline, transient } from '../../test/model/task-events.ts'
import type { JsonObject } from '../domain/json.ts'
import type { JournalRecord } from '../ports/journal.ts'
import { foldRunner, foldTask, verifyStream } from './fold.ts'
import { stateOf } from './journalled-actor.ts'

const input = { attemptsMax: 2 }
const record = (seq: number, type: string, data: JsonObject, state: JsonObject | null, stream = 'task:a'): JournalRecord =>
  ({ position: seq + 1, stream, seq, at: 1_000 + 10 * seq, type, data, state, public: [] }) // prettier-ignore

/** The records that a task leaves when these events happen to it. */
const recordsOf = (events: readonly TaskEvent[]): JournalRecord[] => {
  let snapshot = initialTransition(taskMachine, input)[0]
  const rest = events.map(({ type, ...data }, index) => {
    snapshot = transition(taskMachine, snapshot, { type, ...data } as TaskEvent)[0]
    return record(index + 1, type, data as unknown as JsonObject, stateOf(snapshot))
  })
  return [record(0, 'task.submitted', { input } as unknown as JsonObject, stateOf(initialTransition(taskMachine, input)[0])), ...rest]
}

const life: TaskEvent[] = [
  { type: 'task.admit', attempt: 1 },
  { type: 'attempt.prepared', attempt: 1, image: null },
  { type: 'attempt.failed', attempt: 1, failure: transient },
  { type: 'attempt.stopped', attempt: 1, exit: null, runMs: 0 },
]
const progress = (seq: number): JournalRecord => record(seq, 'task.progressed', { attempt: 1, progress: { percent: 5 } }, null)

describe('folding a task', () => {
  it('leads to the state that was stored last, and tells when it was entered', () => {
    const folded = foldTask(recordsOf(life))
    expect([folded.snapshot.value, folded.nextSeq, folded.enteredAt]).toEqual(['collecting', 5, 1_040])
    expect(folded.snapshot.context.failure).toEqual(transient)
  })

  it('counts the time of a state from the event that entered it, whatever came later in it', () => {
    const records = recordsOf([...life.slice(0, 2), { type: 'attempt.launched', attempt: 1 }])
    expect(foldTask([...records, progress(4), progress(5)])).toMatchObject({ nextSeq: 6, enteredAt: 1_020 })
  })

  it('gives a snapshot that an actor can go on from', () => {
    const { snapshot } = foldTask(recordsOf(life.slice(0, 1)))
    expect(snapshot.hasTag('placed')).toBe(true)
    expect(transition(taskMachine, snapshot, { type: 'attempt.prepared', attempt: 1, image: null })[0].value).toEqual({
      running: 'executing',
    })
  })

  const corrupt = { name: 'RunnerError', code: 'JOURNAL_CORRUPT' }
  const whole = recordsOf(life)
  it.each([
    ['nothing', []],
    ['a missing beginning', whole.slice(1)],
    ['a gap', whole.toSpliced(2, 1)],
    ['a record twice', whole.toSpliced(2, 0, whole[2]!)],
    ['another beginning', [{ ...whole[0]!, type: 'task.admit' }, ...whole.slice(1)]],
    [
      'an event that changes nothing there',
      [...recordsOf(life.slice(0, 1)), record(2, 'backoff.elapsed', { attempt: 1 }, { value: 'preparing', context: {} })],
    ],
    ['an event that nobody knows', [...recordsOf(life.slice(0, 1)), record(2, 'task.exploded', {}, { value: 'preparing', context: {} })]],
    ['a stored state that its events do not lead to', whole.with(4, { ...whole[4]!, state: { ...whole[4]!.state, value: 'completed' } })],
    ['a stored context that was changed', whole.with(4, { ...whole[4]!, state: { ...whole[4]!.state, context: {} } })],
  ])('refuses %s', (_, records) => {
    expect(() => foldTask(records)).toThrow(expect.objectContaining(corrupt))
  })

  it('refuses a stream that no machine is known for', () => {
    expect(() => foldTask([record(0, 'x', {}, null, 'gpu:0')])).toThrow(expect.objectContaining(corrupt))
  })
})

describe('folding the runner', () => {
  it('begins idle where there is no record, and keeps a pause', () => {
    expect(foldRunner([])).toMatchObject({ nextSeq: 0, snapshot: { value: 'idle' } })
    const started = { value: 'recovering', context: { paused: false, starts: 1 } }
    const paused = { value: 'recovering', context: { paused: true, starts: 1 } }
    const records = [record(0, 'runner.start', { version: '1' }, started, 'runner'), record(1, 'runner.pause', {}, paused, 'runner')]
    expect(foldRunner(records).snapshot.context).toEqual({ paused: true, starts: 1 })
  })
})

describe('verifying a stream', () => {
  const whole = recordsOf(life)

  it('finds nothing in a history as it was, with records that leave the state as it is', () => {
    expect(verifyStream(whole)).toEqual({ ok: true, firstDifference: null })
    expect(verifyStream([...whole.slice(0, 3), progress(3)])).toEqual({ ok: true, firstDifference: null })
    expect(verifyStream([])).toEqual({ ok: true, firstDifference: null })
  })

  it('finds the first record whose stored state is another, though the last one is right', () => {
    const state = { ...whole[2]!.state, value: 'collecting' }
    expect(verifyStream(whole.with(2, { ...whole[2]!, state }))).toMatchObject({
      ok: false,
      firstDifference: { seq: 2, stored: { value: 'collecting' }, computed: { value: { running: 'executing' } } },
    })
  })

  it('finds the event that is impossible, with the reason', () => {
    const late = recordsOf([...life, deadline('collect', 1)])
    const changed = late.with(5, { ...late[5]!, type: 'attempt.launched' })
    expect(verifyStream(changed)).toMatchObject({
      ok: false,
      firstDifference: { seq: 5, reason: expect.stringContaining('impossible in "collecting"') },
    })
  })

  it('finds a gap', () => {
    expect(verifyStream(whole.toSpliced(1, 1))).toMatchObject({
      ok: false,
      firstDifference: { seq: 1, reason: expect.stringContaining('record 2 where 1 belongs') },
    })
  })

  it('never throws, whatever stands in the records', () => {
    const garbage = [record(0, 'task.submitted', {}, null), record(1, '', { attempt: {} }, { value: null, context: null })]
    expect(verifyStream(garbage).ok).toBe(false)
  })
})
