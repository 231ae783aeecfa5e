import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ListTasksRequest } from '../../src/servers/grpc/generated/envrunner/v1/ListTasksRequest.ts'
import type { ReadLogsRequest } from '../../src/servers/grpc/generated/envrunner/v1/ReadLogsRequest.ts'
import type { SubmitTaskRequest } from '../../src/servers/grpc/generated/envrunner/v1/SubmitTaskRequest.ts'
import type { WatchTasksRequest } from '../../src/servers/grpc/generated/envrunner/v1/WatchTasksRequest.ts'
import { collectStream, refusalOf } from '../support/grpc-client.ts'
import { createGrpcWorld, type GrpcWorld } from './grpc-harness.ts'

const capBytes = 65_536
let world: GrpcWorld
beforeAll(async () => {
  world = await createGrpcWorld({ logs: { max_bytes: capBytes, tail_bytes: capBytes } })
})
afterAll(() => world.close())

const running = (id: string, command: readonly string[], more: Partial<SubmitTaskRequest> = {}): SubmitTaskRequest => ({
  id,
  spec: { execution: { command: [...command] } },
  ...more,
})
const submit = (request: SubmitTaskRequest) => world.call(world.tasks.SubmitTask.bind(world.tasks), request)
const get = (id: string) => world.call(world.tasks.GetTask.bind(world.tasks), { id })
const list = (request: ListTasksRequest) => world.call(world.tasks.ListTasks.bind(world.tasks), request)
const cancel = (id: string, reason = '') => world.call(world.tasks.CancelTask.bind(world.tasks), { id, reason })
const wait = (id: string, timeoutSeconds?: number) =>
  world.call(world.tasks.WaitTask.bind(world.tasks), { id, ...(timeoutSeconds !== undefined && { timeout_seconds: timeoutSeconds }) })
const watch = (request: WatchTasksRequest) => world.tasks.WatchTasks(request, world.metadata)
const logs = (request: ReadLogsRequest) => collectStream(world.tasks.ReadLogs(request, world.metadata))
const textOf = (chunks: Awaited<ReturnType<typeof logs>>) => Buffer.concat(chunks.map(({ data }) => data as Buffer)).toString()
/** Resolves when a stream has told that the task is in this state. */
const reaches = (id: string, state: string) => collectStream(watch({ ids: [id] }), (seen) => seen.at(-1)!.state === state)

describe('SubmitTask', () => {
  it('answers with the accepted task, and for the same body again with the same one', async () => {
    const request: SubmitTaskRequest = {
      id: 'whole',
      task_class: 'TASK_CLASS_CPU_SHORT',
      priority: 3,
      workflow_id: 'wf',
      spec: {
        context_json: '{"run": 1}',
        execution: { command: ['sh', '-c', 'echo $A; cat in'], env: { A: 'b' }, timeout_seconds: 30, resources: { cpu_millicores: 100 } },
      },
    }
    const refused = await refusalOf(
      submit({ ...request, spec: { ...request.spec, artifacts: { outputs: [{ name: 'x', path: '../x' }] } } }),
    )
    expect(refused).toMatchObject({ status: 'PERMISSION_DENIED', code: 'POLICY_PATH', path: 'spec.artifacts.outputs[0].path' })
    const [first, second] = await Promise.all([submit(request), submit(request)])
    expect([first.created, second.created].sort()).toEqual([false, true])
    expect(first.task).toMatchObject({ id: 'whole', task_class: 'TASK_CLASS_CPU_SHORT', tenant: 'default', workflow_id: 'wf', priority: 3 })
    expect(second.task!.submitted_at_ms).toBe(first.task!.submitted_at_ms)
    expect(await refusalOf(submit({ ...request, priority: 4 }))).toMatchObject({
      status: 'ALREADY_EXISTS',
      code: 'TASK_CONFLICT',
      path: 'id',
    })
    await wait('whole')
  })
  it('makes an id where none is given', async () => {
    const { task, created } = await submit(running('', ['true']))
    expect([created, task!.id]).toEqual([true, expect.stringMatching(/^[A-Za-z0-9]/)])
  })
  it.each<[Partial<SubmitTaskRequest>, string, string, string]>([
    [{ id: '../etc' }, 'INVALID_ARGUMENT', 'INVALID_ID', 'id'],
    [{ spec: null }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec'],
    [{ spec: {} }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec.execution'],
    [{ task_class: 77 as never }, 'INVALID_ARGUMENT', 'CLASS_UNKNOWN', 'task_class'],
    [{ task_class: 'TASK_CLASS_GPU' }, 'FAILED_PRECONDITION', 'CLASS_UNAVAILABLE', 'task_class'],
    [{ spec: { execution: { command: ['a\0b'] } } }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec.execution.command[0]'],
    [{ spec: { context_json: '[]', execution: { command: ['true'] } } }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec.context_json'],
    [{ spec: { context_json: '{"a":{"__proto__":1}}', execution: { command: ['true'] } } }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec.context_json.a.__proto__'],
    [{ spec: { execution: { python: { module: 'm', function: 'f', args_json: 'x' } } } }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec.execution.python.args_json'],
    [{ spec: { execution: { command: ['true'], timeout_seconds: 1e6 } } }, 'INVALID_ARGUMENT', 'LIMIT_EXCEEDED', 'spec.execution.timeout_seconds'],
    [{ spec: { execution: { command: ['true'], timeout_seconds: NaN } } }, 'INVALID_ARGUMENT', 'INVALID_SPEC', 'spec.execution.timeout_seconds'],
    [{ spec: { execution: { command: ['true'], mounts: [{ host_path: '/etc', mount_path: '/e' }] } } }, 'PERMISSION_DENIED', 'POLICY_MOUNT', 'spec.execution.mounts[0].host_path'],
  ])('refuses %j with the field as the request spells it', async (more, status, code, path) => {
    expect(await refusalOf(submit(running('refused', ['true'], more)))).toMatchObject({ status, code, path, hint: expect.any(String) as string })
    expect(await refusalOf(get('refused'))).toMatchObject({ status: 'NOT_FOUND', path: 'id' })
  }) // prettier-ignore
})

describe('GetTask and WaitTask', () => {
  it('tell of a failed task what is known of it', async () => {
    const say = '::env-runner::{"type":"metric","name":"loss","value":0.5}\n__DSPY_RESULT__:{"a": 1}\n'
    await submit(running('fails', ['sh', '-c', `printf '%s' '${say}'; echo because >&2; exit 7`]))
    const task = await wait('fails')
    expect(task).toMatchObject({ state: 'TASK_STATE_FAILED', attempt: 1, why: expect.stringMatching(/^EXIT_NONZERO: /) as string })
    expect(task.result).toMatchObject({
      state: 'TASK_STATE_FAILED', exit_code: 7, attempts: 1, metrics: { loss: 0.5 }, error_code: 'EXIT_NONZERO', stderr_tail: 'because\n', stderr_bytes: 8, image_digest: '',
      logs_url: `${world.daemon.http}/api/v1/tasks/fails/logs`, error: expect.stringMatching(/because/) as string,
    }) // prettier-ignore
    expect(JSON.parse(task.result!.runner_output_json!)).toEqual({ a: 1 })
    expect(task.completed_at_ms).toBeGreaterThanOrEqual(task.started_at_ms)
    expect(await get('fails')).toEqual(task)
  })
  it('tell the signal of a task that one ended', async () => {
    await submit(running('killed', ['sh', '-c', 'kill -SEGV $$']))
    expect((await wait('killed')).result).toMatchObject({ signal: 11, error_code: 'KILLED_BY_SIGNAL' })
  })
  it('send text that every client can read, whatever a task has said', async () => {
    const say = String.raw`::env-runner::{"type":"progress","percent":1,"step":"\ud800","message":"\udc00"}`
    await submit(running('halves', ['sh', '-c', `echo '${say}'`]))
    const { progress } = await wait('halves')
    expect([progress!.step, progress!.message]).toEqual(['\ufffd', '\ufffd'])
    const { result: told } = await world.call(world.orchestrator.GetTaskStatus.bind(world.orchestrator), { task_id: 'halves' })
    expect(Object.values(told!).filter((text) => !text.isWellFormed())).toEqual([])
  })
  it('wait as long as they may: the task as it is then, or the deadline of the call', async () => {
    const { command, open } = world.gate()
    await submit(running('waits', command))
    await reaches('waits', 'TASK_STATE_RUNNING')
    expect(await wait('waits', 0.01)).toMatchObject({ state: 'TASK_STATE_RUNNING', result: null })
    const late = new Promise((resolve, reject) =>
      world.tasks.WaitTask({ id: 'waits' }, world.metadata, { deadline: Date.now() + 50 }, (error, task) => (error ? reject(error) : resolve(task))),
    ) // prettier-ignore
    expect(await refusalOf(late)).toMatchObject({ status: 'DEADLINE_EXCEEDED' })
    expect(await refusalOf(wait('waits', -1))).toMatchObject({ status: 'INVALID_ARGUMENT', path: 'timeout_seconds' })
    expect(await refusalOf(wait('nobody'))).toMatchObject({ status: 'NOT_FOUND', path: 'id' })
    const ended = wait('waits', 60)
    open()
    expect(await ended).toMatchObject({ state: 'TASK_STATE_COMPLETED', result: { exit_code: 0 } })
  })
  it('says why a task waits', async () => {
    const { command, open } = world.gate()
    await Promise.all(Array.from({ length: 9 }, (_, index) => submit(running(`line-${index}`, command))))
    await reaches('line-0', 'TASK_STATE_RUNNING')
    const last = await get('line-8')
    const explained = await world.call(world.tasks.ExplainTask.bind(world.tasks), { id: 'line-8' })
    expect([last.state, explained.state]).toEqual(['TASK_STATE_PENDING', 'TASK_STATE_PENDING'])
    expect(explained.sentences!.join('. ')).toBe(last.why)
    expect(last.why).toContain('place')
    open()
    await Promise.all(Array.from({ length: 9 }, (_, index) => wait(`line-${index}`)))
  })
})

describe('ListTasks', () => {
  const pages = async (request: ListTasksRequest): Promise<string[][]> => {
    const { tasks, next_page_token: next } = await list(request)
    const ids = tasks!.map(({ id }) => id!)
    return next === '' ? [ids] : [ids, ...(await pages({ ...request, page_token: next! }))]
  }
  it('pages through what a filter chooses, the newest first, each once', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `page-${index}`)
    for (const [index, id] of ids.entries()) await submit(running(id, [index === 2 ? 'false' : 'true'], { workflow_id: 'pages' }))
    await Promise.all(ids.map((id) => wait(id)))
    expect(await pages({ workflow_id: 'pages', page_size: 2 })).toEqual([['page-4', 'page-3'], ['page-2', 'page-1'], ['page-0']])
    const idsOf = async (request: ListTasksRequest) => (await list({ workflow_id: 'pages', ...request })).tasks!.map(({ id }) => id)
    expect(await idsOf({ states: ['TASK_STATE_FAILED'] })).toEqual(['page-2'])
    expect(await idsOf({ states: ['TASK_STATE_FAILED', 'TASK_STATE_COMPLETED'], page_size: 1_000 })).toHaveLength(5)
    expect(await idsOf({ task_class: 'TASK_CLASS_CPU_LONG' })).toEqual([])
    expect(await idsOf({ tenant: 'other' })).toEqual([])
    expect(await idsOf({ array_id: 'none' })).toEqual([])
  })
  it('keeps a page below what clients take, whatever the results hold', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `large-${index}`)
    const loud = ['sh', '-c', 'head -c 60000 /dev/zero | tr "\\0" x; head -c 60000 /dev/zero | tr "\\0" y >&2; exit 1']
    await Promise.all(ids.map((id) => submit(running(id, loud, { workflow_id: 'large' }))))
    await Promise.all(ids.map((id) => wait(id)))
    const found = await pages({ workflow_id: 'large', page_size: 1_000 })
    expect(found.length).toBeGreaterThan(1)
    expect(found.flat().sort()).toEqual(ids.sort())
  })
  it.each<[ListTasksRequest, string, string]>([
    [{ page_size: 1_001 }, 'INVALID_ARGUMENT', 'page_size'],
    [{ page_size: -1 }, 'INVALID_ARGUMENT', 'page_size'],
    [{ states: ['TASK_STATE_FAILED', 99 as never] }, 'INVALID_ARGUMENT', 'states[1]'],
    [{ task_class: 99 as never }, 'INVALID_ARGUMENT', 'task_class'],
    [{ page_token: 'nobody' }, 'NOT_FOUND', 'page_token'],
  ])('refuses %j', async (request, status, path) => expect(await refusalOf(list(request))).toMatchObject({ status, path }))
})

describe('CancelTask', () => {
  it('ends a task, says why, and is idempotent', async () => {
    await submit(running('enough', world.gate().command))
    await reaches('enough', 'TASK_STATE_RUNNING')
    await cancel('enough', 'seen enough')
    const task = await wait('enough')
    expect(task).toMatchObject({ state: 'TASK_STATE_CANCELLED', why: expect.stringContaining('seen enough') as string, result: { error_code: 'CANCELLED' } })
    expect(await cancel('enough', 'again')).toEqual(task)
    expect(await refusalOf(cancel('nobody'))).toMatchObject({ status: 'NOT_FOUND', code: 'NOT_FOUND', path: 'id' })
    expect(await refusalOf(cancel('enough', 'x'.repeat(1_001)))).toMatchObject({ status: 'INVALID_ARGUMENT', path: 'reason' })
  }) // prettier-ignore
})

describe('WatchTasks', () => {
  it('tells every change of listed tasks in the order of the journal, and ends with the last of them', async () => {
    await submit(running('seen-a', ['true']))
    await submit(running('seen-b', ['sh', '-c', `echo '::env-runner::{"type":"progress","percent":40}'`]))
    const updates = await collectStream(watch({ ids: ['seen-a', 'seen-b', 'seen-a'] }))
    const positions = updates.map(({ position }) => position)
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
    for (const id of ['seen-a', 'seen-b']) {
      const own = updates.filter((update) => update.id === id)
      expect([own[0]!.state, own.at(-1)!.state]).toEqual(['TASK_STATE_PENDING', 'TASK_STATE_COMPLETED'])
      expect(own.map(({ task }) => task !== null)).toEqual(own.map((_, index) => index === own.length - 1))
      expect(own.at(-1)!.task).toEqual(await get(id))
    }
    expect(updates.find(({ type }) => type === 'task.progressed')).toMatchObject({ id: 'seen-b', progress: { percent: 40 }, attempt: 1 })
  }) // prettier-ignore
  it('goes on behind any update, without loss or repetition', async () => {
    await submit(running('cursor', ['sh', '-c', `echo '::env-runner::{"type":"progress","percent":40}'`]))
    const all = await collectStream(watch({ ids: ['cursor'] }))
    for (const [index, { position }] of all.entries())
      expect(await collectStream(watch({ ids: ['cursor'], after_position: position! }))).toEqual(all.slice(index + 1))
  })
  it('follows everything from now on, and what was told before from a position on', async () => {
    const { last_position: before } = await world.call(world.control.GetStatus.bind(world.control), {})
    await submit(running('later-0', ['true']))
    await wait('later-0')
    const ends = (id: string) => (seen: readonly { id?: string; task?: unknown }[]) =>
      seen.some((update) => update.id === id && update.task)
    const replayed = await collectStream(watch({ after_position: before! }), ends('later-0'))
    expect(replayed.map(({ id }) => id)).toEqual(replayed.map(() => 'later-0'))
    const stream = watch({})
    const live = collectStream(stream, ends('later-1'))
    await new Promise((resolve) => stream.once('metadata', resolve))
    await submit(running('later-1', ['true']))
    expect((await live).map(({ id }) => id)).not.toContain('later-0')
  })
  it('refuses unknown tasks and positions that are none', async () => {
    expect(await refusalOf(collectStream(watch({ ids: ['cursor', 'nobody'] })))).toMatchObject({ status: 'NOT_FOUND', path: 'id' })
    expect(await refusalOf(collectStream(watch({ after_position: -1 })))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      path: 'after_position',
    })
    const many = Array.from({ length: 10_001 }, (_, index) => `t${index}`)
    expect(await refusalOf(collectStream(watch({ ids: many })))).toMatchObject({ code: 'LIMIT_EXCEEDED', path: 'ids' })
  })
})

describe('ReadLogs', () => {
  it('gives both streams, or one from an offset on', async () => {
    await submit(running('prints', ['sh', '-c', 'echo hello; echo trouble >&2']))
    await wait('prints')
    const both = await logs({ id: 'prints' })
    expect(both.map(({ stream, attempt, offset, data }) => [stream, attempt, offset, String(data)]).sort()).toEqual([
      ['LOG_STREAM_STDERR', 1, 0, 'trouble\n'],
      ['LOG_STREAM_STDOUT', 1, 0, 'hello\n'],
    ])
    expect(await logs({ id: 'prints', streams: ['LOG_STREAM_STDOUT'], offset: 4 })).toMatchObject([{ offset: 4, gap: 0, data: Buffer.from('o\n') }])
    expect(await logs({ id: 'prints', streams: ['LOG_STREAM_STDOUT'], offset: 1_000 })).toEqual([])
  }) // prettier-ignore
  it('follows a running task to its end, from before its first attempt on', async () => {
    const { command, open } = world.gate()
    await submit(running('speaks', ['sh', '-c', `echo first; ${command[2]!}; echo last`]))
    const stream = world.tasks.ReadLogs({ id: 'speaks', follow: true }, world.metadata)
    stream.once('data', open)
    const texts: string[] = []
    for await (const { data } of stream as AsyncIterable<{ data: Buffer }>) texts.push(data.toString())
    expect(texts.join('')).toBe('first\nlast\n')
  })
  it('says where to go on when bytes were given back', async () => {
    await submit(running('loud', ['sh', '-c', `head -c ${8 * capBytes} /dev/zero | tr '\\0' x; echo end`]))
    const { result } = await wait('loud')
    expect(result!.stdout_bytes).toBe(8 * capBytes + 4)
    const whole = await logs({ id: 'loud', streams: ['LOG_STREAM_STDOUT'] })
    const after = whole.find(({ gap }) => gap > 0)!
    expect(textOf(whole).length + after.gap).toBe(8 * capBytes + 4)
    const inside = after.offset - 1
    const refused = await refusalOf(logs({ id: 'loud', streams: ['LOG_STREAM_STDOUT'], offset: inside }))
    expect(refused).toMatchObject({ status: 'OUT_OF_RANGE', code: 'OUT_OF_RANGE', path: 'offset', hint: `Read from ${after.offset}` })
    const next = Number(/\d+/.exec(refused.hint!)![0])
    expect(textOf(await logs({ id: 'loud', streams: ['LOG_STREAM_STDOUT'], offset: next })).endsWith('end\n')).toBe(true)
  })
  it.each<[ReadLogsRequest, string, string]>([
    [{ id: 'nobody' }, 'NOT_FOUND', 'id'],
    [{ id: 'prints', attempt: 2 }, 'NOT_FOUND', 'attempt'],
    [{ id: 'prints', attempt: 3, follow: true }, 'NOT_FOUND', 'attempt'],
    [{ id: 'prints', attempt: -1 }, 'INVALID_ARGUMENT', 'attempt'],
    [{ id: 'prints', offset: -1 }, 'INVALID_ARGUMENT', 'offset'],
    [{ id: 'prints', offset: 2 ** 60 }, 'INVALID_ARGUMENT', 'offset'],
    [{ id: 'prints', streams: ['LOG_STREAM_UNSPECIFIED'] }, 'INVALID_ARGUMENT', 'streams[0]'],
  ])('refuses %j', async (request, status, path) => expect(await refusalOf(logs(request))).toMatchObject({ status, path }))
})
