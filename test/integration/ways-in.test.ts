import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeRunner } from '../support/fake-runner.ts'
import { openTestGrpc } from '../support/grpc-app.ts'
import { collectStream } from '../support/grpc-client.ts'
import { createGrpcWorld, payloadOf, type GrpcWorld } from './grpc-harness.ts'

let world: GrpcWorld
beforeAll(async () => {
  world = await createGrpcWorld()
})
afterAll(() => world.close())

/** Prints the task's own name; ends well. */
const command = (id: string) => ['sh', '-c', `echo ${id}`]
const post = async (path: string, body: object): Promise<unknown> => {
  const answer = await fetch(world.daemon.http + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(200)
  return answer.json()
}

/** Each takes a task from submission to its end, and tells what it printed. */
const ways: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
  'orchestrator.v1': async (id) => {
    const { orchestrator, call, metadata } = world
    await call(orchestrator.SubmitTask.bind(orchestrator), { id, payload: payloadOf(command(id)) })
    const results = await collectStream(orchestrator.StreamTaskResults({ task_ids: [id], include_completed: true }, metadata))
    expect(results.at(-1)).toMatchObject({ task_id: id, status: 'completed' })
    return results.at(-1)!.result!['stdout_tail']
  },
  'envrunner.v1': async (id) => {
    const { tasks, call } = world
    await call(tasks.SubmitTask.bind(tasks), { id, spec: { execution: { command: command(id) } } })
    const { state, result } = await call(tasks.WaitTask.bind(tasks), { id })
    expect(state).toBe('TASK_STATE_COMPLETED')
    return result!.stdout_tail
  },
  'runner.v1': async (id) => {
    const { runner, call } = world
    const { exit_code: exitCode, logs } = await call(runner.Run.bind(runner), { job_id: id, env: { argv: command(id) } })
    expect(exitCode).toBe(0)
    return `${logs!.map(({ msg }) => msg).join('\n')}\n`
  },
  HTTP: async (id) => {
    const document = (await post('/api/v1/tasks?wait=true', { id, payload: { execution: { command: command(id) } } })) as {
      logs: { stdout_tail: string }
    }
    return document.logs.stdout_tail
  },
  '/tasks/execute': async (id) => {
    const document = await post('/tasks/execute', { id, payload: { execution: { command: command(id) } } })
    return (document as { metadata: { logs: { stdout_tail: string } } }).metadata.logs.stdout_tail
  },
}

describe('50 tasks at once', () => {
  it.each(Object.keys(ways))('through %s run once each, and each caller gets its own', async (way) => {
    const ids = Array.from({ length: 50 }, (_, index) => `${way.replaceAll(/\W/g, '-').replace(/^-/, '')}-${index}`)
    expect(await Promise.all(ids.map((id) => ways[way]!(id)))).toEqual(ids.map((id) => `${id}\n`))
    const rows = world.daemon.runner
      .list({ limit: 1_000 })
      .filter(({ id }) => ids.some((own) => id === own || id === `run:default:${own}:`))
    expect(rows.map(({ attempt, status }) => [attempt, status])).toEqual(ids.map(() => [1, 'completed']))
  })
})

describe('a stream', () => {
  it('sees each of 100 tasks of 20 ms run and complete, once and in this order', async () => {
    const { orchestrator, call, metadata } = world
    const stream = orchestrator.StreamTaskResults({}, metadata)
    let ended = 0
    const collected = collectStream(stream, (messages) => {
      if (messages.at(-1)!.status === 'completed') ended++
      return ended === 100
    })
    await new Promise((resolve) => stream.once('metadata', resolve)) // from now on it hears everything
    const ids = Array.from({ length: 100 }, (_, index) => `short-${index}`)
    await Promise.all(ids.map((id) => call(orchestrator.SubmitTask.bind(orchestrator), { id, payload: payloadOf(['sleep', '0.02']) })))
    const words = Map.groupBy(await collected, ({ task_id: id }) => id)
    expect([...words.keys()].sort()).toEqual(ids.sort())
    for (const messages of words.values()) expect(messages.map(({ status }) => status)).toEqual(['pending', 'running', 'completed'])
  })
  it('is told by the journal and asks nobody: no time passes, and 1,000 idle ones share one timer', async () => {
    const fake = createFakeRunner()
    const app = await openTestGrpc(fake)
    const { orchestrator, metadata } = app.open()
    const streams = Array.from({ length: 1_000 }, () => orchestrator.StreamEvents({}, metadata))
    const first = streams.map((stream) => collectStream(stream, () => true))
    await expect.poll(() => fake.followers(), { timeout: 30_000 }).toBe(1_000)
    expect(app.timers.size).toBe(1) // looks after the rights of those who hold a stream
    app.pass(60_000)
    expect(fake.taken()).toBe(0)
    fake.tell(null, [{ type: 'task_submitted', data: { task_id: 'a' } }])
    for (const messages of await Promise.all(first)) expect(messages).toMatchObject([{ event_type: 'task_submitted', resource_id: 'a' }])
    await app.close()
  })
})
