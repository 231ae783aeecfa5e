import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeRunner } from '../../../test/support/fake-runner.ts'
import { createTestApp } from '../../../test/support/http-app.ts'
import { failure, RunnerError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Collected, OutputFile } from '../../domain/result.ts'

let fake: ReturnType<typeof createFakeRunner>
let app: FastifyInstance
let files: Map<string, string>

beforeEach(async () => {
  fake = createFakeRunner()
  files = new Map()
  app = await createTestApp(fake, {
    streamsMax: 2,
    artifacts: {
      read: async (uri, use) => {
        const text = files.get(uri)
        if (text === undefined) throw new RunnerError('INPUT_UNAVAILABLE', `${uri} does not exist`)
        const bytes = Buffer.from(text)
        const chunks = (async function* () {
          yield* [bytes.subarray(0, 3), bytes.subarray(3)]
        })()
        return use({ sizeBytes: bytes.length, version: '1', checksum: null, isExecutable: false }, chunks)
      },
    },
  })
})
afterEach(() => app.close())

const execute = async (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) => {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await app.inject({ method: 'POST', url: '/tasks/execute', headers, payload })
  return { status: answer.statusCode, headers: answer.headers, json: answer.json<Record<string, unknown>>() }
}
const task = (id: string, more: object = {}) => ({ id, payload: { tenant: 'acme', execution: { command: ['true'] }, ...more } })
const submitted = (id: string) => expect.poll(() => fake.runner.list({ limit: 10 }).some((row) => row.id === id)).toBe(true)

const collected = (outputs: readonly OutputFile[] = []): Collected => ({
  outputs,
  summary: {
    stdoutTail: 'out', stderrTail: 'Traceback\n', stdoutBytes: 3, stderrBytes: 10, metrics: { tokens: 512, wall_clock_ms: -1 },
    runnerOutput: { answer: 42 }, exception: null,
  },
}) // prettier-ignore

describe('POST /tasks/execute', () => {
  it('answers when the task has ended, with the runner result and the metadata that the orchestrator reads', async () => {
    const waiting = execute({ ...task('a', { workflow_id: 'wf' }), class: 'cpu_long' })
    await submitted('a')
    fake.start('a')
    fake.end('a', 'completed', { collected: collected(), latencyMs: 1_234 })
    expect(await waiting).toMatchObject({
      status: 200,
      json: {
        id: 'a',
        embeddings: [],
        latency_ms: 1_234,
        status: 'completed',
        exit_code: 0,
        result: { latency_ms: 1_234, outputs: [], metrics: { tokens: 512 } },
        error: null,
        metadata: {
          status: 'completed',
          exit_code: 0,
          duration_ms: 1_234,
          tenant: 'acme',
          workflow_id: 'wf',
          result: { outputs: [], metrics: { tokens: 512, wall_clock_ms: 1_234, task_class: 'cpu_long' }, outputs_summary: {} },
          logs: { stdout_path: '/logs/a.1.stdout', stdout_tail: 'out' },
          progress: [],
          working_dir: '/work/a.1',
          runner_output: { answer: 42 },
        },
      },
    })
  })
  it('answers 500 for a task that failed, with code, exit code and the end of stderr in its error', async () => {
    const waiting = execute(task('a'))
    await submitted('a')
    fake.start('a')
    const outOfMemory = failure('OUT_OF_MEMORY', 'the memory limit ended it')
    fake.end('a', 'failed', { exit: { code: 137, signal: null, oomKilled: true }, failure: outOfMemory, collected: collected() })
    const { status, json } = await waiting
    expect([status, json['error']]).toEqual([500, 'OUT_OF_MEMORY: the memory limit ended it (exit code 137)\nTraceback'])
    expect(json).toMatchObject({
      status: 'failed',
      error_code: 'OUT_OF_MEMORY',
      exit_code: 137,
      metadata: { status: 'failed', exit_code: 137 },
    })
  })
  it('answers for a task that never ran, and for one that was cancelled', async () => {
    for (const [id, code] of [['a', 'TIMEOUT_QUEUE'], ['b', 'CANCELLED']] as const) {
      const waiting = execute(task(id))
      await submitted(id)
      fake.end(id, id === 'a' ? 'failed' : 'cancelled', { exit: null, failure: failure(code, 'so it was'), startedAt: null, latencyMs: 0 })
      const { status, json } = await waiting
      expect([status, json['error']]).toEqual([500, `${code}: so it was`])
      expect(json).toMatchObject({ exit_code: null, metadata: { working_dir: null, logs: { stdout_path: null } } })
    }
  }) // prettier-ignore
  it('answers the same again for the same id and body, without running anything', async () => {
    await fake.runner.submit(task('a'))
    fake.end('a')
    const first = await execute(task('a'))
    expect(first).toMatchObject({ status: 200, json: { id: 'a' } })
    expect(await execute(task('a'))).toEqual({ ...first, headers: expect.anything() as object })
  })
  it('tells how the task went, out of its journal', async () => {
    await fake.runner.submit(task('a'))
    const state = (value: string): { state: JsonObject } => ({ state: { value, context: {} } })
    fake.tell('a', [], { ...state('pending'), type: 'task.submitted', data: { spec: { artifacts: { outputs: [] } } } })
    fake.tell('a', [], state('running'))
    fake.tell('a', [], { type: 'task.progressed', data: { progress: { percent: 42.5, step: 'train', message: null } } })
    fake.tell('a', [], { state: null })
    fake.tell('a', [], state('completed'))
    fake.end('a')
    const { json } = await execute(task('a'))
    expect((json['metadata'] as JsonObject)['progress']).toEqual([
      { status: 'pending', timestamp: '1970-01-01T00:00:01.000Z', progress: null },
      { status: 'running', timestamp: '1970-01-01T00:00:02.000Z', progress: null },
      { status: 'running', timestamp: '1970-01-01T00:00:03.000Z', progress: 42.5, step: 'train' },
      { status: 'completed', timestamp: '1970-01-01T00:00:05.000Z', progress: null },
    ])
  })
  it('tells the last thousand entries of a task that reported for long', async () => {
    await fake.runner.submit(task('a'))
    for (let percent = 0; percent < 5_000; percent++)
      fake.tell('a', [], { type: 'task.progressed', data: { progress: { percent, step: null, message: null } } })
    fake.end('a')
    const { json } = await execute(task('a'))
    const progress = (json['metadata'] as { progress: { progress: number }[] }).progress
    expect([progress.length, progress[0]!.progress, progress.at(-1)!.progress]).toEqual([1_000, 4_000, 4_999])
  })
  it('shows small JSON outputs by the names of their files, and nothing that is not what the task left', async () => {
    const stored = (name: string, text: string, more: Partial<OutputFile> = {}): OutputFile => {
      const path = `file:///kept/${name}`
      files.set(path, text)
      const checksum = `sha256:${createHash('sha256').update(text).digest('hex')}`
      return { name, path, type: 'json', sizeBytes: text.length, checksum, ...more }
    }
    const outputs = [
      stored('metrics', '{"loss":0.5}'),
      stored('again', '[1]'),
      stored('parts/deep/b.json', '"b"'),
      stored('model', '{"no":1}', { type: 'binary' }),
      stored('large', `"${'x'.repeat(70_000)}"`),
      stored('broken', '{"a":'),
      stored('deep', `${'['.repeat(30_000)}${']'.repeat(30_000)}`),
      stored('hostile', '{"__proto__":{"a":1}}'),
      stored('replaced', '{"was":1}', { checksum: `sha256:${'0'.repeat(64)}` }),
      { ...stored('gone', '{}'), path: 'file:///kept/nowhere' },
      ...Array.from({ length: 6 }, (_, index) => stored(`many${index}`, `"${'y'.repeat(60_000)}"`)),
    ]
    const asked = [{ name: 'metrics', path: 'out/metrics.json' }, { name: 'again', path: 'other/metrics.json' }, { name: 'model', path: 'model.bin' }] // prettier-ignore
    await fake.runner.submit(task('a'))
    fake.tell('a', [], { type: 'task.submitted', data: { spec: { artifacts: { outputs: asked } } } })
    fake.end('a', 'completed', { collected: collected(outputs) })
    const { json } = await execute(task('a'))
    const summary = (json['metadata'] as { result: { outputs_summary: JsonObject } }).result.outputs_summary
    const { many0, many1, many2, many3, ...rest } = summary
    expect(rest).toEqual({ 'metrics.json': { loss: 0.5 }, again: [1], 'deep/b.json': 'b' })
    expect([many0, many1, many2, many3].every((text) => typeof text === 'string')).toBe(true)
  })
})

describe('a task that is refused', () => {
  it.each([
    ['broken JSON', '{"payload": ', 'INVALID_SPEC'],
    ['nothing to run', { payload: { execution: {} } }, 'INVALID_SPEC'],
    ['an impossible id', task('a/b'), 'INVALID_ID'],
    ['a class that nobody knows', { ...task('a'), class: 'fast' }, 'CLASS_UNKNOWN'],
    ['a body over the limit', `"${'x'.repeat(1_000_001)}"`, 'PAYLOAD_TOO_LARGE'],
    ['10,000 levels', `{"payload":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, 'LIMIT_EXCEEDED'],
  ])('for %s is a 400 with the reason in one line', async (_, body, code) => {
    const { status, json } = await execute(body)
    expect(status).toBe(400)
    expect(json).toMatchObject({ status: 400, code, error: expect.stringMatching(new RegExp(`^${code}: .+\\(.+\\)`)) as string })
    expect(fake.runner.list({ limit: 1 })).toEqual([])
  })
  it('is a 400 when the id belongs to another task, which is untouched', async () => {
    await fake.runner.submit(task('a'))
    expect(await execute({ ...task('a'), priority: 5 })).toMatchObject({ status: 400, json: { code: 'TASK_CONFLICT' } })
    expect(fake.runner.task('a').status().priority).toBe(0)
  })
  it.each([
    ['POLICY_MOUNT', 400],
    ['NOT_SUPPORTED', 400],
    ['PERMISSION_DENIED', 403],
    ['RUNNER_BUSY', 429],
    ['DRAINING', 503],
    ['JOURNAL_UNAVAILABLE', 503],
  ] as const)('with %s is a %i', async (code, status) => {
    fake.state.refuse = new RunnerError(code, 'no', { path: 'p', hint: 'h' })
    const answer = await execute(task('a'))
    expect(answer).toMatchObject({ status, json: { code, error: `${code}: no (p). h` } })
    expect(answer.headers['retry-after']).toBe(status >= 429 ? '1' : undefined)
  })
  it('is a 429 before anything is begun when too many calls wait already', async () => {
    const waiting = ['a', 'b'].map((id) => execute(task(id)))
    await submitted('b')
    expect(await execute(task('c'))).toMatchObject({ status: 429, json: { code: 'TOO_MANY_STREAMS' } })
    expect(fake.runner.list({ limit: 10 }).map(({ id }) => id)).toEqual(['b', 'a'])
    for (const id of ['a', 'b']) fake.end(id)
    await Promise.all(waiting)
    await fake.runner.submit(task('d'))
    fake.end('d')
    expect(await execute(task('d'))).toMatchObject({ status: 200 })
  })
  it('hides the text of a defect', async () => {
    fake.state.refuse = new Error('secret path')
    const { status, json } = await execute(task('a'))
    expect([status, json['error']]).toEqual([500, 'INTERNAL: the runner failed to answer; its log says why'])
  })
})

it('is healthy, and tells the hardware', async () => {
  expect((await app.inject('/health')).json()).toEqual({ status: 'healthy' })
  expect((await app.inject('/hardware')).json()).toEqual({
    hostname: 'fake',
    cpu: { cores: 2, millicores: 2_000 },
    memory: { total_bytes: 2 ** 31 },
    accelerators: [],
  })
  expect((await app.inject('/hardware?x=1')).statusCode).toBe(400)
})
