import { join } from 'node:path'
import { Client, credentials, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { service as healthService } from 'grpc-health-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DrainRequest } from '../../src/servers/grpc/generated/envrunner/v1/DrainRequest.ts'
import { collectStream, refusalOf } from '../support/grpc-client.ts'
import { createGrpcWorld, payloadOf, type GrpcWorld } from './grpc-harness.ts'
import { createLogLines } from './identity-harness.ts'

let world: GrpcWorld
let lines: string[]
beforeEach(async () => {
  const log = createLogLines()
  lines = log.lines
  world = await createGrpcWorld({}, log.logger)
})
afterEach(async () => {
  await world.close()
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([])
})

const status = () => world.call(world.control.GetStatus.bind(world.control), {})
const pause = () => world.call(world.control.Pause.bind(world.control), {})
const resume = () => world.call(world.control.Resume.bind(world.control), {})
const drain = (request: DrainRequest = {}) => world.call(world.control.Drain.bind(world.control), request)
const submit = (id: string, command: string[]) =>
  world.call(world.tasks.SubmitTask.bind(world.tasks), { id, spec: { execution: { command } } })
const reaches = (id: string, state: string) =>
  collectStream(world.tasks.WatchTasks({ ids: [id] }, world.metadata), (seen) => seen.at(-1)!.state === state)

/** A client of `grpc.health.v1`. */
const openHealth = () => {
  const client = new Client(world.daemon.grpc, credentials.createInsecure())
  const { Check, Watch } = healthService as unknown as Record<'Check' | 'Watch', MethodDefinition<{ service: string }, { status: string }>>
  return {
    check: (service: string) =>
      new Promise<string>((resolve, reject) => {
        client.makeUnaryRequest(Check.path, Check.requestSerialize, Check.responseDeserialize, { service }, (error, answer) =>
          error ? reject(error) : resolve(answer!.status),
        )
      }),
    watch: (service: string) => client.makeServerStreamRequest(Watch.path, Watch.requestSerialize, Watch.responseDeserialize, { service }),
    close: () => client.close(),
  }
}

describe('the runner itself', () => {
  it('tells its state, and counts', async () => {
    expect(await status()).toMatchObject({ state: 'accepting', trouble: '', tasks: { pending: 0 }, places: { cpu_short: { used: 0, total: 8, waiting: 0 } }, version: expect.stringMatching(/^\d/) as string })
  }) // prettier-ignore
  it('accepts and starts nothing while it is paused', async () => {
    expect(await pause()).toMatchObject({ state: 'paused' })
    await submit('held', ['true'])
    expect(await status()).toMatchObject({ tasks: { pending: 1 }, places: { cpu_short: { used: 0, waiting: 1 } } })
    expect(await resume()).toMatchObject({ state: 'accepting' })
    await reaches('held', 'TASK_STATE_COMPLETED')
  })
  it('that drains refuses what is new in every contract, ends what runs, and tells load balancers', async () => {
    const health = openHealth()
    const seen = collectStream(health.watch('orchestrator.v1.OrchestratorService'), ({ length }) => length === 2)
    const { command, open } = world.gate()
    await submit('runs', command)
    await reaches('runs', 'TASK_STATE_RUNNING')
    const followed = reaches('runs', 'TASK_STATE_COMPLETED')
    expect(await drain({ reason: 'upgrade' })).toMatchObject({ state: 'draining' })
    expect((await seen).map(({ status: word }) => word)).toEqual(['SERVING', 'NOT_SERVING'])
    expect(await health.check('')).toBe('NOT_SERVING')
    expect(await refusalOf(submit('new', ['true']))).toMatchObject({ status: 'UNAVAILABLE', code: 'DRAINING' })
    expect(await refusalOf(world.call(world.runner.Healthz.bind(world.runner), {}))).toMatchObject({ status: 'UNAVAILABLE', code: 'DRAINING' })
    expect(await refusalOf(world.call(world.runner.Run.bind(world.runner), { env: { argv: ['true'] } }))).toMatchObject({ status: 'UNAVAILABLE', code: 'DRAINING' })
    const answer = await world.call(world.orchestrator.SubmitTask.bind(world.orchestrator), { payload: payloadOf(['true']) })
    expect(answer).toMatchObject({ success: false, error: expect.stringMatching(/^DRAINING: /) as string })
    expect(await world.call(world.orchestrator.Health.bind(world.orchestrator), {})).toMatchObject({ healthy: false })
    expect(await drain()).toMatchObject({ state: 'draining' })
    open()
    await followed
    await world.daemon.runner.drained
    expect(await status()).toMatchObject({ state: 'stopped', tasks: { completed: 1 } })
    health.close()
  }) // prettier-ignore
  it('is seen to drain by load balancers when it was asked over HTTP', async () => {
    const health = openHealth()
    const seen = collectStream(health.watch(''), ({ length }) => length === 2)
    await submit('runs', world.gate().command)
    await reaches('runs', 'TASK_STATE_RUNNING')
    await fetch(`${world.daemon.http}/api/v1/runner/drain`, { method: 'POST' })
    expect((await seen).map(({ status: word }) => word)).toEqual(['SERVING', 'NOT_SERVING'])
    health.close()
  })
})

it('a runner that stops ends every call that goes on as one to come back with: none looks complete', async () => {
  await submit('runs', ['sh', '-c', `echo x; ${world.gate().command[2]!}`])
  await reaches('runs', 'TASK_STATE_RUNNING')
  const { orchestrator, tasks, runner, metadata } = world
  const streams = [
    orchestrator.StreamTaskResults({ task_ids: ['runs'] }, metadata),
    orchestrator.StreamTaskResults({}, metadata),
    orchestrator.StreamEvents({}, metadata),
    tasks.WatchTasks({ ids: ['runs'] }, metadata),
    tasks.WatchTasks({}, metadata),
    tasks.ReadLogs({ id: 'runs', follow: true }, metadata),
    runner.StreamRun({ job_id: 'job', env: { argv: ['sleep', '600'] } }, metadata),
  ]
  const ends = streams.map((stream) => refusalOf(collectStream(stream)))
  const waits = [
    refusalOf(world.call(tasks.WaitTask.bind(tasks), { id: 'runs' })),
    refusalOf(world.call(runner.Run.bind(runner), { job_id: 'job', env: { argv: ['sleep', '600'] } })),
  ]
  await expect.poll(openStreams).toBe(streams.length + waits.length)
  await expect.poll(() => world.daemon.runner.status().tasks.running).toBe(2)
  await world.daemon.stop()
  const refused = await Promise.all([...ends, ...waits])
  expect(refused.map(({ status: word, code }) => [word, code])).toEqual(refused.map(() => ['UNAVAILABLE', 'RUNNER_UNREACHABLE']))
})

const openStreams = async (): Promise<number> => {
  const { body } = await world.daemon.runner.metrics.text()
  return [...body.matchAll(/^env_runner_open_streams\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

describe('grpc.health.v1', () => {
  it('knows every service, and no other', async () => {
    const health = openHealth()
    for (const service of ['', 'orchestrator.v1.OrchestratorService', 'runner.v1.EnvRunner', 'envrunner.v1.TaskService'])
      expect(await health.check(service)).toBe('SERVING')
    expect(await refusalOf(health.check('runner.v1.StreamSupervisor'))).toMatchObject({ status: 'NOT_FOUND' })
    expect(await collectStream(health.watch('nobody'), () => true)).toEqual([{ status: 'SERVICE_UNKNOWN' }])
    health.close()
  })
})

describe('grpc.reflection', () => {
  const directory = join(import.meta.dirname, '../../node_modules/@grpc/reflection/build/proto')
  interface Reply {
    readonly list_services_response?: { readonly service: readonly { readonly name: string }[] }
    readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] }
  }
  const open = (version: 'v1' | 'v1alpha') => {
    const loaded = loadSync(`grpc/reflection/${version}/reflection.proto`, { keepCase: true, includeDirs: [directory] })
    const { ServerReflectionInfo } = loaded[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition
    const { path, requestSerialize, responseDeserialize } = ServerReflectionInfo as MethodDefinition<object, Reply>
    const client = new Client(world.daemon.grpc, credentials.createInsecure())
    const ask = async (request: object): Promise<Reply> => {
      const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
      stream.end(request)
      return (await collectStream<Reply>(stream))[0]!
    }
    return { ask, close: () => client.close() }
  }

  it.each(['v1', 'v1alpha'] as const)('%s tells every service that is served, and the messages of each', async (version) => {
    const { ask, close } = open(version)
    const { list_services_response: list } = await ask({ list_services: '*' })
    expect(list!.service.map(({ name }) => name).sort()).toEqual([
      'envrunner.v1.ArrayService', 'envrunner.v1.RunnerService', 'envrunner.v1.TaskService', 'grpc.health.v1.Health', 'orchestrator.v1.OrchestratorService', 'runner.v1.EnvRunner',
    ]) // prettier-ignore
    for (const { name } of list!.service) {
      const { file_descriptor_response: files } = await ask({ file_containing_symbol: name })
      expect(
        files!.file_descriptor_proto.some((bytes) => bytes.includes(name.split('.').at(-1)!)),
        name,
      ).toBe(true)
    }
    close()
  })
})
