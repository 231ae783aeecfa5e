import { describe, expect, it } from 'vitest'
import { specOf } from '../../test/support/specs.ts'
import { simulatedSettings } from '../testing/simulated-settings.ts'
import type { RunnerError } from '../domain/errors.ts'
import type { Execution, TaskSpec } from '../domain/task-spec.ts'
import { phaseTimeouts, planTask } from './plan.ts'
import type { RunnerSettings } from './settings.ts'

const settings: RunnerSettings = {
  ...simulatedSettings,
  policy: { ...simulatedSettings.policy, allowedMounts: ['/data', '/link-to-srv', '/'] },
}
/** Where the host's links lead; every other path is what it says, unless it begins with /missing. */
const links: Readonly<Record<string, string>> = {
  '/data/out': '/etc',
  '/data/near': '/data/inside',
  '/data/engine': '/run/docker.sock',
  '/link-to-srv': '/srv',
  '/link-to-srv/x': '/srv/x',
}
const host = {
  cpuMillicores: 4_000,
  memoryBytes: 2 ** 30,
  hostname: 'h',
  realPath: (path: string) => (path.startsWith('/missing') ? null : (links[path] ?? path)),
}
const plan = (execution: Partial<Execution> = {}, more: Partial<TaskSpec> = {}, own = settings) =>
  planTask(specOf(execution, more), own, host)
const refusal = (execution: Partial<Execution>, more: Partial<TaskSpec> = {}, own = settings): RunnerError => {
  try {
    plan(execution, more, own)
  } catch (cause) {
    return cause as RunnerError
  }
  throw new Error('it was not refused')
}
const mount = (host_path: string, mount_path = '/mnt/data') => ({ mounts: [{ host_path, mount_path, read_only: true }] })
const output = (more: object) => ({ artifacts: { inputs: [], outputs: [{ name: 'o', path: 'o', optional: false, ...more }] } })
const input = (more: object) => ({ artifacts: { inputs: [{ name: 'i', path: 'i', target: 'i', ...more }], outputs: [] } })

describe('a plan', () => {
  it('says everything that an executor has to know', () => {
    const execution = {
      entrypoint: ['python3'],
      command: ['train.py', ''],
      env: { A: 'b' },
      working_dir: './sub//dir',
      resources: { cpu_millicores: 500, mem_bytes: 1_000 },
      ...mount('/data/near', '/work/data/'),
    }
    expect(plan(execution)).toEqual({
      mode: 'native',
      class: 'cpu_short',
      tenant: 'default',
      argv: ['python3', 'train.py', ''],
      env: { A: 'b' },
      mounts: [{ hostPath: '/data/inside', mountPath: '/work/data', readOnly: true }],
      network: 'none',
      workingDir: 'sub/dir',
      limits: { cpuMillicores: 500, memoryBytes: 1_000, processesMax: 64, openFilesMax: 256, fileBytesMax: null },
      files: [],
      graceMs: 100,
    })
  })

  it('gives the network of the host only where the policy does', () => {
    const allowing = { ...settings, policy: { ...settings.policy, allowedNetworks: ['host'] } }
    expect(plan({ network: 'host' }, {}, allowing).network).toBe('host')
    expect(refusal({ network: 'host' })).toMatchObject({ code: 'POLICY_NETWORK', path: 'payload.execution.network' })
    expect(refusal({ network: 'bridge' }, {}, allowing)).toMatchObject({ code: 'NOT_SUPPORTED', path: 'payload.execution.network' })
  })

  it('follows links of the allowed directories and of what is mounted', () => {
    expect(plan(mount('/link-to-srv/x')).mounts[0]).toMatchObject({ hostPath: '/srv/x' })
    expect(plan(mount('/data')).mounts[0]).toMatchObject({ hostPath: '/data' })
  })

  it('asks for more than the host has only where that is allowed', () => {
    const more = { resources: { cpu_millicores: 4_001 } }
    expect(refusal(more)).toMatchObject({ code: 'RESOURCES_UNAVAILABLE', path: 'payload.execution.resources.cpu_millicores' })
    expect(plan(more, {}, { ...settings, native: { ...settings.native, oversubscribe: true } }).limits.cpuMillicores).toBe(4_001)
    expect(plan({ resources: { cpu_millicores: 4_000, mem_bytes: 2 ** 30 } }).limits.memoryBytes).toBe(2 ** 30)
  })
})

describe('refused, with a code, the path of the field, and what to do', () => {
  it.each<[string, string, string, Partial<Execution>, Partial<TaskSpec>?]>([
    ['a class that is not run here', 'CLASS_UNAVAILABLE', 'class', {}, { class: 'gpu' }],
    ['Slurm', 'CLASS_UNAVAILABLE', 'class', {}, { class: 'gpu_slurm' }],
    ['an empty image', 'INVALID_SPEC', 'payload.execution.image', { image: '' }],
    ["a container's directory", 'NOT_SUPPORTED', 'payload.execution.container_workdir', { container_workdir: '/work' }],
    ['a Python function', 'NOT_SUPPORTED', 'payload.execution.python', { python: { module: 'm', function: 'main', args: {} } }],
    ['a secret', 'NOT_SUPPORTED', 'payload.execution.secrets', { secrets: ['HF_TOKEN'] }],
    ['a GPU', 'NOT_SUPPORTED', 'payload.execution.resources.gpu_count', { resources: { gpu_count: 1 } }],
    ['a kind of GPU', 'NOT_SUPPORTED', 'payload.execution.resources.gpu_class', { resources: { gpu_class: 'h100' } }],
    ['memory of a GPU', 'NOT_SUPPORTED', 'payload.execution.resources.gpu_memory_gb', { resources: { gpu_memory_gb: 80 } }],
    ['storage', 'NOT_SUPPORTED', 'payload.execution.resources.storage_gb', { resources: { storage_gb: 10 } }],
    ['a time above the ceiling', 'LIMIT_EXCEEDED', 'payload.execution.timeout_seconds', { timeout_seconds: 2.001 }],
    [
      'more memory than the host has',
      'RESOURCES_UNAVAILABLE',
      'payload.execution.resources.mem_bytes',
      { resources: { mem_bytes: 2 ** 30 + 1 } },
    ],
    ['a program without a name', 'INVALID_SPEC', 'payload.execution.command[0]', { command: [''] }],
    ["a variable of the runner's own", 'POLICY_ENV', 'payload.execution.env.ENV_RUNNER_EVENTS', { env: { ENV_RUNNER_EVENTS: '/x' } }],
    ['a way out of the work directory', 'POLICY_PATH', 'payload.execution.working_dir', { working_dir: '../x' }],
    ['a hidden way out of the work directory', 'POLICY_PATH', 'payload.execution.working_dir', { working_dir: 'a/../../x' }],
    ['an absolute work directory', 'POLICY_PATH', 'payload.execution.working_dir', { working_dir: '/etc' }],
    ['the root', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/')],
    ['a directory that is not allowed', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/etc')],
    ['a name that begins like an allowed one', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/database')],
    ['a path with parents', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/data/../etc')],
    ['a relative path', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('data')],
    ['a link that leads out', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/data/out')],
    ["an engine's socket", 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/data/docker.sock')],
    ["a link to an engine's socket", 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/data/engine')],
    ['a path that is not there', 'POLICY_MOUNT', 'payload.execution.mounts[0].host_path', mount('/missing')],
    ['a relative target', 'POLICY_MOUNT', 'payload.execution.mounts[0].mount_path', mount('/data', 'data')],
    ['a target with parents', 'POLICY_MOUNT', 'payload.execution.mounts[0].mount_path', mount('/data', '/mnt/../usr')],
    ['an output outside', 'POLICY_PATH', 'payload.artifacts.outputs[0].path', {}, output({ path: '../o' })],
    ['an output with parents inside', 'POLICY_PATH', 'payload.artifacts.outputs[0].path', {}, output({ path: 'a/../o' })],
    ['an absolute output', 'POLICY_PATH', 'payload.artifacts.outputs[0].path', {}, output({ path: '/etc/passwd' })],
    [
      'an output to a store that is not there',
      'NOT_SUPPORTED',
      'payload.artifacts.outputs[0].destination',
      {},
      output({ destination: 's3://b/k' }),
    ],
    [
      'an output to a store, in capitals',
      'NOT_SUPPORTED',
      'payload.artifacts.outputs[0].destination',
      {},
      output({ destination: 'REDB://m/1' }),
    ],
    ['an input from a store', 'NOT_SUPPORTED', 'payload.artifacts.inputs[0].path', {}, input({ path: 'https://example.org/x' })],
    ['an input that lands outside', 'POLICY_PATH', 'payload.artifacts.inputs[0].target', {}, input({ target: '../../x' })],
  ])('%s: %s', (_, code, path, execution, more = {}) => {
    expect(refusal(execution, more)).toMatchObject({ code, path, hint: expect.stringMatching(/./) })
  })

  it.each([
    '/',
    '//',
    '/usr',
    '/usr/',
    '/./usr',
    '//usr',
    '/usr/local',
    '/bin',
    '/lib64',
    '/proc/self',
    '/dev/null',
    '/sys',
    '/etc/ssl',
    '/tmp',
    '/work',
    '/work/',
  ])('a mount at %s, which belongs to the sandbox', (target) => {
    expect(refusal(mount('/data', target))).toMatchObject({ code: 'POLICY_MOUNT', path: 'payload.execution.mounts[0].mount_path' })
  })

  it.each([
    ["the runner's own directory", '/data/runner'],
    ['what lies in it', '/data/runner/logs'],
    ['what holds it', '/data'],
    ["what holds an engine's socket that a link leads to", '/link-to-srv'],
  ])('%s, though the list allows it', (_, path) => {
    const own = { ...settings, policy: { ...settings.policy, privatePaths: ['/data/runner', '/link-to-srv/x', '/missing/socket'] } }
    expect(refusal(mount(path), {}, own)).toMatchObject({ code: 'POLICY_MOUNT', path: 'payload.execution.mounts[0].host_path' })
    expect(plan(mount('/data/run'), {}, own)).toMatchObject({ mounts: [{ hostPath: '/data/run' }] })
  })

  it('two outputs of one name, at the second', () => {
    const artifacts = { inputs: [], outputs: ['a', 'b'].map((path) => ({ name: 'same', path, optional: false })) }
    expect(refusal({}, { artifacts })).toMatchObject({ code: 'INVALID_SPEC', path: 'payload.artifacts.outputs[1].name' })
  })

  it('the second of two mounts, by its index', () => {
    const two = { mounts: [...mount('/data').mounts, ...mount('/etc').mounts] }
    expect(refusal(two)).toMatchObject({ path: 'payload.execution.mounts[1].host_path' })
  })

  it('every mount where the policy names none', () => {
    expect(refusal(mount('/data'), {}, simulatedSettings)).toMatchObject({ code: 'POLICY_MOUNT' })
  })
})

describe('deadlines', () => {
  it('come from the class, and the run time from the task where it asks', () => {
    expect(phaseTimeouts('cpu_short', undefined, settings)).toEqual({
      queue: 600_000,
      prepare: 1_000,
      run: 2_000,
      stop: 20_100,
      collect: 30_000,
      total: 3_600_000,
    })
    expect(phaseTimeouts('cpu_short', 1.5, settings).run).toBe(1_500)
  })

  it('are there for a task whose class is not run here any more', () => {
    expect(phaseTimeouts('gpu', undefined, settings)).toMatchObject({ queue: 3_600_000, run: 3_600_000 })
  })
})
