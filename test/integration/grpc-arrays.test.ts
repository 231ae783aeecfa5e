import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunnerError } from '../../src/domain/errors.ts'
import type { RerunArrayRequest } from '../../src/servers/grpc/generated/envrunner/v1/RerunArrayRequest.ts'
import type { SubmitArrayRequest } from '../../src/servers/grpc/generated/envrunner/v1/SubmitArrayRequest.ts'
import { collectStream, refusalOf } from '../support/grpc-client.ts'
import { createGrpcWorld, type GrpcWorld } from './grpc-harness.ts'

let world: GrpcWorld
beforeAll(async () => {
  world = await createGrpcWorld()
})
afterAll(() => world.close())

const submit = (request: SubmitArrayRequest) => world.call(world.arrays.SubmitArray.bind(world.arrays), request)
const get = (id: string) => world.call(world.arrays.GetArray.bind(world.arrays), { id })
const rerun = (request: RerunArrayRequest) => world.call(world.arrays.RerunArray.bind(world.arrays), request)
const cancel = (id: string) => world.call(world.arrays.CancelArray.bind(world.arrays), { id, reason: 'enough' })
const template = (...command: string[]) => ({ execution: { command } })
const idsOf = (arrayId: string) => world.daemon.runner.list({ arrayId, limit: 1_000 }).map(({ id }) => id).sort() // prettier-ignore
/** Every update of an array's tasks, to the end of the last one. */
const updatesOf = (arrayId: string) => collectStream(world.tasks.WatchTasks({ ids: idsOf(arrayId) }, world.metadata))

it('runs a task for each item, with at most as many at once as it says', async () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f']
  const array = await submit({ id: 'items', items, concurrency: 2, workflow_id: 'wf', template: template('sh', '-c', 'echo {index} {item}') })
  expect(array).toMatchObject({ id: 'items', count: 6, concurrency: 2, ended: false, rerun_of: '', task_class: 'TASK_CLASS_CPU_SHORT', tenant: 'default', workflow_id: 'wf' })
  const updates = await updatesOf('items')
  const placed = new Set<string>()
  let mostAtOnce = 0
  for (const { id, state } of updates) {
    if (state === 'TASK_STATE_PENDING' || state === 'TASK_STATE_COMPLETED') placed.delete(id!)
    else placed.add(id!)
    mostAtOnce = Math.max(mostAtOnce, placed.size)
  }
  expect(mostAtOnce).toBe(2)
  const printed = updates.flatMap(({ task }) => (task ? [[task.array_index, task.result!.stdout_tail]] : []))
  expect(printed.sort()).toEqual(items.map((item, index) => [index, `${index} ${item}\n`]))
  expect(await get('items')).toMatchObject({ ended: true, tasks: { completed: 6, pending: 0 } })
}) // prettier-ignore
it('is the same array for the same body, and refused for another', async () => {
  const request: SubmitArrayRequest = { id: 'again', count: 3, template: template('true') }
  const [first, second] = await Promise.all([submit(request), submit(request)])
  expect([first.submitted_at_ms, idsOf('again')]).toEqual([second.submitted_at_ms, ['again.0', 'again.1', 'again.2']])
  expect(await refusalOf(submit({ ...request, count: 4 }))).toMatchObject({ status: 'ALREADY_EXISTS', code: 'TASK_CONFLICT', path: 'id' })
  await updatesOf('again')
})

describe('RerunArray', () => {
  it('runs the failed ones again, as an array of their own, and is repeatable by name', async () => {
    await submit({ id: 'some', items: ['true', 'false', 'true', 'false'], template: template('{item}') })
    await updatesOf('some')
    expect(await get('some')).toMatchObject({ ended: true, tasks: { completed: 2, failed: 2 } })
    const again = await rerun({ id: 'some', new_id: 'some-more' })
    expect(again).toMatchObject({ id: 'some-more', count: 2, rerun_of: 'some' })
    expect(await rerun({ id: 'some', new_id: 'some-more' })).toMatchObject({ id: 'some-more', submitted_at_ms: again.submitted_at_ms! })
    expect(idsOf('some-more')).toEqual(['some-more.1', 'some-more.3'])
    await updatesOf('some-more')
    expect((await rerun({ id: 'some' })).id).toMatch(/^some-rerun-\d+$/)
  })
  it('refuses what has nothing to run again, and what nobody has', async () => {
    await submit({ id: 'fine', count: 1, template: template('true') })
    await updatesOf('fine')
    expect(await refusalOf(rerun({ id: 'fine' }))).toMatchObject({ status: 'INVALID_ARGUMENT', code: 'INVALID_SPEC' })
    expect(await refusalOf(rerun({ id: 'nobody' }))).toMatchObject({ status: 'NOT_FOUND', path: 'id' })
  })
})

it('CancelArray ends every task of it, and is idempotent', async () => {
  await submit({ id: 'stop', count: 12, concurrency: 3, template: template(...world.gate().command) })
  await cancel('stop')
  const updates = await updatesOf('stop')
  expect(updates.filter(({ task }) => task?.state === 'TASK_STATE_CANCELLED')).toHaveLength(12)
  expect(await cancel('stop')).toMatchObject({ ended: true, tasks: { cancelled: 12 } })
  expect(await refusalOf(cancel('nobody'))).toMatchObject({ status: 'NOT_FOUND', path: 'id' })
})

it.each<[SubmitArrayRequest, string, string]>([
  [{ template: template('true') }, 'INVALID_SPEC', 'count'],
  [{ count: 10_001, template: template('true') }, 'INVALID_SPEC', 'count'],
  [{ count: -1, template: template('true') }, 'INVALID_SPEC', 'count'],
  [{ count: 2, items: ['a'], template: template('true') }, 'INVALID_SPEC', 'items'],
  [{ items: ['a\0'], template: template('{item}') }, 'INVALID_SPEC', 'items[0]'],
  [{ count: 2, template: template('{item}') }, 'INVALID_SPEC', 'items'],
  [{ count: 2, concurrency: -1, template: template('true') }, 'INVALID_SPEC', 'concurrency'],
  [{ count: 2, template: {} }, 'INVALID_SPEC', 'template.execution'],
  [{ count: 2, template: { ...template('true'), context_json: '7' } }, 'INVALID_SPEC', 'template.context_json'],
  [{ id: 'x'.repeat(124), count: 2, template: template('true') }, 'INVALID_ID', 'id'],
])('SubmitArray refuses %j whole, with the field as the request spells it', async (request, code, path) => {
  expect(await refusalOf(submit({ id: 'refused', ...request }))).toMatchObject({ status: 'INVALID_ARGUMENT', code, path })
  expect(() => world.daemon.runner.array('refused')).toThrow(RunnerError)
})
