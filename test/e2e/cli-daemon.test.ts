import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireService } from '../require-service.ts'
import { createCli, type Cli } from '../support/cli.ts'
import { canNotify, openNotifySocket } from '../support/notify-socket.ts'

const canBeTold = requireService('systemd-notify', canNotify(), 'apt-get install systemd python3')

let cli: Cli
let file: string
beforeEach(() => {
  cli = createCli()
  file = join(cli.directory, 'config.toml')
})
afterEach(() => cli.end())

const sleeper = (id: string, seconds = 30) => ({ id, payload: { execution: { command: ['sleep', String(seconds)] } } })
const post = (http: string, path: string, body: unknown) =>
  fetch(http + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const statusOf = async (http: string, id: string) =>
  ((await (await fetch(`${http}/api/v1/tasks/${id}`)).json()) as { status: string }).status
/** Lines of its log, as documents. */
const logOf = (stderr: string) =>
  stderr.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>) // prettier-ignore

const places = (count: number, more = '') => `[classes.cpu_short]\nconcurrency = ${count}\n${more}`

describe('SIGHUP', () => {
  it('takes new settings while tasks run: a waiting task gets the new place at once, and the policy holds from then on', async () => {
    writeFileSync(file, places(1))
    const { ready, child, stderr } = await cli.serve(['--config', file, '--set', 'logs.level=info'])
    for (const id of ['a', 'b']) await post(ready.http, '/api/v1/tasks', sleeper(id))
    await expect.poll(() => statusOf(ready.http, 'a'), { timeout: 20_000 }).toBe('running')
    expect(await statusOf(ready.http, 'b')).toBe('pending')
    writeFileSync(file, places(2, '[policy]\nallowed_networks = ["host"]\n[http]\nlisten = "127.0.0.1:1"\n[logs]\nmax_bytes = 70000\n'))
    child.kill('SIGHUP')
    await expect.poll(() => statusOf(ready.http, 'b'), { timeout: 20_000 }).toBe('running')
    expect(await statusOf(ready.http, 'a')).toBe('running')
    const networked = { payload: { execution: { command: ['true'], network: 'host' } } }
    expect((await post(ready.http, '/api/v1/tasks', networked)).status).toBe(201)
    const said = logOf(stderr())
    expect(said).toContainEqual(expect.objectContaining({ changed: ['classes.cpu_short.concurrency', 'policy.allowed_networks'] }))
    expect(said).toContainEqual(expect.objectContaining({ level: 'warn', settings: ['logs.max_bytes'] })) // --listen is stronger than the file
  })
  it('with a broken file changes nothing, and says everything that is wrong', async () => {
    writeFileSync(file, places(1))
    const { ready, child, stderr } = await cli.serve(['--config', file])
    writeFileSync(file, places(-1, '[retry]\nattempts = "many"\nbase_sm = 3\n'))
    child.kill('SIGHUP')
    await expect.poll(() => stderr(), { timeout: 20_000 }).toContain('the settings of before hold')
    const [told] = logOf(stderr()).filter(({ level }) => level === 'error') as { err: { message: string } }[]
    for (const path of ['classes.cpu_short.concurrency', 'retry.attempts', 'retry.base_sm']) expect(told!.err.message).toContain(path)
    const { places: now } = (await (await fetch(`${ready.http}/readyz`)).json()) as { places: { cpu_short: object } }
    expect(now.cpu_short).toMatchObject({ total: 1 })
  })
  it('changes the level of the log', async () => {
    writeFileSync(file, '[logs]\nlevel = "error"\n')
    const { child, stdout, stderr } = cli.start(['serve', '--listen', '127.0.0.1:0', '--grpc-listen', '127.0.0.1:0', '--config', file])
    await expect.poll(() => stdout(), { timeout: 20_000 }).toContain('ready')
    expect(stderr()).toBe('')
    writeFileSync(file, '[logs]\nlevel = "info"\n')
    child.kill('SIGHUP')
    await expect.poll(() => stderr(), { timeout: 20_000 }).toContain('"changed":["logs.level"]')
  })
})

describe.skipIf(!canBeTold)('the service manager', () => {
  it('hears of readiness, life, a reload, and a drain that takes its time', async () => {
    const socket = await openNotifySocket(cli.directory)
    try {
      writeFileSync(file, places(1))
      const running = cli.start(['serve', '--listen', '127.0.0.1:0', '--grpc-listen', '127.0.0.1:0', '--config', file], {
        NOTIFY_SOCKET: socket.path,
        WATCHDOG_USEC: '400000',
      })
      const heard = (line: RegExp | string) =>
        expect.poll(() => socket.lines(), { timeout: 20_000 }).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line))
      await heard('READY=1')
      await heard(/^STATUS=accepting on http:\/\/127\.0\.0\.1:\d+: 0 run, 0 wait$/)
      const { http } = JSON.parse(running.stdout()) as { http: string }
      await heard('WATCHDOG=1')

      await post(http, '/api/v1/tasks', sleeper('a', 2))
      await heard(/: 1 run, 0 wait$/)
      running.child.kill('SIGHUP')
      await heard('RELOADING=1')
      await expect.poll(() => socket.lines().filter((line) => line === 'READY=1').length, { timeout: 20_000 }).toBe(2)
      const reloading = socket.messages.find(([first]) => first === 'RELOADING=1')!
      expect(reloading[1]).toMatch(/^MONOTONIC_USEC=\d+$/)

      running.child.kill('SIGTERM')
      await heard('STOPPING=1')
      await heard(/^EXTEND_TIMEOUT_USEC=\d+$/)
      expect((await running.ended).code).toBe(0)
    } finally {
      await socket.close()
    }
  })
  it('that cannot be told keeps nobody from serving', async () => {
    const running = cli.start(['serve', '--listen', '127.0.0.1:0', '--grpc-listen', '127.0.0.1:0'], {
      NOTIFY_SOCKET: join(cli.directory, 'nobody'),
    })
    await expect.poll(() => running.stderr(), { timeout: 20_000 }).toContain('the service manager cannot be told')
    expect(JSON.parse(running.stdout())).toMatchObject({ event: 'ready' })
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })
})

it('a port that is taken, for HTTP or gRPC, is one line and exit code 2', async () => {
  const { ready } = await cli.serve()
  for (const [flag, address] of [
    ['--listen', ready.http.slice('http://'.length)],
    ['--grpc-listen', ready.grpc],
  ] as const) {
    const other = createCli()
    try {
      const free = flag === '--listen' ? '--grpc-listen' : '--listen'
      const { code, stdout, stderr } = await other.call(['serve', flag, address, free, '127.0.0.1:0', '--set', 'logs.level=warn'])
      expect([code, stdout.toString(), stderr]).toEqual([2, '', expect.stringMatching(/^env-runner: ADDRESS_UNAVAILABLE: [^\n]*\n$/)])
      expect(stderr).toContain(address)
    } finally {
      await other.end()
    }
  }
})
