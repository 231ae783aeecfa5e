import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunnerError } from './errors.ts'
import { parseSubmission, taskIdPattern } from './task-spec.ts'

const limits = { unitsMax: 100_000, depthMax: 32 }
const parse = (input: unknown) => parseSubmission(input, () => 'made-up', limits)
const refusal = (input: unknown): RunnerError => {
  try {
    parse(input)
  } catch (cause) {
    return cause as RunnerError
  }
  throw new Error('it was not refused')
}
const command = ['python3', 'train.py']
const withExecution = (execution: Record<string, unknown>) => ({ payload: { execution: { command, ...execution } } })
const withArtifacts = (artifacts: unknown) => ({ payload: { execution: { command }, artifacts } })

describe('a submission', () => {
  it('has every default filled in', () => {
    expect(parse({ payload: { execution: { command } } })).toEqual({
      id: 'made-up',
      class: 'cpu_short',
      tenant: 'default',
      workflowId: null,
      priority: 0,
      context: {},
      execution: { command, env: {}, mounts: [], resources: {}, secrets: [], network: 'none' },
      artifacts: { inputs: [], outputs: [] },
    })
  })

  it('keeps what was said', () => {
    const spec = parse({
      id: 'a:b-1.x',
      class: 'cpu_long',
      priority: -3,
      payload: {
        workflow_id: 'wf',
        tenant: 'acme',
        context: { any: ['thing', { kept: null }] },
        execution: {
          command,
          env: { A: 'ünïcode', EMPTY: '' },
          mounts: [{ host_path: '/data', mount_path: '/data' }],
          resources: { mem_bytes: 2 ** 50, cpu_millicores: 1 },
          timeout_seconds: 0.5,
          working_dir: 'sub',
        },
        artifacts: { outputs: [{ name: 'm', path: 'out/m', optional: true }] },
      },
    })
    expect(spec).toMatchObject({ id: 'a:b-1.x', class: 'cpu_long', priority: -3, workflowId: 'wf', tenant: 'acme' })
    expect(spec.context).toEqual({ any: ['thing', { kept: null }] })
    expect(spec.execution.mounts).toEqual([{ host_path: '/data', mount_path: '/data', read_only: true }])
    expect(spec.artifacts.outputs).toEqual([{ name: 'm', path: 'out/m', optional: true }])
  })

  it('takes the workflow from beside the payload first', () => {
    expect(parse({ workflow_id: 'outer', payload: { workflow_id: 'inner', execution: { command } } }).workflowId).toBe('outer')
  })

  it('is parsed to the same when it is parsed again from its own JSON', () => {
    const spec = parse(withExecution({ env: { B: '2', A: '1' }, timeout_seconds: 3 }))
    const again = parse({ id: spec.id, payload: { execution: JSON.parse(JSON.stringify(spec.execution)) as unknown } })
    expect(again).toEqual(spec)
  })
})

describe('ids', () => {
  const withId = (id: unknown) => ({ id, payload: { execution: { command } } })
  it.each(['a', '0', 'task-1', 'a:b', 'A.b.c', 'topic-3-17', 'x'.repeat(128)])('takes %j', (id) => {
    expect(parse(withId(id)).id).toBe(id)
  })

  it('takes an empty id and an empty class for none, as clients without absent strings send them', () => {
    const { id, class: taskClass } = parse({ ...withId(''), class: '' })
    expect(id).not.toBe('')
    expect(taskClass).toBe('cpu_short')
  })

  it.each([
    ['too long', 'x'.repeat(129)],
    ['a slash', 'a/b'],
    ['a backslash', 'a\\b'],
    ['parents', '..'],
    ['parents inside', 'a..b'],
    ['parents at the end', 'a..'],
    ['a path', '../../etc/passwd'],
    ['a hidden name', '.a'],
    ['an option', '-rf'],
    ['NUL', 'a\0b'],
    ['a newline at the end', 'a\n'],
    ['a control character', 'a\u001b[31m'],
    ['a space', 'a b'],
    ['the sign that stands for a colon in file names', 'a+b'],
    ['other letters', 'ä'],
    ['a lone surrogate', '\ud800'],
    ['a number', 7],
    ['null', null],
  ])('refuses %s with INVALID_ID', (_, id) => {
    expect(refusal(withId(id))).toMatchObject({ code: 'INVALID_ID', path: 'id' })
  })

  it('lets nothing through that is more than one part of a path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        if (taskIdPattern.test(id)) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/)
        if (taskIdPattern.test(id)) expect(id).not.toContain('..')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what is wrong is named with a code and the path of its field', () => {
  it.each([
    ['no object', null, 'INVALID_SPEC', 'payload'],
    ['a list', [], 'INVALID_SPEC', 'payload'],
    ['a text', 'sleep 1', 'INVALID_SPEC', 'payload'],
    ['no payload', {}, 'INVALID_SPEC', 'payload'],
    ['no execution', { payload: {} }, 'INVALID_SPEC', 'payload.execution'],
    ['nothing to run', { payload: { execution: {} } }, 'INVALID_SPEC', 'payload.execution.command'],
    ['an empty command', { payload: { execution: { command: [] } } }, 'INVALID_SPEC', 'payload.execution.command'],
    ['an unknown class', { class: 'cpu_medium', payload: { execution: { command } } }, 'CLASS_UNKNOWN', 'class'],
    ['a class of another type', { class: { a: 1 }, payload: { execution: { command } } }, 'CLASS_UNKNOWN', 'class'],
    ['a priority in text', { priority: '1', payload: { execution: { command } } }, 'INVALID_SPEC', 'priority'],
    ['a fractional priority', { priority: 0.5, payload: { execution: { command } } }, 'INVALID_SPEC', 'priority'],
    ['a huge priority', { priority: 1e9, payload: { execution: { command } } }, 'INVALID_SPEC', 'priority'],
    ['a tenant with a slash', { payload: { tenant: 'a/b', execution: { command } } }, 'INVALID_SPEC', 'payload.tenant'],
    ['a context that is a list', { payload: { context: [], execution: { command } } }, 'INVALID_SPEC', 'payload.context'],
    ['a command in one text', withExecution({ command: 'sleep 1' }), 'INVALID_SPEC', 'payload.execution.command'],
    ['a number in a command', withExecution({ command: ['sleep', 1] }), 'INVALID_SPEC', 'payload.execution.command[1]'],
    ['a NUL in a command', withExecution({ command: ['a\0b'] }), 'INVALID_SPEC', 'payload.execution.command[0]'],
    [
      'an argument longer than the kernel takes',
      { payload: { execution: { command: ['x', 'y'.repeat(131_001)] } } },
      'PAYLOAD_TOO_LARGE',
      undefined,
    ],
    ['an empty entrypoint', withExecution({ entrypoint: [] }), 'INVALID_SPEC', 'payload.execution.entrypoint'],
    ['a program without a name', withExecution({ entrypoint: [''] }), 'INVALID_SPEC', 'payload.execution.entrypoint[0]'],
    ['no time at all', withExecution({ timeout_seconds: 0 }), 'INVALID_SPEC', 'payload.execution.timeout_seconds'],
    ['a negative time', withExecution({ timeout_seconds: -1 }), 'INVALID_SPEC', 'payload.execution.timeout_seconds'],
    ['an endless time', withExecution({ timeout_seconds: 1e15 }), 'INVALID_SPEC', 'payload.execution.timeout_seconds'],
    ['a time that is no number', withExecution({ timeout_seconds: NaN }), 'INVALID_SPEC', 'payload.execution.timeout_seconds'],
    ['a time in text', withExecution({ timeout_seconds: '60' }), 'INVALID_SPEC', 'payload.execution.timeout_seconds'],
    ['negative memory', withExecution({ resources: { mem_bytes: -1 } }), 'INVALID_SPEC', 'payload.execution.resources.mem_bytes'],
    ['half a byte', withExecution({ resources: { mem_bytes: 1.5 } }), 'INVALID_SPEC', 'payload.execution.resources.mem_bytes'],
    [
      'more memory than there is',
      withExecution({ resources: { mem_bytes: 2 ** 51 } }),
      'INVALID_SPEC',
      'payload.execution.resources.mem_bytes',
    ],
    [
      'endless CPU',
      withExecution({ resources: { cpu_millicores: Infinity } }),
      'INVALID_SPEC',
      'payload.execution.resources.cpu_millicores',
    ],
    ['no CPU', withExecution({ resources: { cpu_millicores: 0 } }), 'INVALID_SPEC', 'payload.execution.resources.cpu_millicores'],
    ['a variable without a name', withExecution({ env: { '': 'x' } }), 'INVALID_SPEC', 'payload.execution.env.'],
    ['a variable with an equals sign', withExecution({ env: { 'A=B': 'x' } }), 'INVALID_SPEC', 'payload.execution.env.A=B'],
    ['a variable that is a number', withExecution({ env: { A: 1 } }), 'INVALID_SPEC', 'payload.execution.env.A'],
    ['a NUL in a variable', withExecution({ env: { A: 'x\0' } }), 'INVALID_SPEC', 'payload.execution.env.A'],
    [
      'a mount without a target',
      withExecution({ mounts: [{ host_path: '/data' }] }),
      'INVALID_SPEC',
      'payload.execution.mounts[0].mount_path',
    ],
    [
      'a mount that is said to be read-only in text',
      withExecution({ mounts: [{ host_path: '/d', mount_path: '/d', read_only: 'no' }] }),
      'INVALID_SPEC',
      'payload.execution.mounts[0].read_only',
    ],
    [
      '65 mounts',
      withExecution({ mounts: Array(65).fill({ host_path: '/d', mount_path: '/d' }) }),
      'INVALID_SPEC',
      'payload.execution.mounts',
    ],
    [
      'an output without a path',
      withArtifacts({ outputs: [{ name: 'x', path: '' }] }),
      'INVALID_SPEC',
      'payload.artifacts.outputs[0].path',
    ],
    [
      'an output with a name that is a path',
      withArtifacts({ outputs: [{ name: '../x', path: 'x' }] }),
      'INVALID_SPEC',
      'payload.artifacts.outputs[0].name',
    ],
    [
      'an input without a target',
      withArtifacts({ inputs: [{ name: 'x', path: 'x' }] }),
      'INVALID_SPEC',
      'payload.artifacts.inputs[0].target',
    ],
    ['a forbidden key', JSON.parse('{"payload": {"__proto__": {"x": 1}}}'), 'INVALID_SPEC', 'payload.__proto__'],
  ] as const)('%s', (_, input, code, path) => {
    const { code: given, path: at, message, hint } = refusal(input)
    expect([given, at]).toEqual([code, path ?? at])
    expect(message).not.toBe('')
    expect(hint).toBeTruthy()
  })

  it.each([
    [withExecution({ comand: ['x'] }), 'payload.execution.comand', 'Did you mean "command"?'],
    [withExecution({ resources: { memory_bytes: 1 } }), 'payload.execution.resources.memory_bytes', 'Did you mean "mem_bytes"?'],
    [
      withExecution({ mounts: [{ host_path: '/d', mount_path: '/d', readonly: true }] }),
      'payload.execution.mounts[0].readonly',
      'Did you mean "read_only"?',
    ],
    [withArtifacts({ ouputs: [] }), 'payload.artifacts.ouputs', 'Did you mean "outputs"?'],
    [
      withArtifacts({ outputs: [{ name: 'x', path: 'x', destnation: '/x' }] }),
      'payload.artifacts.outputs[0].destnation',
      'Did you mean "destination"?',
    ],
    [
      withExecution({ mounts: [{ host_pth: '/d', mount_path: '/d' }] }),
      'payload.execution.mounts[0].host_pth',
      'Did you mean "host_path"?',
    ],
    [{ payload: { executon: { command } } }, 'payload.executon', 'Did you mean "execution"?'],
    [{ paylod: { execution: { command } } }, 'paylod', 'Did you mean "payload"?'],
    [{ prioritty: 1, payload: { execution: { command } } }, 'prioritty', 'Did you mean "priority"?'],
    [{ zzz: 1, payload: { execution: { command } } }, 'zzz', 'Known here: id, class, payload, priority, workflow_id'],
  ])('an unknown field of %j, with the nearest known name', (input, path, hint) => {
    expect(refusal(input)).toMatchObject({ code: 'INVALID_SPEC', path, hint })
  })

  it.each([
    [withExecution({ env: { 'A=B': 'x' } }), /^must be an environment variable name/],
    [withExecution({ mounts: [{ host_path: '/x' }] }), /^it is missing: expected string$/],
    [{ id: 7, payload: { execution: { command } } }, /^the id must be 1 to 128 of/],
    [withExecution({ timeout_seconds: -1 }), /^must be more than 0$/],
    [withExecution({ command: 'sleep 1' }), /^invalid input: expected array, received string$/],
  ])('%j, with the rule', (input, rule) => {
    expect(refusal(input).message).toMatch(rule)
  })

  it('a field that is missing, with the advice to add it', () => {
    expect(refusal({ payload: {} })).toMatchObject({ path: 'payload.execution', hint: 'Add it; see docs/tasks.md' })
    expect(refusal(withExecution({ mounts: [{ host_path: '/x' }] }))).toMatchObject({ hint: 'Add it; see docs/tasks.md' })
  })

  it.each([undefined, null, 7, 'x', []])('%j, which is no document', (input) => {
    expect(refusal(input)).toMatchObject({ code: 'INVALID_SPEC', message: 'a submission is a JSON object' })
  })

  it('a field with a name of a hundred thousand letters, in a short answer', () => {
    const { code, path, message, hint } = refusal(withExecution({ ['x'.repeat(90_000)]: 1 }))
    expect(code).toBe('INVALID_SPEC')
    expect(path!.length + message.length + hint!.length).toBeLessThan(3_000)
  })

  it('a document that is too deep or too large, at once', () => {
    let deep: unknown = 0
    for (let level = 0; level < 10_000; level++) deep = [deep]
    expect(refusal({ payload: { context: { deep }, execution: { command } } })).toMatchObject({ code: 'LIMIT_EXCEEDED' })
    const from = performance.now()
    expect(refusal({ payload: { context: { text: 'x'.repeat(50_000_000) }, execution: { command } } })).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      path: 'payload.context.text',
    })
    expect(performance.now() - from).toBeLessThan(1_000)
  })

  it('anything at all is taken or refused, and never thrown as a defect', () => {
    const mixed = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true, maxDepth: 4 }),
      fc.record({
        id: fc.anything(),
        class: fc.anything(),
        payload: fc.record({ tenant: fc.anything(), execution: fc.anything(), artifacts: fc.anything() }),
      }),
    )
    fc.assert(
      fc.property(mixed, (input) => {
        try {
          parse(input)
        } catch (cause) {
          expect(cause).toMatchObject({ name: 'RunnerError' })
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    'privileged',
    'cap_add',
    'devices',
    'security_opt',
    'pid_mode',
    'ipc_mode',
    'userns_mode',
    'user',
    'network_mode',
    'volumes_from',
  ])('refuses %s as a right that no task gets', (field) => {
    expect(refusal(withExecution({ [field]: true }))).toMatchObject({ code: 'POLICY_PRIVILEGE', path: `payload.execution.${field}` })
  })
})
