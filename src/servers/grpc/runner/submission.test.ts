import { describe, expect, it } from 'vitest'
import { taskIdPattern } from '../../../domain/task-spec.ts'
import type { RunEnv__Output } from '../generated/runner/v1/RunEnv.ts'
import type { RunRequest__Output } from '../generated/runner/v1/RunRequest.ts'
import { cacheKeyOf, runTaskId, submissionOf } from './submission.ts'

const resources = { cpu_millicores: 0, mem_bytes: 0, gpu_count: 0, gpu_class: '' }
const request = (env: Partial<RunEnv__Output> = {}, more: Partial<RunRequest__Output> = {}): RunRequest__Output => ({
  job_id: 'job',
  run_id: '1',
  env: { oci_image: '', argv: ['true'], env: {}, mounts: [], hard_timeout_ms: 0, resources: null, content_digest: '', ...env },
  inputs: [],
  ...more,
})
const digest = `sha256:${'a'.repeat(64)}`
const executionOf = (env: Partial<RunEnv__Output>) =>
  (submissionOf(request(env), undefined, 60_000) as { payload: { execution: object } }).payload.execution
const classOf = (env: Partial<RunEnv__Output>) => (submissionOf(request(env), undefined, 60_000) as { class: string }).class
const refusal = (env: Partial<RunEnv__Output> | null) => {
  try {
    submissionOf(env === null ? request({}, { env: null }) : request(env), undefined, 60_000)
  } catch (cause) {
    return cause
  }
  throw new Error('it was taken')
}

describe('the id of a job’s task', () => {
  const idOf = (tenant: string | null, job: string, run: string) => runTaskId(tenant, { ...request(), job_id: job, run_id: run })
  it('is readable where it can be, and always an id', () => {
    expect(idOf('acme', 'train', '7')).toBe('run:acme:train:7')
    expect(idOf(null, 'train', '')).toBe('run:default:train:')
    for (const name of ['a/b', '../x', 'ä', 'x'.repeat(500), '\0', 'a:b', 'a.b']) expect(idOf('acme', name, '1')).toMatch(taskIdPattern)
  })
  it('differs wherever tenant, job or run differ, whatever characters they have', () => {
    const parts = ['', 'a', 'a:b', 'b', ':', 'a:', '"', 'a","b']
    const ids = parts.flatMap((job) => parts.flatMap((run) => ['acme', 'a'].map((tenant) => idOf(tenant, job, run))))
    expect(new Set(ids.filter((id) => id !== undefined)).size).toBe(2 * (parts.length ** 2 - 1))
  })
  it('is none for a job that has neither', () => expect(idOf('acme', '', '')).toBeUndefined())
})

describe('the document of a job', () => {
  it('leaves out what is not asked for', () => {
    expect(executionOf({ resources })).toEqual({ command: ['true'], env: { ENV_RUNNER_INPUTS: '[]' }, mounts: [], resources: {} })
    expect(executionOf({ oci_image: 'alpine:3', argv: [] })).toEqual({ image: 'alpine:3', env: { ENV_RUNNER_INPUTS: '[]' }, mounts: [] })
  })
  it('has its limits in the units of tasks', () => {
    expect(executionOf({ hard_timeout_ms: 1_500, resources: { ...resources, cpu_millicores: 500, mem_bytes: 2 ** 30 } })).toMatchObject({
      timeout_seconds: 1.5,
      resources: { cpu_millicores: 500, mem_bytes: 2 ** 30 },
    })
  })
  it.each<[Partial<RunEnv__Output>, string]>([
    [{}, 'cpu_short'],
    [{ hard_timeout_ms: 60_000 }, 'cpu_short'],
    [{ hard_timeout_ms: 60_001 }, 'cpu_long'],
    [{ oci_image: 'alpine:3' }, 'cpu_long'],
    [{ oci_image: 'alpine:3', hard_timeout_ms: 1_000 }, 'cpu_short'],
    [{ resources: { ...resources, gpu_count: 1 } }, 'gpu'],
    [{ resources: { ...resources, gpu_class: 'h100' } }, 'gpu'],
  ])('of %j is of the class %s', (env, taskClass) => expect(classOf(env)).toBe(taskClass))
  it('names the image with its digest', () => {
    for (const image of ['alpine:3', `alpine:3@${digest}`])
      expect(executionOf({ oci_image: image, content_digest: digest })).toMatchObject({ image: `alpine:3@${digest}` })
  })
  it.each<[Partial<RunEnv__Output> | null, string]>([
    [null, 'env'],
    [{ env: { ENV_RUNNER_INPUTS: '' } }, 'env.env.ENV_RUNNER_INPUTS'],
    [{ content_digest: digest }, 'env.content_digest'],
    [{ oci_image: 'alpine', content_digest: 'sha256:AA' }, 'env.content_digest'],
    [{ oci_image: `alpine@sha256:${'b'.repeat(64)}`, content_digest: digest }, 'env.content_digest'],
  ])('is refused for %j', (env, path) => expect(refusal(env)).toMatchObject({ path }))
})

describe('the cache key', () => {
  it('is equal for equal runs, whatever their names, limits and the order of their variables', () => {
    const key = cacheKeyOf(request({ env: { A: '1', B: '2' } }), null)
    expect(cacheKeyOf(request({ env: { B: '2', A: '1' }, hard_timeout_ms: 5, resources }, { job_id: 'other', run_id: '' }), null)).toBe(key)
    expect(key).toMatch(/^[0-9a-f]{64}$/)
  })
  it('differs by the image that was found, command, environment, mounts and inputs', () => {
    const keys = [
      cacheKeyOf(request(), null),
      cacheKeyOf(request(), 'sha256:1'),
      cacheKeyOf(request(), 'sha256:2'),
      cacheKeyOf(request({ argv: ['false'] }), null),
      cacheKeyOf(request({ env: { A: '1' } }), null),
      cacheKeyOf(request({ mounts: [{ host_path: '/a', mount_path: '/b', read_only: true }] }), null),
      cacheKeyOf(request({}, { inputs: [{ name: 'x', shape: [1], dtype: 'f32' }] }), null),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(cacheKeyOf(request({ oci_image: 'alpine:3' }), 'sha256:1')).toBe(cacheKeyOf(request({ oci_image: 'alpine:latest' }), 'sha256:1'))
  })
})
