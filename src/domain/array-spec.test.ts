import { describe, expect, it } from 'vitest'
import { arrayOfTaskId, checkedTask, parseArray, taskOfArray, type ArraySpec } from './array-spec.ts'

const limits = { unitsMax: 100_000, depthMax: 32 }
const document = (execution: object, more: object = {}) => ({
  id: 'a',
  payload: { execution: { command: ['true'], ...execution } },
  ...more,
})
const parse = (submission: unknown): ArraySpec => parseArray(submission, () => 'made', limits)
const refusal = (submission: unknown): { code: string; path: string; hint: string } => {
  try {
    parse(submission)
  } catch (cause) {
    return cause as { code: string; path: string; hint: string }
  }
  throw new Error('it was taken')
}

describe('an array document', () => {
  it('is a task document with the number of its tasks', () => {
    const array = parse(document({}, { class: 'cpu_long', count: 3, concurrency: 2 }))
    expect(array).toMatchObject({
      id: 'a',
      count: 3,
      concurrency: 2,
      items: null,
      indexes: null,
      rerunOf: null,
      template: { class: 'cpu_long' },
    })
  })

  it('has as many tasks as items, is given an id, and has no limit of its own unless it asks', () => {
    const { id: _, ...unnamed } = document({ command: ['{item}'] }, { items: ['x', 'y'] })
    expect(parse(unnamed)).toMatchObject({ id: 'made', count: 2, concurrency: null, items: ['x', 'y'] })
    expect(parse({ ...unnamed, concurrency: 0 }).concurrency).toBeNull()
  })

  it.each([
    ['no object', 'three', 'INVALID_SPEC', ''],
    ['no number of tasks', document({}), 'INVALID_SPEC', 'count'],
    ['no tasks', document({}, { count: 0 }), 'INVALID_SPEC', 'count'],
    ['no items', document({}, { items: [] }), 'INVALID_SPEC', 'items'],
    ['too many tasks', document({}, { count: 10_001 }), 'INVALID_SPEC', 'count'],
    ['half a task', document({}, { count: 1.5 }), 'INVALID_SPEC', 'count'],
    ['another number of items', document({}, { count: 3, items: ['x'] }), 'INVALID_SPEC', 'items'],
    ['an item that is no text', document({}, { items: ['x', 7] }), 'INVALID_SPEC', 'items[1]'],
    ['an item with a NUL', document({}, { items: ['\0'] }), 'INVALID_SPEC', 'items[0]'],
    ['a negative concurrency', document({}, { count: 1, concurrency: -1 }), 'INVALID_SPEC', 'concurrency'],
    ['an id without room for an index', document({}, { id: 'x'.repeat(124), count: 1 }), 'INVALID_ID', 'id'],
    ['an id that ends with a dot', document({}, { id: 'x.', count: 1 }), 'INVALID_ID', 'id'],
    ['an unknown field', document({}, { count: 1, size: 3 }), 'INVALID_SPEC', 'size'],
    ['an unknown class', document({}, { count: 1, class: 'quantum' }), 'CLASS_UNKNOWN', 'class'],
    ['nothing to run', { count: 1, payload: { execution: {} } }, 'INVALID_SPEC', 'payload.execution.command'],
    ['more than a document may have', document({}, { items: ['x'.repeat(100_000)] }), 'PAYLOAD_TOO_LARGE', 'items[0]'],
  ])('with %s is refused', (_, submission, code, path) => {
    const refused = refusal(submission)
    expect([refused.code, refused.path]).toEqual([code, path])
    expect(refused.hint).toMatch(/\w/)
  })
})

describe('a task of an array', () => {
  const taskOf = (execution: object, more: object = {}, place = 1) =>
    taskOfArray(parse(document(execution, { items: ['x', 'y'], ...more })), place)

  it('is called after its array and its index, and knows its place', () => {
    const task = taskOf({}, { concurrency: 4 })
    expect([task.id, task.array]).toEqual(['a.1', { id: 'a', index: 1, concurrency: 4 }])
  })

  it('has its index and its item in command, entrypoint and environment', () => {
    const { execution } = taskOf({
      entrypoint: ['run-{index}'],
      command: ['--in={item}', '{index}/{index}'],
      env: { SEED: '{index}', N: '{item}{item}' },
    })
    expect(execution).toMatchObject({ entrypoint: ['run-1'], command: ['--in=y', '1/1'], env: { SEED: '1', N: 'yy' } })
  })

  it('has them in the arguments of a Python call, however deep, and not in their names', () => {
    const args = { '{index}': 1, list: [{ path: 'in/{item}.csv' }, null, true], '{item}': '{item}' }
    const { execution } = taskOf({ command: undefined, python: { module: 'm', args } })
    expect(execution.python!.args).toEqual({ '{index}': 1, list: [{ path: 'in/y.csv' }, null, true], '{item}': 'y' })
  })

  it('has them in the paths of its artifacts', () => {
    const artifacts = {
      inputs: [{ name: 'i', path: '/data/{item}', target: 'in/{index}' }],
      outputs: [{ name: 'o', path: 'out/{index}.bin', destination: '/data/{item}.bin' }],
    }
    expect(taskOf({}, { payload: { execution: { command: ['true'] }, artifacts } }).artifacts).toMatchObject({
      inputs: [{ path: '/data/y', target: 'in/1' }],
      outputs: [{ path: 'out/1.bin', destination: '/data/y.bin' }],
    })
  })

  it('keeps every other brace as it is, and the words themselves in doubled braces', () => {
    const command = ['{}', '{x}', '{{.Id}}', '{"a":{"index":1}}', '{ index }', '{{index}}', '{{item}}', '{{{index}}}']
    expect(taskOf({ command }).execution.command).toEqual([
      '{}',
      '{x}',
      '{{.Id}}',
      '{"a":{"index":1}}',
      '{ index }',
      '{index}',
      '{item}',
      '{{index}}',
    ])
  })

  it('takes an item as it is: what looks like a placeholder or a pattern in it stays', () => {
    const { execution } = taskOf({ command: ['{item}'] }, { items: ['', "{index} {item} $& $1 $$ $'"] })
    expect(execution.command).toEqual(["{index} {item} $& $1 $$ $'"])
  })

  it('is refused when there is nothing to put in', () => {
    const array = parse(document({ command: ['{item}'] }, { count: 2 }))
    expect(() => taskOfArray(array, 0)).toThrow(expect.objectContaining({ code: 'INVALID_SPEC', path: 'items' }))
  })

  it.each([
    ['an empty program', { entrypoint: ['{item}'] }, ''],
    ['a command beyond what the kernel takes', { command: ['{item}{item}'] }, 'x'.repeat(70_000)],
  ])('is held against the rules again: %s is refused', (_, execution, item) => {
    const array = parse(document(execution, { items: ['fine', item] }))
    expect(checkedTask(array, 0, limits).id).toBe('a.0')
    expect(() => checkedTask(array, 1, { ...limits, unitsMax: 1_000_000 })).toThrow(expect.objectContaining({ code: 'INVALID_SPEC' }))
  })

  it('passes the rules with everything that a document can have', () => {
    const execution = {
      image: 'a:1', command: ['c'], env: { A: 'b' }, mounts: [{ host_path: '/d', mount_path: '/d' }], resources: { cpu_millicores: 1 }, timeout_seconds: 1,
      working_dir: 'w', network: 'none', runtime: 'runsc',
    } // prettier-ignore
    const more = {
      class: 'cpu_long',
      priority: 3,
      workflow_id: 'w',
      count: 1,
      payload: { tenant: 't', context: { a: 1 }, execution, artifacts: {} },
    }
    const array = parse({ id: 'a', ...more })
    expect(checkedTask(array, 0, limits)).toEqual({ ...array.template, id: 'a.0', array: { id: 'a', index: 0, concurrency: null } })
  })
})

it('tells the array that a task would belong to by its id', () => {
  expect(['a.0', 'a.b.9999', 'a.10000', 'a.01', 'a', '.5', 'a.x', 'a.1.2'].map(arrayOfTaskId)).toEqual([
    'a',
    'a.b',
    null,
    null,
    null,
    null,
    null,
    'a.1',
  ])
})
