import { describe, expect, it } from 'vitest'
import { specOf } from '../../test/support/specs.ts'
import type { RunnerError } from '../domain/errors.ts'
import type { DockerPlan } from '../domain/plan.ts'
import type { Execution, TaskSpec } from '../domain/task-spec.ts'
import { simulatedSettings } from '../testing/simulated-settings.ts'
import { planTask } from './plan.ts'
import type { RunnerSettings } from './settings.ts'

const settings: RunnerSettings = {
  ...simulatedSettings,
  policy: {
    allowedMounts: ['/data'],
    privatePaths: [],
    allowedNetworks: ['team-net'],
    allowedImages: ['python', 'registry.example:5000/team/**'],
    allowedRuntimes: ['runsc'],
  },
}
const host = { cpuMillicores: 4_000, memoryBytes: 2 ** 33, hostname: 'h', realPath: (path: string) => path }
const plan = (execution: Partial<Execution> = {}, own = settings, more: Partial<TaskSpec> = {}) =>
  planTask(specOf({ image: 'python:3.12', ...execution }, more), own, host)
const refusal = (...args: Parameters<typeof plan>): Pick<RunnerError, 'code' | 'path'> => {
  try {
    plan(...args)
  } catch (cause) {
    const { code, path } = cause as RunnerError
    return { code, path }
  }
  throw new Error('it was not refused')
}

describe('a task with an image', () => {
  it('becomes a container with limits, no network and a work directory of its own', () => {
    const planned = plan({ entrypoint: ['python3'], command: ['train.py'] }) as DockerPlan
    expect(planned).toMatchObject({
      mode: 'docker',
      image: 'docker.io/library/python:3.12',
      entrypoint: ['python3'],
      command: ['train.py'],
      containerWorkDir: '/work',
      workingDir: '.',
      network: 'none',
      runtime: null,
      shmBytes: null,
      storageBytes: null,
      limits: { cpuMillicores: 1_000, memoryBytes: 64 * 2 ** 20, processesMax: 64, openFilesMax: 256 },
    })
  })
  it('leaves entrypoint and command to the image where it names none', () => {
    const { command: _, ...without } = specOf({ image: 'python:3.12' }).execution
    expect(planTask({ ...specOf(), execution: without }, settings, host)).toMatchObject({ entrypoint: null, command: null })
  })
  it('gets what it asks for, within the policy', () => {
    const asked = plan({
      container_workdir: '/srv/job/',
      working_dir: 'src',
      network: 'team-net',
      runtime: 'runsc',
      resources: { cpu_millicores: 2_000, mem_bytes: 2 ** 30, shm_bytes: 2 ** 20, storage_gb: 1.5 },
      mounts: [{ host_path: '/data/in', mount_path: '/srv/job/in', read_only: true }],
    })
    expect(asked).toMatchObject({
      containerWorkDir: '/srv/job',
      workingDir: 'src',
      network: 'team-net',
      runtime: 'runsc',
      shmBytes: 2 ** 20,
      storageBytes: 1.5e9,
      limits: { cpuMillicores: 2_000, memoryBytes: 2 ** 30 },
      mounts: [{ hostPath: '/data/in', mountPath: '/srv/job/in', readOnly: true }],
    })
  })
  it('is refused where the policy does not allow the image, or containers are off', () => {
    expect(refusal({ image: 'busybox' })).toEqual({ code: 'POLICY_IMAGE', path: 'payload.execution.image' })
    expect(refusal({ image: 'No Such' })).toEqual({ code: 'INVALID_SPEC', path: 'payload.execution.image' })
    expect(plan({ image: 'registry.example:5000/team/deep/tool:1' })).toMatchObject({ image: 'registry.example:5000/team/deep/tool:1' })
    const off = { ...settings, docker: { ...settings.docker, enabled: false } }
    expect(refusal({}, off)).toEqual({ code: 'NOT_SUPPORTED', path: 'payload.execution.image' })
  })
  it.each([
    '/proc/self/fd/8',
    '/',
    '/proc',
    '/sys/x',
    '/etc',
    '/work/../etc',
    'work',
    '',
    '/a:b',
    '/dev/shm',
    '/opt/env-runner',
    '//proc/1',
  ])('may not have %j as its work directory', (path) => {
    expect(refusal({ container_workdir: path })).toEqual({ code: 'POLICY_PATH', path: 'payload.execution.container_workdir' })
  })
  it.each([
    'NVIDIA_VISIBLE_DEVICES',
    'NVIDIA_DRIVER_CAPABILITIES',
    'CUDA_VISIBLE_DEVICES',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'ENV_RUNNER_EVENTS',
  ])('may not set %s', (name) => {
    expect(refusal({ env: { [name]: 'x' } })).toEqual({ code: 'POLICY_ENV', path: `payload.execution.env.${name}` })
  })
  it.each(['host', 'bridge', 'container:abc', '', 'team-net ', 'default'])('may not join the network %j', (network) => {
    const own = { ...settings, policy: { ...settings.policy, allowedNetworks: ['team-net', 'container:abc', ''] } }
    expect(refusal({ network }, own)).toEqual({ code: 'POLICY_NETWORK', path: 'payload.execution.network' })
  })
  it('may not choose a runtime that is not allowed, nor more shared memory, nor less memory than a container needs', () => {
    expect(refusal({ runtime: 'runc' })).toEqual({ code: 'POLICY_PRIVILEGE', path: 'payload.execution.runtime' })
    expect(refusal({ resources: { shm_bytes: 2 ** 31 } })).toEqual({
      code: 'LIMIT_EXCEEDED',
      path: 'payload.execution.resources.shm_bytes',
    })
    expect(refusal({ resources: { mem_bytes: 2 ** 20 } })).toEqual({
      code: 'LIMIT_EXCEEDED',
      path: 'payload.execution.resources.mem_bytes',
    })
  })
  it.each(['/work', '/', '/proc/x', '/run/docker.sock', 'relative', '/var/run/x'])('may not mount at %j', (mount_path) => {
    expect(refusal({ mounts: [{ host_path: '/data/in', mount_path, read_only: true }] })).toEqual({
      code: 'POLICY_MOUNT',
      path: 'payload.execution.mounts[0].mount_path',
    })
  })
  it('may not hide its work directory under a mount', () => {
    const mounts = [{ host_path: '/data/in', mount_path: '/srv', read_only: true }]
    expect(refusal({ container_workdir: '/srv/job', mounts })).toMatchObject({ code: 'POLICY_MOUNT' })
  })
  it.each(['/', '/proc', '/var/run/docker.sock', '/data/../etc', 'data', '/database'])('may not mount %j of the host', (host_path) => {
    expect(refusal({ mounts: [{ host_path, mount_path: '/in', read_only: true }] })).toEqual({
      code: 'POLICY_MOUNT',
      path: 'payload.execution.mounts[0].host_path',
    })
  })
})

describe('a task without an image', () => {
  const own = { ...settings, native: { ...settings.native, classes: ['cpu_short' as const] } }
  const without = (taskClass: TaskSpec['class'], chosen: RunnerSettings) => planTask({ ...specOf(), class: taskClass }, chosen, host)

  it('runs natively where its class may', () => expect(without('cpu_short', own)).toMatchObject({ mode: 'native' }))
  it('runs in the default image where its class may not', () => {
    const withDefault = { ...own, docker: { ...own.docker, defaultImage: 'python:3.12' } }
    expect(without('cpu_long', withDefault)).toMatchObject({ mode: 'docker', image: 'docker.io/library/python:3.12' })
  })
  it('is refused where its class may not and there is no default image', () => {
    expect(() => without('cpu_long', own)).toThrow(expect.objectContaining({ code: 'INVALID_SPEC', path: 'payload.execution.image' }))
  })
  it.each([{ container_workdir: '/w' }, { runtime: 'runsc' }, { resources: { storage_gb: 1 } }, { resources: { shm_bytes: 2 ** 20 } }])(
    'may not ask for what only a container has: %j',
    (execution) => {
      expect(() => planTask(specOf(execution), settings, host)).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }))
    },
  )
})
