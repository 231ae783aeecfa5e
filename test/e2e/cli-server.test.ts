import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

let cli: Cli
/** A command line on another machine, as far as it can see: it shares nothing with the runner's. */
let remote: Cli
beforeEach(() => {
  cli = createCli()
  remote = createCli()
})
afterEach(async () => {
  await remote.end()
  await cli.end()
})

const patience = { timeout: 30_000 }
const task = (id: string, script: string) => JSON.stringify({ id, payload: { execution: { command: ['sh', '-c', script] } } })
/** Runs a command against the runner, without a data directory. */
const at = (http: string) => ({
  call: (args: readonly string[], input = '') => remote.call(args, { input, env: { ENV_RUNNER_SERVER: http } }),
  start: (args: readonly string[]) => remote.start(args, { ENV_RUNNER_SERVER: http }),
})
/** The address of a runner that is started again must be the same. */
const portOf = (http: string) => ['--listen', http.slice('http://'.length)]

describe('a runner elsewhere, by --server', () => {
  it('takes, runs, shows, explains and replays tasks as the one at hand does', async () => {
    const { ready } = await cli.serve()
    const { call } = at(ready.http)
    const ran = await call(['run', '--id', 'a', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'])
    expect([ran.code, ran.stdout.toString(), ran.stderr]).toEqual([3, 'out\n', 'err\n'])
    expect((await call(['submit', '-'], task('b', 'printf "\\\\377\\\\0x"; echo e >&2'))).stdout.toString()).toBe('b\n')
    expect((await call(['submit', '-', '--wait'], task('b', 'printf "\\\\377\\\\0x"; echo e >&2'))).code).toBe(0)
    const logs = await call(['logs', 'b', '-f'])
    expect([logs.stdout, logs.stderr]).toEqual([Buffer.from([0xff, 0, 0x78]), 'e\n'])
    for (const args of [['list'], ['list', '--status', 'failed', '--json'], ['status', 'a'], ['status', 'a', '--json'], ['explain', 'a'], ['replay', 'a'], ['logs', 'a', '--json'], ['logs', 'a', '--stream', 'stdout']]) {
      const [there, here] = [await call(args), await cli.call(args)]
      expect([args, there.code, withoutPlace(there.stdout)]).toEqual([args, here.code, withoutPlace(here.stdout)])
    } // prettier-ignore
    expect((await call(['cancel', 'a'])).stdout.toString()).toBe('a failed\n')
    const unknown = await call(['status', 'nobody'])
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/^env-runner: NOT_FOUND: [^\n]*\n$/)])
  })
  it('is asked for with a token, which is never printed; one on the command line is warned of', async () => {
    const file = join(cli.directory, 'tokens.json')
    const made = await cli.call(['token', 'create', '--file', file, '--name', 'ci', '--tenant', '*', '--role', 'admin'])
    const token = made.stdout.toString().trim().split(/\s+/).at(-1)!
    const { ready } = await cli.serve(['--set', `auth.tokens_file=${file}`])
    const { call } = at(ready.http)
    const refused = await call(['list'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/^env-runner: UNAUTHENTICATED: [^\n]*\n$/)])
    const known = await remote.call(['list'], { env: { ENV_RUNNER_SERVER: ready.http, ENV_RUNNER_TOKEN: token } })
    expect([known.code, known.stderr]).toEqual([0, 'no tasks\n'])
    const warned = await call(['list', '--token', token])
    expect([warned.code, warned.stderr]).toEqual([0, expect.stringContaining('ENV_RUNNER_TOKEN')])
    expect(known.stderr + warned.stderr + refused.stderr).not.toContain(token)
  })
  it('that is not there is one line and exit code 1, at once', async () => {
    const commands = [['list'], ['status', 'a'], ['logs', 'a', '-f'], ['watch'], ['run', '--', 'true'], ['submit', '-'], ['cancel', 'a'], ['drain'], ['pause'], ['resume'], ['explain', 'a'], ['replay', 'a']] // prettier-ignore
    for (const args of commands) {
      const { code, stdout, stderr } = await remote.call(args, { input: task('a', 'true'), env: { ENV_RUNNER_SERVER: '127.0.0.1:1' } })
      expect([args, code, stdout.toString(), stderr]).toEqual([args, 1, '', expect.stringMatching(/^env-runner: RUNNER_UNREACHABLE: the runner at http:\/\/127\.0\.0\.1:1 [^\n]*\n$/)]) // prettier-ignore
    }
  })
  it('is one and has an address', async () => {
    const { ready } = await cli.serve()
    for (const [args, said] of [
      [['list', '--server', 'ftp://x'], 'INVALID_SPEC: .* is not the address of a runner \\(--server\\)'],
      [['list', '--server', 'http://user:secret@x'], 'INVALID_SPEC: an address holds no name and no password'],
      [['list', '--server', ready.http, '--data-dir', '/tmp/x'], 'INVALID_SPEC: one runner is meant'],
      [['list', '--token', 'x'], 'INVALID_SPEC: .* none is named \\(--token\\)'],
      [['list', '--server', ready.http, '--ca', '/nowhere.pem'], 'INVALID_SPEC: /nowhere.pem cannot be read'],
    ] as const) {
      const { code, stderr } = await cli.call([...args])
      expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^env-runner: ${said}[^\n]*\n$`))])
    }
    const grpc = await cli.call(['list', '--server', ready.grpc])
    expect([grpc.code, grpc.stderr]).toEqual([1, expect.stringContaining('gRPC has another port')])
  })
})

/** Of a runner at hand nothing is fetched by address. */
const withoutPlace = (stdout: Buffer): string =>
  stdout
    .toString()
    .replaceAll(/"logs_url":"[^"]*"/g, '"logs_url":null')
    .replaceAll(/\d+(?:\.\d+)?(?:ms|s) ago|now/g, 'lately')

describe('a restart of the runner under', () => {
  const restart = async (args: readonly string[], server: Awaited<ReturnType<Cli['serve']>>) => {
    server.child.kill('SIGKILL')
    await server.ended
    return cli.serve([...portOf(server.ready.http), ...args])
  }
  it('logs -f and run: no byte is lost or doubled', async () => {
    const server = await cli.serve()
    const { start } = at(server.ready.http)
    const script = 'i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i+1)); sleep 0.1; done'
    const running = start(['run', '--id', 'a', '--', 'sh', '-c', script])
    await expect.poll(() => running.stdout(), patience).toContain('line 3\n')
    const [following, documents] = [start(['logs', 'a', '-f']), start(['logs', 'a', '-f', '--json'])]
    await expect.poll(() => following.stdout() && documents.stdout(), patience).toContain('line 3')
    await restart([], server)
    const all = Array.from({ length: 40 }, (_, index) => `line ${index}\n`).join('')
    const [ran, followed, lines] = [await running.ended, await following.ended, await documents.ended]
    expect([ran.code, ran.stdout.toString()]).toEqual([0, all])
    expect([followed.code, followed.stdout.toString()]).toEqual([0, all])
    const parsed = lines.stdout.toString().trim().split('\n').map((line) => (JSON.parse(line) as { line: string }).line) // prettier-ignore
    expect(parsed.map((line) => `${line}\n`).join('')).toBe(all)
  })
  it('watch: every change is told once', async () => {
    const server = await cli.serve()
    const { call, start } = at(server.ready.http)
    await call(['submit', '-'], task('a', 'sleep 5; exit 1'))
    const watching = start(['watch', 'a', '--json'])
    await expect.poll(() => watching.stdout(), patience).toContain('"running"')
    await restart([], server)
    const { code, stdout, stderr } = await watching.ended
    const changes = stdout.toString().trim().split('\n').map((line) => JSON.parse(line) as { status: string; event: string | null; why: string | null }) // prettier-ignore
    expect(changes.at(-1)).toMatchObject({ status: 'failed', event: 'task_failed', why: expect.stringContaining('EXIT_NONZERO') })
    expect(changes.filter(({ event }) => event !== null).map(({ event }) => event)).toEqual(
      [...new Set(changes.map(({ event }) => event))].filter((event) => event !== null),
    )
    expect([code, stderr]).toEqual([1, expect.stringContaining('has gone: waiting for it')])
  })
})

describe('watch', () => {
  it('sees tasks come and end, a line each, until those that it was asked for have ended', async () => {
    const { ready } = await cli.serve()
    const { call, start } = at(ready.http)
    const all = start(['watch'])
    await call(['submit', '-', '--wait'], task('first', 'true')) // it may be too early for the watcher
    await call(['submit', '-'], task('slow', 'sleep 1'))
    const watching = await cli.call(['watch', 'slow', 'first'])
    expect(watching.code).toBe(0)
    expect(watching.stdout.toString()).toMatch(/^\S+Z first completed$/m)
    expect(watching.stdout.toString()).toMatch(/^\S+Z slow completed$/m)
    await expect.poll(() => all.stdout(), patience).toMatch(/slow completed\n/)
    all.child.kill('SIGTERM')
    await all.ended
  })
})

describe('the runner itself', () => {
  it('is paused, and resumed', async () => {
    const { ready } = await cli.serve()
    const { call } = at(ready.http)
    expect((await call(['pause'])).stdout.toString()).toBe('paused: 0 tasks hold a place, 0 wait\n')
    await call(['submit', '-'], task('a', 'true'))
    expect(JSON.parse((await call(['pause', '--json'])).stdout.toString())).toMatchObject({ state: 'paused', tasks: { pending: 1 } })
    expect((await cli.call(['resume'])).stdout.toString()).toMatch(/^accepting: /) // by the socket
    expect((await call(['watch', 'a'])).code).toBe(0)
  })
  it('is drained: what runs is awaited, and the process ends', async () => {
    const gate = join(cli.directory, 'gate')
    mkdirSync(gate)
    const server = await cli.serve(['--set', `policy.allowed_mounts=${gate}`])
    const { call, start } = at(server.ready.http)
    const until = {
      command: ['sh', '-c', 'until [ -e /gate/open ]; do sleep 0.05; done; exit 4'],
      mounts: [{ host_path: gate, mount_path: '/gate' }],
    }
    await call(['submit', '-'], JSON.stringify({ id: 'a', payload: { execution: until } }))
    const status = async () => JSON.parse((await call(['status', 'a', '--json'])).stdout.toString()) as object
    await expect.poll(status, patience).toMatchObject({ status: 'running' })
    const draining = start(['drain', '--wait', '--reason', 'kernel update'])
    await expect.poll(() => draining.stdout(), patience).toBe('draining: 1 task holds a place, 0 wait\n')
    expect(await call(['submit', '-'], task('b', 'true'))).toMatchObject({ code: 1, stderr: expect.stringContaining('DRAINING') })
    writeFileSync(join(gate, 'open'), '')
    expect([(await draining.ended).code, (await server.ended).code]).toEqual([0, 0])
    expect(JSON.parse((await cli.call(['status', 'a', '--json'])).stdout.toString())).toMatchObject({ result: { exit_code: 4 } })
  })
})
