import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeRunner } from '../../../test/support/fake-runner.ts'
import { createTestApp } from '../../../test/support/http-app.ts'
import { failure, RunnerError } from '../../domain/errors.ts'

let fake: ReturnType<typeof createFakeRunner>
let app: FastifyInstance
/** Fires the timer that was set last. */
let elapse: () => void

beforeEach(async () => {
  fake = createFakeRunner()
  elapse = () => {}
  const timer = (_: number, run: () => void) => ((elapse = run), () => {})
  app = await createTestApp(fake, { clock: { now: () => 0, monotonic: () => 0, timer }, bodyBytesMax: 100_000 })
})
afterEach(() => app.close())

const call = async (method: 'GET' | 'POST', url: string, body?: unknown, headers: Record<string, string> = {}) => {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const {
    statusCode: status,
    headers: received,
    body: text,
    rawPayload,
  } = await app.inject({ method, url, headers: { ...type, ...headers }, ...(payload === undefined ? {} : { payload }) })
  const json =
    String(received['content-type']).includes('json') && !text.includes('}\n') ? (JSON.parse(text) as Record<string, unknown>) : null
  return { status, headers: received, text, bytes: rawPayload, json }
}
const task = (id: string, more: object = {}) => ({ id, payload: { execution: { command: ['true'] } }, ...more })
const submit = async (id: string, more: object = {}) => {
  expect((await call('POST', '/api/v1/tasks', task(id, more))).status).toBe(201)
}

describe('submitting', () => {
  it('answers 201 with the task and its place, 200 for the same again, 409 for another body under its id', async () => {
    const first = await call('POST', '/api/v1/tasks', task('a'))
    expect([first.status, first.headers.location, first.json]).toMatchObject([
      201,
      '/api/v1/tasks/a',
      { id: 'a', status: 'pending', why: 'it was submitted. it waits for a place' },
    ])
    expect((await call('POST', '/api/v1/tasks', task('a'))).status).toBe(200)
    const conflict = await call('POST', '/api/v1/tasks', task('a', { priority: 5 }))
    expect(conflict.headers['content-type']).toContain('application/problem+json')
    expect(conflict.status).toBe(409)
    expect(conflict.json).toMatchObject({ status: 409, code: 'TASK_CONFLICT', path: 'id', hint: 'Choose another id' })
    expect((await call('GET', '/api/v1/tasks/a')).json).toMatchObject({ priority: 0 })
  })
  it('with wait=true answers the runner result, 200 whatever the outcome', async () => {
    const waiting = call('POST', '/api/v1/tasks?wait=true', task('a'))
    await untilSubmitted('a')
    fake.start('a')
    fake.end('a', 'failed', { exit: { code: 3, signal: null, oomKilled: false }, failure: failure('EXIT_NONZERO', 'exit code 3') })
    const { status, json } = await waiting
    expect([status, json]).toMatchObject([200, { status: 'failed', exit_code: 3, error_code: 'EXIT_NONZERO', logs_url: null }])
  })
  it('with timeout_seconds answers 202 and the task as it is when the time is over', async () => {
    const waiting = call('POST', '/api/v1/tasks?wait=true&timeout_seconds=0.5', task('a'))
    await untilSubmitted('a')
    elapse()
    const { status, json } = await waiting
    expect([status, json]).toMatchObject([202, { id: 'a', status: 'pending', result: null }])
  })
  it('waits for a known task by GET as well', async () => {
    await submit('a')
    const waiting = call('GET', '/api/v1/tasks/a?wait=true')
    fake.end('a')
    expect(await waiting).toMatchObject({ status: 200, json: { status: 'completed', exit_code: 0 } })
  })
})

/** The submission is made before its answer waits. */
const untilSubmitted = async (id: string) => {
  await expect.poll(() => fake.runner.list({ limit: 10 }).some((row) => row.id === id)).toBe(true)
  await new Promise((resolve) => setImmediate(resolve))
}

describe('a submission that is refused', () => {
  const spec = (execution: object) => ({ payload: { execution } })
  it.each([
    ['no body', undefined, 400, 'INVALID_SPEC', 'body'],
    ['broken JSON', '{"payload": ', 400, 'INVALID_SPEC', 'body'],
    ['JSON that is no object', '[]', 400, 'INVALID_SPEC', 'payload'],
    ['a body that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'INVALID_SPEC', 'body'],
    ['an empty command', spec({ command: [] }), 400, 'INVALID_SPEC', 'payload.execution.command'],
    ['a command of the wrong type', spec({ command: 'ls' }), 400, 'INVALID_SPEC', 'payload.execution.command'],
    ['an unknown field', spec({ command: ['x'], comand: [] }), 400, 'INVALID_SPEC', 'payload.execution.comand'],
    ['a class that nobody knows', { ...task('x'), class: 'cpu_shrt' }, 400, 'CLASS_UNKNOWN', 'class'],
    ['a negative timeout', spec({ command: ['x'], timeout_seconds: -1 }), 400, 'INVALID_SPEC', 'payload.execution.timeout_seconds'],
    [
      'an infinite timeout',
      '{"payload":{"execution":{"command":["x"],"timeout_seconds":1e999}}}',
      400,
      'INVALID_SPEC',
      'payload.execution.timeout_seconds',
    ],
    ['NaN', '{"payload":{"execution":{"command":["x"],"timeout_seconds":NaN}}}', 400, 'INVALID_SPEC', 'body'],
    [
      'a fraction of a byte',
      spec({ command: ['x'], resources: { mem_bytes: 1.5 } }),
      400,
      'INVALID_SPEC',
      'payload.execution.resources.mem_bytes',
    ],
    ['an id with a slash', task('a/b'), 400, 'INVALID_ID', 'id'],
    ['an id with ..', task('a..b'), 400, 'INVALID_ID', 'id'],
    ['an id with NUL', task('a\0b'), 400, 'INVALID_ID', 'id'],
    ['an id with a control character', task('a\u001bb'), 400, 'INVALID_ID', 'id'],
    ['__proto__', '{"payload":{"execution":{"command":["x"]},"__proto__":{"a":1}}}', 400, 'INVALID_SPEC', 'payload.__proto__'],
    ['10,000 levels', `{"payload":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, 422, 'LIMIT_EXCEEDED', 'payload.a.a'],
    ['a body over the limit', `"${'x'.repeat(100_001)}"`, 413, 'PAYLOAD_TOO_LARGE', 'body'],
  ])('for %s says what and where', async (_, body, status, code, path) => {
    const answer = await call('POST', '/api/v1/tasks', body)
    expect([answer.status, answer.json?.['code']]).toEqual([status, code])
    expect(answer.json?.['path'] ?? '').toContain(path)
    expect(answer.json?.['hint']).toBeTruthy()
    expect(fake.runner.list({ limit: 1 })).toEqual([])
  })
  it('is refused unread when it is not declared as JSON, as a form of another site would be', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      expect(await call('POST', '/api/v1/tasks', task('a'), { 'content-type': type })).toMatchObject({
        status: 400,
        json: { code: 'INVALID_SPEC', path: 'Content-Type' },
      })
    }
    expect(fake.runner.list({ limit: 1 })).toEqual([])
  })
  it.each([
    ['CLASS_UNAVAILABLE', 422],
    ['NOT_SUPPORTED', 422],
    ['POLICY_MOUNT', 403],
    ['RUNNER_BUSY', 429],
    ['DRAINING', 503],
    ['JOURNAL_UNAVAILABLE', 503],
  ] as const)('with %s is a %i', async (code, status) => {
    fake.state.refuse = new RunnerError(code, 'no', { path: 'p', hint: 'h' })
    const answer = await call('POST', '/api/v1/tasks', task('a'))
    expect(answer).toMatchObject({ status, json: { code, detail: 'no', path: 'p', hint: 'h' } })
    expect(answer.headers['retry-after']).toBe(status === 429 || status === 503 ? '1' : undefined)
  })
  it('hides the text of a defect', async () => {
    fake.state.refuse = new Error('secret path')
    expect((await call('POST', '/api/v1/tasks', task('a'))).text).not.toContain('secret')
  })
})

describe('looking', () => {
  it('lists newest first, in pages, filtered', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await submit(id, id === 'b' ? { class: 'cpu_long' } : {})
    fake.end('c')
    const ids = async (query: string) =>
      ((await call('GET', `/api/v1/tasks?${query}`)).json!['tasks'] as { id: string }[]).map(({ id }) => id)
    expect(await ids('')).toEqual(['d', 'c', 'b', 'a'])
    expect(await ids('status=completed')).toEqual(['c'])
    expect(await ids('status=completed,pending&limit=2')).toEqual(['d', 'c'])
    expect(await ids('class=cpu_long')).toEqual(['b'])
    expect(await ids('tenant=nobody')).toEqual([])
    const first = (await call('GET', '/api/v1/tasks?limit=2')).json!
    expect(first['next']).toBe('c')
    expect(await ids('limit=2&after=c')).toEqual(['b', 'a'])
    expect((await call('GET', '/api/v1/tasks?limit=2&after=a')).json).toEqual({ tasks: [], next: null })
  })
  it('refuses a filter that it does not understand, instead of listing everything', async () => {
    for (const [query, path] of [
      ['state=failed', 'query.state'],
      ['status=done', 'query.status'],
      ['limit=0', 'query.limit'],
      ['limit=1e3', 'query.limit'],
      ['limit=1001', 'query.limit'],
      ['limit=5&limit=6', 'query.limit'],
      ['after=a/b', 'query.after'],
    ])
      // prettier-ignore
      expect(await call('GET', `/api/v1/tasks?${query}`)).toMatchObject({ status: 400, json: { code: 'INVALID_SPEC', path: expect.stringContaining(path!) } })
    expect(await call('GET', '/api/v1/tasks?limt=3')).toMatchObject({ json: { hint: 'Did you mean limit?' } })
    expect(await call('GET', '/api/v1/tasks?after=nobody')).toMatchObject({ status: 404 })
  })
  it.each(['', '/logs', '/events', '/explain'])('of a task that is not there%s is a 404', async (suffix) => {
    expect(await call('GET', `/api/v1/tasks/nobody${suffix}`)).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } })
    expect(await call('GET', `/api/v1/tasks/${'n'.repeat(128)}${suffix}`)).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } })
  })
  it.each(['..%2f..%2fetc', 'a%2Fb', 'a%00b', '%1b', 'n'.repeat(129), 'n'.repeat(2_000), '%zz'])('refuses the id %s', async (id) => {
    expect(await call('GET', `/api/v1/tasks/${id}`)).toMatchObject({ status: 400, json: { code: 'INVALID_ID' } })
  })
  it('gives the history in pages', async () => {
    await submit('a')
    const all = (await call('GET', '/api/v1/tasks/a/events')).json!
    expect([(all['events'] as object[]).length, all['next']]).toEqual([3, null])
    expect((all['events'] as object[])[0]).toEqual({
      position: 1,
      seq: 0,
      at: 0,
      type: 'task.submitted',
      data: {},
      state: null,
      public: [],
    })
    const page = (await call('GET', '/api/v1/tasks/a/events?from_seq=1&limit=1')).json!
    expect([(page['events'] as { seq: number }[])[0]?.seq, page['next']]).toEqual([1, 2])
  })
  it('explains', async () => {
    await submit('a')
    expect((await call('GET', '/api/v1/tasks/a/explain')).json).toEqual({
      id: 'a',
      status: 'pending',
      explain: ['it was submitted', 'it waits for a place'],
    })
  })
  it('answers an unknown route with what to do', async () => {
    expect(await call('GET', '/api/v2/tasks')).toMatchObject({
      status: 404,
      json: { code: 'NOT_FOUND', hint: '/api/v1/docs shows the calls that there are' },
    })
  })
})

describe('cancelling', () => {
  it('is 202, again and again, with or without a reason', async () => {
    await submit('a')
    expect(await call('POST', '/api/v1/tasks/a/cancel', { reason: 'no need' })).toMatchObject({
      status: 202,
      json: { cancel_reason: 'no need' },
    })
    expect(await call('POST', '/api/v1/tasks/a/cancel')).toMatchObject({ status: 202, json: { cancel_reason: 'no need' } })
    fake.end('a')
    expect(await call('POST', '/api/v1/tasks/a/cancel')).toMatchObject({ status: 202, json: { status: 'completed' } })
  })
  it.each([[{ raeson: 'x' }], [{ reason: 5 }], [{ reason: 'x'.repeat(1_001) }], ['"text"'], ['[]']])('refuses %o', async (body) => {
    await submit('a')
    expect(await call('POST', '/api/v1/tasks/a/cancel', body)).toMatchObject({ status: 400, json: { code: 'INVALID_SPEC' } })
    expect(fake.runner.task('a').status().cancelReason).toBeNull()
  })
  it('of an unknown task is a 404', async () => {
    expect(await call('POST', '/api/v1/tasks/nobody/cancel')).toMatchObject({ status: 404 })
  })
})

describe('logs', () => {
  const logs = (query: string, headers: Record<string, string> = {}) => call('GET', `/api/v1/tasks/a/logs?${query}`, undefined, headers)
  beforeEach(async () => {
    await submit('a')
  })

  it('are empty before the first attempt', async () => {
    expect(await logs('stream=stdout')).toMatchObject({ status: 200, text: '' })
  })
  it('are the bytes of the file, whatever they are, with their length', async () => {
    fake.start('a')
    const bytes = Buffer.from([0, 255, 10, 13, 254, 0x1b])
    fake.print('a', 'stdout', bytes)
    const answer = await logs('stream=stdout')
    expect([answer.headers['content-length'], answer.headers['accept-ranges'], answer.headers['x-content-type-options']]).toEqual([
      '6',
      'bytes',
      'nosniff',
    ])
    expect(answer.bytes.equals(bytes)).toBe(true)
  })
  it('honour Range', async () => {
    fake.start('a')
    fake.print('a', 'stdout', '0123456789')
    const part = await logs('stream=stdout', { range: 'bytes=2-4' })
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
    expect((await logs('stream=stdout', { range: 'bytes=-3' })).text).toBe('789')
    expect((await logs('stream=stdout', { range: 'bytes=0-1,3-4' })).status).toBe(200)
    const beyond = await logs('stream=stdout', { range: 'bytes=10-' })
    expect([beyond.status, beyond.headers['content-range'], beyond.json?.['code']]).toEqual([416, 'bytes */10', 'OUT_OF_RANGE'])
  })
  it('say where bytes were given back, and never serve a range over the place', async () => {
    fake.start('a')
    fake.print('a', 'stdout', '0123456789')
    fake.punch('a', 3, 7)
    expect((await logs('stream=stdout')).text).toBe('012\n[env-runner: 4 bytes of this log were given back]\n789')
    const across = await logs('stream=stdout', { range: 'bytes=1-9' })
    expect([across.status, across.text, across.headers['content-range']]).toEqual([206, '12', 'bytes 1-2/10'])
    expect((await logs('stream=stdout', { range: 'bytes=7-' })).text).toBe('789')
    const inside = await logs('stream=stdout', { range: 'bytes=4-9' })
    expect([inside.status, inside.json]).toMatchObject([416, { code: 'OUT_OF_RANGE', hint: expect.stringContaining('7') }])
    expect((await logs('stream=stdout&offset=5')).status).toBe(416)
  })
  it('come as lines for those who ask for lines', async () => {
    fake.start('a')
    fake.print('a', 'stdout', 'one\n::env-runner::{"type":"progress"}\ntwo')
    fake.print('a', 'stderr', 'err\n')
    const answer = await logs('', { accept: 'application/x-ndjson' })
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    expect(answer.text.trimEnd().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
      { offset: 0, stream: 'stdout', attempt: 1, time: null, line: 'one' },
      { offset: 0, stream: 'stderr', attempt: 1, time: null, line: 'err' },
      { offset: 38, stream: 'stdout', attempt: 1, time: null, line: 'two' },
    ]) // prettier-ignore
  })
  it('are followed to the end of the task', async () => {
    fake.start('a')
    fake.print('a', 'stdout', 'before ')
    const following = logs('stream=stdout&follow=1')
    await expect.poll(() => fake.openReads).toBe(1)
    fake.print('a', 'stdout', 'after')
    fake.end('a')
    expect((await following).text).toBe('before after')
  })
  it('of an attempt that was not are a 404', async () => {
    fake.start('a')
    expect(await logs('attempt=2')).toMatchObject({ status: 404, json: { path: 'query.attempt', hint: 'It has had 1' } })
  })
  it.each(['stream=stdin', 'follow=perhaps', 'attempt=0', 'attempt=-1', 'offset=x', 'offset=-1', 'tail=5'])('refuse %s', async (query) => {
    expect(await logs(query)).toMatchObject({ status: 400, json: { code: 'INVALID_SPEC' } })
  })
})

describe('health', () => {
  it('is ok as long as the process answers; ready only when it would take a task', async () => {
    expect(await call('GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } })
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ready', state: 'accepting' } })
    fake.state.value = 'draining'
    expect(await call('GET', '/readyz')).toMatchObject({
      status: 503,
      json: { why: 'the runner is draining' },
      headers: { 'retry-after': '1' },
    })
    fake.state.value = 'accepting'
    fake.state.trouble = { since: 0, message: 'no space left on device' }
    expect(await call('GET', '/readyz')).toMatchObject({ status: 503, json: { why: 'no space left on device' } })
    expect((await call('GET', '/healthz')).status).toBe(200)
  })
  it('names what is missing, and is ready all the same when only some tasks need it', async () => {
    await app.close()
    app = await createTestApp(fake, { dependencies: [{ what: 'docker', check: async () => 'the engine is away' }] })
    const docker = { what: 'docker', why: 'the engine is away', required: false }
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ready', why: null, missing: [docker] } })
    fake.state.value = 'draining'
    const state = { what: 'state', why: 'the runner is draining', required: true }
    expect(await call('GET', '/readyz')).toMatchObject({ status: 503, json: { missing: [state, docker] } })
  })
})
