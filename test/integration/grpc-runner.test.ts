import { status as grpcStatus, type Metadata, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../../src/servers/grpc/generated/runner/v1/LogLine.ts'
import type { RunRequest } from '../../src/servers/grpc/generated/runner/v1/RunRequest.ts'
import type { RunResult__Output } from '../../src/servers/grpc/generated/runner/v1/RunResult.ts'
import { collectStream, refusalOf } from '../support/grpc-client.ts'
import { createGrpcWorld, type GrpcWorld } from './grpc-harness.ts'

let world: GrpcWorld
beforeAll(async () => {
  world = await createGrpcWorld()
})
afterAll(() => world.close())

const job = (name: string, argv: readonly string[], env: RunRequest['env'] = {}): RunRequest => ({
  job_id: name,
  run_id: name === '' ? '' : '1',
  env: { argv: [...argv], ...env },
})
const run = (request: RunRequest) => world.call(world.runner.Run.bind(world.runner), request)
/** What a call tells in its trailing metadata. */
const outcomeOf = (trailers: Metadata) =>
  Object.fromEntries(['task-id', 'status', 'exit-code', 'error-code'].map((name) => [name, trailers.get(`env-runner-${name}`)[0]]))
const runWithTrailers = (request: RunRequest): Promise<{ result: RunResult__Output; outcome: object }> =>
  new Promise((resolve, reject) => {
    let result: RunResult__Output | undefined
    const call = world.runner.Run(request, world.metadata, (error, answer) => (error ? reject(error) : (result = answer)))
    call.on('status', ({ metadata }) => setImmediate(() => result && resolve({ result, outcome: outcomeOf(metadata) })))
  })
const follow = async (request: RunRequest): Promise<{ lines: LogLine[]; outcome: object }> => {
  const stream = world.runner.StreamRun(request, world.metadata)
  const trailers = new Promise<Metadata>((resolve) => stream.once('status', ({ metadata }) => resolve(metadata)))
  const lines = await collectStream(stream)
  return { lines, outcome: outcomeOf(await trailers) }
}
const wordsOf = (lines: readonly LogLine[]) => lines.map(({ level, msg }) => [level, msg])
const tasks = () => world.daemon.runner.list({ limit: 1_000 })

describe('Run', () => {
  it('answers with exit code, last lines, outputs and cache key of a job', async () => {
    const result = '__DSPY_RESULT__:{"outputs": [{"name": "y", "shape": [2, 3], "dtype": "f32"}, {"not": "one"}]}'
    const request = {
      ...job('whole', ['sh', '-c', `echo out $A; echo err >&2; echo '${result}'; echo "$ENV_RUNNER_INPUTS"`], { env: { A: 'b' } }),
      inputs: [{ name: 'x', shape: [1], dtype: 'i8' }],
    }
    const { result: answer, outcome } = await runWithTrailers(request)
    expect([answer.exit_code, wordsOf(answer.logs)]).toEqual([
      0,
      [
        ['info', 'out b'],
        ['info', '[{"name":"x","shape":[1],"dtype":"i8"}]'],
        ['error', 'err'],
      ],
    ])
    expect(answer.outputs).toEqual([{ name: 'y', shape: [2, 3], dtype: 'f32' }])
    expect(answer.cache_key).toMatch(/^[0-9a-f]{64}$/)
    expect(outcome).toEqual({ 'task-id': 'run:default:whole:1', status: 'completed', 'exit-code': '0', 'error-code': undefined })
    for (const { ts } of answer.logs) expect(new Date(ts).toISOString()).toBe(ts)
  })
  it('answers for a job that failed as for one that did not, and says why in the last line', async () => {
    const { result, outcome } = await runWithTrailers(job('fails', ['sh', '-c', 'exit 7']))
    expect([result.exit_code, result.logs.at(-1)]).toMatchObject([7, { level: 'error', msg: expect.stringMatching(/^EXIT_NONZERO: .*7/) as string }])
    expect(outcome).toMatchObject({ status: 'failed', 'exit-code': '7', 'error-code': 'EXIT_NONZERO' })
    expect(await run(job('signal', ['sh', '-c', 'kill -TERM $$']))).toMatchObject({ exit_code: 143 })
    expect(await run(job('missing', ['/no/such/program']))).toMatchObject({ exit_code: expect.any(Number) as number })
  }) // prettier-ignore
  it('runs a job once, however often it is asked for', async () => {
    const { command, open } = world.gate()
    const answers = Promise.all(Array.from({ length: 5 }, () => run(job('once', command))))
    await expect.poll(() => world.daemon.runner.status().tasks.running).toBeGreaterThan(0)
    open()
    const [first, ...others] = await answers
    expect(others).toEqual(Array(4).fill(first))
    expect(await run(job('once', command))).toEqual(first)
    expect(tasks().filter(({ id }) => id === 'run:default:once:1')).toMatchObject([{ attempt: 1 }])
    expect(await refusalOf(run(job('once', ['other'])))).toMatchObject({ status: 'ALREADY_EXISTS', code: 'TASK_CONFLICT', path: 'run_id' })
  })
  it('goes on with a named job whose caller went away or lost patience, and tells him when he is back', async () => {
    const { command, open } = world.gate()
    const late = new Promise((resolve, reject) =>
      world.runner.Run(job('back', command), world.metadata, { deadline: Date.now() + 200 }, (error, answer) => (error ? reject(error) : resolve(answer))),
    ) // prettier-ignore
    expect(await refusalOf(late)).toMatchObject({ status: 'DEADLINE_EXCEEDED' })
    open()
    expect(await run(job('back', command))).toMatchObject({ exit_code: 0 })
  })
  it('ends a job without a name with its call', async () => {
    const before = new Set(tasks().map(({ id }) => id))
    const call = world.runner.Run(job('', world.gate().command), world.metadata, () => {})
    const own = () => tasks().find(({ id }) => !before.has(id))
    await expect.poll(own).toBeDefined()
    call.cancel()
    await expect.poll(() => own()?.status).toBe('cancelled')
  })
  it.each<[RunRequest, string, string, string]>([
    [{ job_id: 'no', env: null }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'env'],
    [job('no', []), 'INVALID_ARGUMENT', 'INVALID_SPEC', 'env.argv'],
    [job('no', ['a\0']), 'INVALID_ARGUMENT', 'INVALID_SPEC', 'env.argv[0]'],
    [job('no', ['true'], { env: { ENV_RUNNER_INPUTS: '[]' } }), 'PERMISSION_DENIED', 'POLICY_ENV', 'env.env.ENV_RUNNER_INPUTS'],
    [job('no', ['true'], { env: { ENV_RUNNER_X: 'x' } }), 'PERMISSION_DENIED', 'POLICY_ENV', 'env.env.ENV_RUNNER_X'],
    [job('no', ['true'], { mounts: [{ host_path: '/etc', mount_path: '/e' }] }), 'PERMISSION_DENIED', 'POLICY_MOUNT', 'env.mounts[0].host_path'],
    [job('no', ['true'], { content_digest: 'sha256:x' }), 'INVALID_ARGUMENT', 'INVALID_SPEC', 'env.content_digest'],
    [job('no', ['true'], { hard_timeout_ms: 1e9 }), 'INVALID_ARGUMENT', 'LIMIT_EXCEEDED', 'env.hard_timeout_ms'],
    [job('no', ['true'], { resources: { gpu_count: 1 } }), 'FAILED_PRECONDITION', 'CLASS_UNAVAILABLE', 'env'],
  ])('refuses %j with the field as the request spells it', async (request, status, code, path) => {
    for (const ask of [run, follow])
      expect(await refusalOf(ask(request))).toMatchObject({ status, code, path, hint: expect.any(String) as string })
    expect(tasks().filter(({ id }) => id.startsWith('run:default:no'))).toEqual([])
  }) // prettier-ignore
})

describe('StreamRun', () => {
  it('sends lines as they are printed, and ends with the job', async () => {
    const { command, open } = world.gate()
    const stream = world.runner.StreamRun(job('lines', ['sh', '-c', `echo one; ${command[2]!}; echo two >&2`]), world.metadata)
    stream.once('data', open) // the first line comes while the job waits for its reader
    const lines = await collectStream(stream)
    expect(wordsOf(lines)).toEqual([
      ['info', 'one'],
      ['error', 'two'],
    ])
  })
  it('ends with why a job failed, and tells programs in the trailing metadata', async () => {
    const { lines, outcome } = await follow(job('why', ['sh', '-c', 'echo x; exit 3']))
    expect(wordsOf(lines)).toEqual([['info', 'x'], ['error', expect.stringMatching(/^EXIT_NONZERO: /) as string]]) // prettier-ignore
    expect(outcome).toEqual({ 'task-id': 'run:default:why:1', status: 'failed', 'exit-code': '3', 'error-code': 'EXIT_NONZERO' })
  })
  it('sends a long line in parts, and what is no UTF-8 as text', async () => {
    const { lines } = await follow(job('long', ['sh', '-c', `head -c 200000 /dev/zero | tr '\\0' x; echo; printf '\\377\\n'`]))
    expect([lines.slice(0, -1).map(({ msg }) => msg!.length).reduce((all, one) => all + one), lines.at(-1)!.msg]).toEqual([200_000, '\ufffd'])
    expect(Math.max(...lines.map(({ msg }) => msg!.length))).toBe(65_536)
  }) // prettier-ignore
  it('ends a job without a name when its reader goes', async () => {
    const before = new Set(tasks().map(({ id }) => id))
    const stream = world.runner.StreamRun(job('', ['sh', '-c', `echo x; ${world.gate().command[2]!}`]), world.metadata)
    await collectStream(stream, (lines) => lines.length === 1)
    await expect.poll(() => tasks().find(({ id }) => !before.has(id))?.status).toBe('cancelled')
  })
})

it('Healthz is well while jobs are taken', async () => {
  expect(await world.call(world.runner.Healthz.bind(world.runner), {})).toEqual({})
})
it('StreamSupervisor is somebody else’s to serve: the runner dials it', async () => {
  const refused = new Promise((resolve, reject) =>
    world.runner.makeUnaryRequest('/runner.v1.StreamSupervisor/OpenStream', () => Buffer.alloc(0), () => null, {}, (error: ServiceError | null) => (error ? reject(error) : resolve(null))),
  ) // prettier-ignore
  await expect(refused).rejects.toMatchObject({ code: grpcStatus.UNIMPLEMENTED })
})
