import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

let cli: Cli
beforeEach(() => {
  cli = createCli()
})
afterEach(() => cli.end())

const task = (script: string, more: object = {}) => ({ payload: { execution: { command: ['sh', '-c', script] } }, ...more })
const post = (http: string, path: string, body: unknown) =>
  fetch(http + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const json = async (response: Promise<Response>) => (await (await response).json()) as Record<string, unknown>

describe('serve', () => {
  it('prints one JSON line when it accepts, and nothing else; answers on the port and on its socket', async () => {
    const { ready, child, ended } = await cli.serve()
    expect(ready).toEqual({
      event: 'ready',
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      grpc: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      also: [],
      socket: `${cli.dataDir}/runner.sock`,
    })
    expect((await fetch(`${ready.http}/readyz`)).status).toBe(200)
    const bySocket = await new Promise<string>((resolve, reject) => {
      request({ socketPath: ready.socket, path: '/healthz' }, (response) => resolve(text(response)))
        .on('error', reject)
        .end()
    })
    expect(JSON.parse(bySocket)).toEqual({ status: 'ok' })
    child.kill('SIGTERM')
    const { code, stdout } = await ended
    expect([code, stdout.toString().split('\n').length]).toEqual([0, 2])
  })
  it('runs a task to its result, its log followed on the way, and tells its history', async () => {
    const { ready } = await cli.serve()
    const created = await json(post(ready.http, '/api/v1/tasks', task('echo one; sleep 0.5; echo two; echo err >&2; exit 4', { id: 'a' })))
    expect(created).toMatchObject({ id: 'a', result: null })
    expect(await (await fetch(`${ready.http}/api/v1/tasks/a/logs?stream=stdout&follow=1`)).text()).toBe('one\ntwo\n')
    expect(await json(fetch(`${ready.http}/api/v1/tasks/a?wait=true`))).toMatchObject({
      status: 'failed',
      exit_code: 4,
      logs: { stderr_tail: 'err\n' },
      error: 'EXIT_NONZERO: the command ended with exit code 4\nerr',
    })
    const range = await fetch(`${ready.http}/api/v1/tasks/a/logs?stream=stdout`, { headers: { range: 'bytes=4-6' } })
    expect([range.status, await range.text()]).toEqual([206, 'two'])
    const { events } = (await json(fetch(`${ready.http}/api/v1/tasks/a/events`))) as {
      events: { seq: number; public: { type: string }[] }[]
    }
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
    expect(events.flatMap((event) => event.public.map(({ type }) => type))).toEqual(['task_submitted', 'task_started', 'task_failed'])
  })
  it('answers wait=true with the result, and 202 when the time is over before', async () => {
    const { ready } = await cli.serve()
    expect(await json(post(ready.http, '/api/v1/tasks?wait=true', task('echo hi')))).toMatchObject({
      status: 'completed',
      exit_code: 0,
      logs: { stdout_tail: 'hi\n' },
    })
    const early = await post(ready.http, '/api/v1/tasks?wait=true&timeout_seconds=0.2', task('sleep 30', { id: 'slow' }))
    expect([early.status, await early.json()]).toMatchObject([202, { id: 'slow', result: null }])
    expect((await post(ready.http, '/api/v1/tasks/slow/cancel', '')).status).toBe(202)
    expect(await json(fetch(`${ready.http}/api/v1/tasks/slow?wait=true`))).toMatchObject({ status: 'cancelled', error_code: 'CANCELLED' })
  })
  it('refuses hostile documents and goes on: 50 MB, 10,000 levels, __proto__, the Docker socket, a 100-fold memory', async () => {
    const { ready } = await cli.serve()
    const codes = async (body: unknown) => {
      const response = await post(ready.http, '/api/v1/tasks', body).catch((cause: unknown) => cause as Error)
      // A body over the limit is refused before it is read: a client that does not listen while it sends sees the connection end.
      return response instanceof Error ? 'cut off' : `${response.status} ${((await response.json()) as { code: string }).code}`
    }
    expect(['413 PAYLOAD_TOO_LARGE', 'cut off']).toContain(await codes(`"${'x'.repeat(50_000_000)}"`))
    expect(await codes(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)).toBe('422 LIMIT_EXCEEDED')
    expect(await codes('{"payload":{"execution":{"command":["x"]},"__proto__":{"a":1}}}')).toBe('400 INVALID_SPEC')
    const mount = (path: string) => ({ payload: { execution: { command: ['x'], mounts: [{ host_path: path, mount_path: '/m' }] } } })
    for (const path of ['/', '/var/run/docker.sock', '/tmp/../etc', 'relative', '/nowhere'])
      expect(await codes(mount(path))).toMatch(/POLICY_MOUNT|INVALID_SPEC/)
    expect(await codes({ payload: { execution: { command: ['x'], resources: { mem_bytes: 2 ** 49 } } } })).toBe('422 RESOURCES_UNAVAILABLE')
    expect(await codes(task('x', { class: 'gpu_slurm' }))).toBe('422 CLASS_UNAVAILABLE')
    expect(await codes({ payload: { execution: { image: 'busybox', privileged: true } } })).toBe('403 POLICY_PRIVILEGE')
    expect(await codes({ payload: { execution: { image: 'Not An Image' } } })).toBe('400 INVALID_SPEC')
    expect(await json(fetch(`${ready.http}/api/v1/tasks`))).toEqual({ tasks: [], next: null })
    expect(await json(post(ready.http, '/api/v1/tasks?wait=true', task('exit 0')))).toMatchObject({ status: 'completed' })
  })
})

describe('stopping', () => {
  it('on SIGTERM refuses new tasks, waits for running ones, and exits with 0', async () => {
    const server = await cli.serve()
    await post(server.ready.http, '/api/v1/tasks', task('echo up; sleep 1.5; exit 6', { id: 'a' }))
    await expect.poll(async () => (await fetch(`${server.ready.http}/api/v1/tasks/a/logs`)).text(), { timeout: 20_000 }).toBe('up\n')
    server.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${server.ready.http}/readyz`)).status).toBe(503)
    expect(await json(post(server.ready.http, '/api/v1/tasks', task('true')))).toMatchObject({ status: 503, code: 'DRAINING' })
    expect((await server.ended).code).toBe(0)
    expect(JSON.parse((await cli.call(['status', 'a', '--json'])).stdout.toString())).toMatchObject({
      status: 'failed',
      result: { exit_code: 6 },
    })
  })
  it('on a second SIGTERM stops at once; what runs is taken up by the next runner, and ends as it would have', async () => {
    const server = await cli.serve()
    await post(server.ready.http, '/api/v1/tasks', task('echo up; sleep 4; exit 6', { id: 'a' }))
    await expect.poll(async () => (await fetch(`${server.ready.http}/api/v1/tasks/a/logs`)).text(), { timeout: 20_000 }).toBe('up\n')
    server.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${server.ready.http}/readyz`)).status).toBe(503)
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    expect(JSON.parse((await cli.call(['status', 'a', '--json'])).stdout.toString())).toMatchObject({ status: 'running' })
    const next = await cli.serve()
    expect(await json(fetch(`${next.ready.http}/api/v1/tasks/a?wait=true`))).toMatchObject({
      exit_code: 6,
      attempts: 1,
      logs: { stdout_tail: 'up\n' },
    })
  })
})

describe('serve refuses, with 2 and one line,', () => {
  it('a port that is taken, and a data directory that is held', async () => {
    const { ready } = await cli.serve()
    const other = createCli()
    try {
      const port = await other.call(['serve', '--listen', ready.http.slice('http://'.length)])
      expect([port.code, port.stdout.toString(), port.stderr.split('\n').filter((line) => line.startsWith('env-runner: '))]).toEqual([
        2,
        '',
        [expect.stringContaining('ADDRESS_UNAVAILABLE: another process listens on')],
      ])
    } finally {
      await other.end()
    }
    const held = await cli.call(['serve', '--listen', '127.0.0.1:0'])
    expect([held.code, held.stdout.toString(), held.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(/^env-runner: DATA_DIR_LOCKED: process \d+ holds [^\n]*\n$/),
    ])
  })
  it('a wrong address', async () => {
    const { code, stderr } = await cli.call(['serve', '--listen', 'localhost'])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^env-runner: CONFIG_INVALID: http\.listen [^\n]*\n$/)])
  })
})

describe('submit', () => {
  it('hands a document to the runner, prints the id, or waits and exits as the task did', async () => {
    await cli.serve()
    const first = await cli.call(['submit', '-'], { input: JSON.stringify(task('true', { id: 'a' })) })
    expect([first.code, first.stdout.toString()]).toEqual([0, 'a\n'])
    const waited = await cli.call(['submit', '-', '--wait'], { input: JSON.stringify(task('exit 9', { id: 'b' })) })
    expect([waited.code, waited.stdout.toString(), waited.stderr]).toEqual([
      9,
      'b failed\n',
      'env-runner: EXIT_NONZERO: the command ended with exit code 9\n',
    ])
  })
  it('refuses what is no document, and to hand it to nobody', async () => {
    const alone = await cli.call(['submit', '-'], { input: JSON.stringify(task('true')) })
    expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining('RUNNER_UNREACHABLE: no runner holds')])
    await cli.serve()
    for (const [args, input, said] of [
      [['-'], '{"payload"', 'INVALID_SPEC'],
      [['-'], '', 'INVALID_SPEC: the body is empty'],
      [
        ['-'],
        `{"payload":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`,
        'LIMIT_EXCEEDED: .* \\(payload\\.a\\.a\\.a\\.a\\.a…\\)\\. Flatten it',
      ],
      [['/nowhere.json'], '', 'INVALID_SPEC'],
      [['-'], Buffer.alloc(2_000_000, ' '), 'PAYLOAD_TOO_LARGE'],
      [[], '', 'USAGE'],
    ] as const) {
      const { code, stderr } = await cli.call(['submit', ...args], { input })
      expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^env-runner: ${said}[^\n]*\n$`))])
    }
  })
})
