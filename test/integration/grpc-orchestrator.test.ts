import { setTimeout as delay } from 'node:timers/promises'
import { status as grpcStatus } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectStream } from '../support/grpc-client.ts'
import { createGrpcWorld, payloadOf, type GrpcWorld } from './grpc-harness.ts'

let world: GrpcWorld
beforeAll(async () => {
  world = await createGrpcWorld()
})
afterAll(() => world.close())

const request = (id: string, command: readonly string[], more = {}) => ({
  id,
  class: 'cpu_short',
  payload: payloadOf(command),
  priority: 0,
  workflow_id: '',
  ...more,
})
const submit = (id: string, command: readonly string[], more = {}) =>
  world.call(world.orchestrator.SubmitTask.bind(world.orchestrator), request(id, command, more))
const status = (id: string) => world.call(world.orchestrator.GetTaskStatus.bind(world.orchestrator), { task_id: id })
const results = (ids: string[], includeCompleted = false) =>
  world.orchestrator.StreamTaskResults({ task_ids: ids, include_completed: includeCompleted }, world.metadata)
const ended = async (...ids: string[]): Promise<void> => void (await Promise.all(ids.map((id) => world.daemon.runner.task(id).result())))

describe('SubmitTask', () => {
  it('runs a task whose payload is spread over strings, as agents send it', async () => {
    const payload = {
      execution: "{'command': ['sh', '-c', 'echo $A'], 'env': {'A': 'b'}}",
      context: "{'retry': True, 'a': None}",
      tenant: 'default',
    }
    const answer = await world.call(world.orchestrator.SubmitTask.bind(world.orchestrator), {
      id: 'repr',
      class: '',
      payload,
      priority: 3,
      workflow_id: 'wf',
    })
    expect(answer).toEqual({ success: true, task_id: 'repr', error: '' })
    await ended('repr')
    const { status: word, result, error } = await status('repr')
    expect([word, error]).toEqual(['completed', ''])
    expect(result).toMatchObject({
      exit_code: '0',
      class: 'cpu_short',
      attempts: '1',
      logs_url: `${world.daemon.http}/api/v1/tasks/repr/logs`,
    })
    expect(JSON.parse(result!['result']!)).toMatchObject({ outputs: [], metrics: {} })
    expect(result!['stdout_tail']).toBe('b\n')
    for (const name of ['submitted_at', 'started_at', 'completed_at'])
      expect(Date.parse(result![name]!)).toBeGreaterThan(Date.now() - 60_000)
    expect(world.daemon.runner.task('repr').status()).toMatchObject({ workflowId: 'wf', priority: 3 })
  })
  it('makes an id where none is given', async () => {
    const { success, task_id: id } = await submit('', ['true'])
    expect([success, id]).toEqual([true, expect.stringMatching(/^[A-Za-z0-9]/)])
    await ended(id!)
  })
  it('takes the same id with the same body for the same task, and refuses another body', async () => {
    const [first, second] = await Promise.all([submit('again', ['true']), submit('again', ['true'])])
    expect([first, second]).toEqual([first, first])
    expect(await submit('again', ['false'])).toMatchObject({ success: false, error: expect.stringMatching(/^TASK_CONFLICT: /) as string })
    await ended('again')
    expect((await status('again')).status).toBe('completed')
  })
  it.each([
    [{ class: 'huge' }, /^CLASS_UNKNOWN: .*\(class\)/],
    [{ payload: {} }, /^INVALID_SPEC: .*payload\.execution/],
    [{ payload: { payload_json: '[]' } }, /^INVALID_SPEC: .*payload\.payload_json/],
    [{ payload: { execution: '{"command": "ls"}' } }, /^INVALID_SPEC: .*payload\.execution\.command/],
    [{ id: '../etc' }, /^INVALID_ID: /],
    [{ payload: payloadOf(['true'], { mounts: [{ host_path: '/etc', mount_path: '/e' }] }) }, /^POLICY_MOUNT: /],
  ])('answers what it refuses with a code and the field: %j', async (more, error) => {
    const answer = await submit('refused', ['true'], more)
    expect(answer).toMatchObject({ success: false, error: expect.stringMatching(error) as string })
    await expect(status('refused')).rejects.toMatchObject({ code: grpcStatus.NOT_FOUND })
  })
  it('refuses a message that is too large as a call', async () => {
    const payload = payloadOf(['true'], { env: { A: 'x'.repeat(3_000_000) } })
    await expect(submit('large', [], { payload })).rejects.toMatchObject({ code: grpcStatus.RESOURCE_EXHAUSTED })
  })
})

describe('GetTaskStatus', () => {
  it('says of a failed task what its user needs first', async () => {
    await submit('fails', ['sh', '-c', 'echo because >&2; exit 7'])
    await ended('fails')
    const { status: word, error, result } = await status('fails')
    expect([word, error, result!['exit_code']]).toEqual(['failed', expect.stringMatching(/^EXIT_NONZERO: .*7[\s\S]*because/), '7'])
  })
  it('says that a cancelled task failed because it was cancelled', async () => {
    await submit('cancelled', ['sleep', '600'])
    await world.daemon.runner.task('cancelled').cancel('enough')
    await ended('cancelled')
    expect(await status('cancelled')).toMatchObject({ status: 'failed', error: expect.stringMatching(/^cancelled/) as string })
  })
  it('does not know an unknown task, and says so in metadata too', async () => {
    const refusal = await status('nobody').catch((cause: unknown) => cause)
    expect(refusal).toMatchObject({ code: grpcStatus.NOT_FOUND, details: expect.stringMatching(/^NOT_FOUND: /) as string })
    expect((refusal as { metadata: { get(name: string): unknown[] } }).metadata.get('env-runner-code')).toEqual(['NOT_FOUND'])
  })
})

describe('StreamTaskResults', () => {
  it('tells every change of listed tasks once, in order, and ends with them', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`)
    await Promise.all(ids.map((id) => submit(id, ['true'])))
    const messages = await collectStream(results(ids, true))
    for (const id of ids) {
      const words = messages.filter(({ task_id: of }) => of === id).map(({ status: word }) => word)
      expect(words.slice(-2)).toEqual(words.length === 1 ? ['completed'] : ['running', 'completed'])
      expect(new Set(words).size).toBe(words.length)
    }
    expect(messages.at(-1)).toMatchObject({ status: 'completed', error: '' })
    expect(messages.at(-1)!.completed_at).toBeGreaterThan(1_700_000_000)
  })
  it('tells progress while a task runs', async () => {
    const say = '::env-runner::{"type":"progress","percent":40,"step":"train","message":"half"}'
    await submit('progress', ['sh', '-c', `echo '${say}'; sleep 0.3`])
    const told = (await collectStream(results(['progress']))).filter(({ result }) => result!['progress'] !== undefined)
    expect(told).toMatchObject([{ status: 'running', result: { progress: '40', step: 'train', message: 'half' } }])
  })
  it('leaves ended tasks out unless asked for them, and then ends at once', async () => {
    await submit('over', ['true'])
    await ended('over')
    expect(await collectStream(results(['over']))).toEqual([])
    expect(await collectStream(results(['over'], true))).toMatchObject([{ task_id: 'over', status: 'completed' }])
  })
  it('follows all tasks from the ended ones on, without a seam', async () => {
    await submit('before', ['true'])
    await ended('before')
    const stream = results([], true)
    const collected = collectStream(stream, (messages) =>
      messages.some(({ task_id: id, status: word }) => id === 'seam-29' && word === 'completed'),
    )
    for (let index = 0; index < 30; index++) {
      await submit(`seam-${index}`, ['true'])
      if (index % 3 === 0) await ended(`seam-${index}`)
    }
    await ended(...Array.from({ length: 30 }, (_, index) => `seam-${index}`))
    const messages = await collected
    expect(messages.filter(({ task_id: id }) => id === 'before')).toMatchObject([{ status: 'completed' }])
    for (let index = 0; index < 30; index++) {
      const words = messages.filter(({ task_id: id }) => id === `seam-${index}`).map(({ status: word }) => word)
      expect([words.filter((word) => word === 'completed').length, new Set(words).size]).toEqual([
        index === 29 || words.includes('completed') ? 1 : 0,
        words.length,
      ])
    }
  })
  it('refuses a list with an unknown task', async () => {
    await expect(collectStream(results(['nobody']))).rejects.toMatchObject({ code: grpcStatus.NOT_FOUND })
  })
  it('ends its work when the client cancels, and when the deadline of the call is over', async () => {
    await submit('long', ['sleep', '600'])
    const stream = results(['long'])
    const collected = collectStream(stream, (messages) => messages.length >= 2)
    expect((await collected).at(-1)).toMatchObject({ status: 'running' })
    const late = world.orchestrator.StreamTaskResults({ task_ids: ['long'] }, world.metadata, { deadline: Date.now() + 300 })
    await expect(collectStream(late)).rejects.toMatchObject({ code: grpcStatus.DEADLINE_EXCEEDED })
    await world.daemon.runner.task('long').cancel()
    await ended('long')
    const { body } = await world.daemon.runner.metrics.text()
    expect(body).toContain('env_runner_open_streams{kind="results"} 0')
  })
})

describe('StreamEvents', () => {
  it('replays from a time, inclusive, and follows without a seam', async () => {
    const since = Math.floor(Date.now() / 1_000)
    await submit('event-0', ['true'])
    await ended('event-0')
    const stream = world.orchestrator.StreamEvents(
      { event_types: ['task_submitted', 'task_completed'], since_timestamp: since },
      world.metadata,
    )
    const collected = collectStream(stream, (messages) =>
      messages.some(({ event_type: type, resource_id: id }) => type === 'task_completed' && id === 'event-1'),
    )
    await submit('event-1', ['true'])
    const own = (await collected)
      .filter(({ resource_id: id }) => id!.startsWith('event-'))
      .map(({ event_type: type, resource_id: id }) => [type, id])
    expect(own).toEqual([
      ['task_submitted', 'event-0'],
      ['task_completed', 'event-0'],
      ['task_submitted', 'event-1'],
      ['task_completed', 'event-1'],
    ])
  })
})

describe('GetMetrics and Health', () => {
  it('knows its names and honours those it is asked for', async () => {
    const { metrics, timestamp } = await world.call(world.orchestrator.GetMetrics.bind(world.orchestrator), { metric_names: [] })
    for (const name of ['tasks_tracked_total', 'tasks_pending', 'tasks_running', 'tasks_completed', 'tasks_failed'])
      expect(metrics![name]).toBeTypeOf('number')
    expect(metrics!['tasks_completed']).toBeGreaterThan(10)
    expect(timestamp).toBeGreaterThan(1_700_000_000)
    const some = await world.call(world.orchestrator.GetMetrics.bind(world.orchestrator), {
      metric_names: ['tasks_failed', 'nonsense', 'constructor'],
    })
    expect(Object.keys(some.metrics!)).toEqual(['tasks_failed'])
  })
  it('is healthy while it takes tasks', async () => {
    const health = await world.call(world.orchestrator.Health.bind(world.orchestrator), {})
    expect(health).toMatchObject({
      healthy: true,
      version: expect.stringMatching(/^\d/) as string,
      services: { runner: 'accepting', journal: 'ok' },
    })
  })
  it('does not have workflows yet, and says so', async () => {
    await expect(world.call(world.orchestrator.CreateWorkflow.bind(world.orchestrator), {})).rejects.toMatchObject({
      code: grpcStatus.UNIMPLEMENTED,
      details: expect.stringContaining('workflows') as string,
    })
  })
})

describe('50 clients at once', () => {
  it('each have their task run once', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `parallel-${index}`)
    const answers = await Promise.all(ids.map((id) => submit(id, ['true'])))
    expect(answers.every(({ success }) => success)).toBe(true)
    await ended(...ids)
    for (const id of ids) expect(await status(id)).toMatchObject({ status: 'completed', result: { attempts: '1' } })
  })
  it('that cancel in the middle of a submission leave no task, or one of that id', async () => {
    for (let index = 0; index < 30; index++) {
      const id = `torn-${index}`
      const call = world.orchestrator.SubmitTask(request(id, ['true']), world.metadata, () => {})
      await delay(index % 5)
      call.cancel()
    }
    expect((await submit('after', ['true'])).success).toBe(true)
    const torn = world.daemon.runner.list({ limit: 1_000 }).filter(({ id }) => id.startsWith('torn-'))
    expect(new Set(torn.map(({ id }) => id)).size).toBe(torn.length)
    await ended('after', ...torn.map(({ id }) => id))
  })
})
