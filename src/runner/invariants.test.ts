import { beforeAll, describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { taskStream } from '../ports/journal.ts'
import { armedInvariants, invariants, violationsOf, type InvariantName, type Observation } from './invariants.ts'

/** One task that completed and one that runs, as they were observed. */
let healthy: Observation

beforeAll(async () => {
  const { boot, during, until, host } = createSimulatedRunner()
  const { runner, engine } = await boot()
  await during((await during(runner.submit(submissionOf('ended', { runMs: 5 })))).result())
  const running = await during(runner.submit(submissionOf('running', { runMs: 1_000 })))
  await until(() => running.status().startedAt !== null && !host.machine.processes.has('ended.1') && host.directories.work.size === 1)
  const processes = [...host.machine.processes.values()]
  healthy = {
    tasks: ['ended', 'running'].map((id) => ({
      row: host.disk.rows.get(id)!,
      records: host.disk.records.filter(({ stream }) => stream === taskStream(id)),
    })),
    running: processes.map(({ key }) => key),
    traces: [...processes, ...host.directories.work.values()].map(({ key }) => key),
    engine: engine.inspect(),
    attemptsMax: 3,
    settled: false,
    logProblems: [],
  }
})

type Task = Observation['tasks'][number]
const changeTask = (id: string, change: (task: Task) => Task): Partial<Observation> => ({
  tasks: healthy.tasks.map((task) => (task.row.id === id ? change(task) : task)),
})

const rowOf = (id: string) => healthy.tasks.find(({ row }) => row.id === id)!.row

/** What is planted into a healthy observation, and the sentence that has to be found. */
const planted: readonly [InvariantName, string, () => Partial<Observation>, RegExp][] = [
  ['I4', 'an attempt that runs twice', () => ({ running: [...healthy.running, { taskId: 'running', attempt: 2 }] }), /two attempts running/],
  ['I5', 'a second end', () => changeTask('ended', ({ row, records }) => ({ row, records: [...records, { ...records.at(-1)!, seq: records.length, state: null }] })), /2 terminal events/],
  ['I5', 'an end that nobody was told of', () => changeTask('ended', ({ row, records }) => ({ row, records: records.map((record) => ({ ...record, public: [] })) })), /without a terminal event/],
  ['I5', 'an end that was changed', () => changeTask('ended', ({ row, records }) => ({ row: { ...row, status: 'failed' }, records })), /is failed but told task_completed/],
  ['I5', 'a success that was cancelled', () => changeTask('ended', ({ row, records }) => ({ row: { ...row, cancelReason: 'enough' }, records })), /completed although it was cancelled/],
  ['I5', 'a record after the end', () => changeTask('ended', ({ row, records }) => ({ row, records: [...records, { ...records[0]!, seq: records.length, state: null, public: [] }] })), /records after its end/],
  ['I6', 'a task that never ends', () => ({ settled: true }), /running is still running/],
  ['I7', 'remains of a task that has ended', () => ({ settled: true, traces: [...healthy.traces, { taskId: 'ended', attempt: 1 }] }), /ended\.1 has left something/],
  ['I7', 'a process that the journal does not know', () => ({ settled: true, running: [...healthy.running, { taskId: 'stranger', attempt: 1 }] }), /stranger\.1 has left something/],
  ['I8', 'a live task without a place', () => ({ engine: { ...healthy.engine!, placed: new Set<string>() } }), /live without a place/],
  ['I8', 'a place that an array does not give back', () => ({ settled: true, engine: { ...healthy.engine!, arrayPlaces: new Map([['ended', 1]]) } }), /1 places are counted for the array ended, and 0/],
  ['I8', 'a place that nobody lives in', () => ({ engine: { ...healthy.engine!, placed: new Set(['running', 'ghost']) } }), /ghost holds a place/],
  ['I9', 'a byte that was lost', () => ({ logProblems: ['ended: byte 5 came after byte 3'] }), /byte 5/],
  ['I11', 'one attempt too many', () => changeTask('ended', ({ row, records }) => ({ row: { ...row, attempt: 4 }, records })), /attempt 4 of 3/],
  ['I12', 'a buffer beyond its budget', () => ({ engine: { ...healthy.engine!, buffers: [{ name: 'b', bytes: 3, bytesMax: 2 }] } }), /b has 3 bytes, 2 may wait/],
  ['I16', 'an array with more places than it may have', () => ({ tasks: ['a', 'b', 'c'].map((id) => ({ row: { ...rowOf('running'), id, array: { id: 'a', index: 0, concurrency: id === 'c' ? null : 1 } }, records: [] })) }), /a has 2 tasks that hold a place, 1 may/],
  ['I13', 'a stored state that was changed', () => changeTask('running', ({ row, records }) => ({ row, records: records.with(1, { ...records[1]!, state: { ...records[1]!.state, value: 'pending' } }) })), /record 1: .*differs/],
] // prettier-ignore

describe('the invariants', () => {
  it('are I1 to I16, each once, each with what it says', () => {
    expect(invariants.map(({ name }) => name)).toEqual(Array.from({ length: 16 }, (_, index) => `I${index + 1}`))
    for (const { says } of invariants) expect(says).toMatch(/^[a-z].{10,}[^.]$/)
  })

  it('find nothing in a healthy run', () => {
    expect(violationsOf(healthy)).toEqual([])
  })

  it.each(planted)('%s finds %s', (name, _, plant, sentence) => {
    const found = violationsOf({ ...healthy, ...plant() })
    expect(found.filter((violation) => violation.startsWith(`${name}: `))).toEqual([expect.stringMatching(sentence)])
  })

  it('have each something planted that they find, when they are armed', () => {
    expect(new Set(planted.map(([name]) => name))).toEqual(new Set(armedInvariants.map(({ name }) => name)))
  })
})
