import { expect, it } from 'vitest'
import { dockerPlanOf } from '../../test/support/plans.ts'
import type { DockerPlan } from '../../src/domain/plan.ts'
import { containerName, containerSpec, keyOf, type ContainerSettings } from './container-spec.ts'

const plan = dockerPlanOf(['run'], { workingDir: 'src' })
const settings: ContainerSettings = { tmpBytes: 1_024, readOnlyRoot: true, user: 'tenant', logBytesMax: 4_096, runnerUid: 7 }
const key = { taskId: 'team:job', attempt: 2 }
const specOf = (over: Partial<DockerPlan> = {}, imageEnv: readonly string[] = [], own: Partial<ContainerSettings> = {}) =>
  containerSpec(
    { key, plan: { ...plan, ...over }, image: null, workDir: '/d/work/x', logs: { stdout: '/o', stderr: '/e' } },
    'sha256:1',
    imageEnv,
    'inst',
    { uid: 1_001, gid: 1_002 },
    { ...settings, ...own },
  )
const variables = (...args: Parameters<typeof specOf>) => specOf(...args).Env!

it('names a container after its installation and attempt, and finds them again', () => {
  expect(containerName('inst', key)).toMatch(/^env-runner-team-job\.2-[0-9a-f]{16}$/)
  expect(containerName('other', key)).not.toBe(containerName('inst', key))
  expect(containerName('inst', { taskId: 'team-job', attempt: 2 })).not.toBe(containerName('inst', key))
  const { Labels } = specOf()
  expect(keyOf(Labels!, 'inst')).toEqual(key)
  expect(keyOf(Labels!, 'other')).toBeNull()
})
it('takes from the image what the plan leaves open, as docker run does', () => {
  expect(specOf()).toMatchObject({ Image: 'sha256:1', Cmd: ['run'], WorkingDir: '/work/src', User: '1001:1002' })
  expect(specOf()).not.toHaveProperty('Entrypoint')
  expect(specOf({ entrypoint: ['sh'], command: null })).toMatchObject({ Entrypoint: ['sh'] })
  expect(specOf({ entrypoint: ['sh'], command: null })).not.toHaveProperty('Cmd')
  expect(specOf({}, [], { user: 'image' })).not.toHaveProperty('User')
})
it('takes devices and libraries of the image out of the environment', () => {
  const env = variables({}, [
    'NVIDIA_VISIBLE_DEVICES=all',
    'NVIDIA_REQUIRE_CUDA=x',
    'LD_PRELOAD=/evil.so',
    'CUDA_VISIBLE_DEVICES=0',
    'PATH=/bin',
  ])
  expect(env).toContain('NVIDIA_VISIBLE_DEVICES=void')
  expect(env).toEqual(expect.arrayContaining(['NVIDIA_REQUIRE_CUDA', 'LD_PRELOAD', 'CUDA_VISIBLE_DEVICES'])) // without a value: removed
  expect(env.filter((variable) => variable.startsWith('PATH'))).toEqual([])
})
it("keeps the image's Python modules in front of ours, and the task's own choice in front of everything", () => {
  const ours = '/opt/env-runner/python'
  expect(variables({ env: { PYTHONPATH: ours } }, ['PYTHONPATH=/app'])).toContain(`PYTHONPATH=/app:${ours}`)
  expect(variables({ env: { PYTHONPATH: ours } })).toContain(`PYTHONPATH=${ours}`)
  expect(variables({ env: { PYTHONPATH: `/mine:${ours}` } }, ['PYTHONPATH=/app'])).toContain(`PYTHONPATH=/mine:${ours}`)
})
it('gives no rights, and bounds everything', () => {
  const { HostConfig } = specOf({ shmBytes: 99, storageBytes: 5, runtime: 'runsc' })
  expect(HostConfig).toMatchObject({
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    Init: true,
    NetworkMode: 'none',
    Runtime: 'runsc',
    ShmSize: 99,
    StorageOpt: { size: '5' },
    Memory: 64 * 2 ** 20,
    MemorySwap: 64 * 2 ** 20,
    PidsLimit: 64,
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
  })
  for (const right of ['Privileged', 'CapAdd', 'Devices', 'PidMode', 'UsernsMode', 'VolumesFrom', 'Binds'])
    expect(HostConfig).not.toHaveProperty(right)
})
it('leaves /tmp to a mount of the task', () => {
  expect(specOf().HostConfig).toHaveProperty('Tmpfs')
  expect(specOf({ mounts: [{ hostPath: '/d', mountPath: '/tmp', readOnly: false }] }).HostConfig).not.toHaveProperty('Tmpfs')
})
