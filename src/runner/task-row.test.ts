import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { taskMachine, type TaskEvent } from '../../machines/task/task.machine.ts'
import { specOf } from '../../test/support/specs.ts'
import { deadline } from '../../test/model/task-events.ts'
import type { Collected } from '../domain/result.ts'
import type { JsonObject } from '../domain/json.ts'
import type { TaskRow } from '../ports/journal.ts'
import { firstRow, nextRow } from './task-row.ts'

const spec = specOf(
  { resources: { cpu_millicores: 500, mem_bytes: 1_000 } },
  { tenant: 'acme', priority: 3, workflowId: 'wf', context: { kept: true } },
)
const collected: Collected = {
  outputs: [],
  summary: {
    stdoutTail: 'out',
    stderrTail: 'err',
    stdoutBytes: 3,
    stderrBytes: 3,
    metrics: { tokens: 2 },
    runnerOutput: { a: 1 },
    exception: null,
  },
}

/** The rows that a task has one after the other when these events happen to it, a hundred milliseconds apart. */
const rowsOf = (...events: (TaskEvent | { type: 'task.progressed'; progress: JsonObject })[]): TaskRow[] => {
  let snapshot = initialTransition(taskMachine, { attemptsMax: 2 })[0]
  let row = firstRow(spec, 'digest', 1_000)
  return [
    row,
    ...events.map(({ type, ...data }, index) => {
      if (type !== 'task.progressed') snapshot = transition(taskMachine, snapshot, { type, ...data } as TaskEvent)[0]
      return (row = nextRow(row, { at: 1_100 + 100 * index, type, data: data as unknown as JsonObject }, snapshot, spec))
    }),
  ]
}
const admit = { type: 'task.admit', attempt: 1 } as const
const prepared = { type: 'attempt.prepared', attempt: 1, image: null } as const
const launched = { type: 'attempt.launched', attempt: 1 } as const
const exited = { type: 'attempt.exited', attempt: 1, exit: { code: 0, signal: null, oomKilled: false }, failure: null, runMs: 42 } as const
const done = { type: 'attempt.collected', attempt: 1, collected, failure: null } as const

describe('the row of a task', () => {
  it('says what was asked for, and that it waits', () => {
    expect(rowsOf()[0]).toEqual({
      id: 'a', specDigest: 'digest', class: 'cpu_short', tenant: 'acme', workflowId: 'wf', priority: 3, cpuMillicores: 500, memoryBytes: 1_000,
      status: 'pending', placed: false, attempt: 0, submittedAt: 1_000, startedAt: null, completedAt: null, failure: null, cancelReason: null,
      result: null, progress: null, array: null,
    }) // prettier-ignore
  })

  it('follows the states, with its place and its times', () => {
    const rows = rowsOf(admit, prepared, launched, exited, done)
    expect(rows.map(({ status, placed, startedAt, completedAt }) => [status, placed, startedAt, completedAt])).toEqual([
      ['pending', false, null, null],
      ['preparing', true, null, null],
      ['running', true, null, null],
      ['running', true, 1_300, null],
      ['collecting', true, 1_300, null],
      ['completed', false, 1_300, 1_500],
    ])
  })

  it('holds the result once it has ended, and not before', () => {
    const rows = rowsOf(admit, prepared, launched, exited, done)
    expect(rows.slice(0, -1).map(({ result }) => result)).toEqual([null, null, null, null, null])
    expect(rows.at(-1)!.result).toEqual({
      id: 'a', status: 'completed', exit: exited.exit, failure: null, image: null, attempts: 1, submittedAt: 1_000, startedAt: 1_300, completedAt: 1_500,
      latencyMs: 42, collected, context: { kept: true },
    }) // prettier-ignore
  })

  it('keeps the last progress', () => {
    const rows = rowsOf(admit, prepared, launched, { type: 'task.progressed', progress: { percent: 5 } }, exited)
    expect(rows.map(({ progress }) => progress)).toEqual([null, null, null, null, { percent: 5 }, { percent: 5 }])
    expect(rows[4]).toMatchObject({ status: 'running', startedAt: 1_300 })
  })

  it('has the reason of a cancellation as its failure', () => {
    const [row] = rowsOf({ type: 'task.cancel', reason: 'enough' }).slice(-1)
    expect(row).toMatchObject({ status: 'cancelled', cancelReason: 'enough', completedAt: 1_100, failure: null })
    expect(row!.result).toMatchObject({
      status: 'cancelled',
      attempts: 0,
      startedAt: null,
      latencyMs: 0,
      collected: null,
      failure: { code: 'CANCELLED', message: 'enough' },
    })
  })

  it('has the reason of a failure, and nothing collected, when it ended without collecting', () => {
    const [row] = rowsOf(deadline('queue', 0)).slice(-1)
    expect(row).toMatchObject({
      status: 'failed',
      failure: { code: 'TIMEOUT_QUEUE' },
      result: { failure: { code: 'TIMEOUT_QUEUE' }, collected: null },
    })
  })
})
