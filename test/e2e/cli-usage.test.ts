import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

let cli: Cli
beforeAll(() => {
  cli = createCli()
})
afterAll(() => cli.end())

const commands = [
  'run',
  'serve',
  'submit',
  'list',
  'status',
  'logs',
  'cancel',
  'explain',
  'replay',
  'watch',
  'drain',
  'pause',
  'resume',
  'config',
  'token',
  'doctor',
  'diagrams',
]

describe('help', () => {
  it('names every command, on stdout when asked for, on stderr with 2 when nothing was asked', async () => {
    const [asked, bare] = [await cli.call(['--help']), await cli.call([])]
    for (const name of commands) expect(asked.stdout.toString()).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect([asked.code, asked.stderr, bare.code, bare.stdout.toString()]).toEqual([0, '', 2, ''])
    expect(bare.stderr).toContain('Usage: env-runner')
  })
  it.each(commands)('of %s has an example that begins with it', async (name) => {
    const { code, stdout } = await cli.call(['help', name])
    expect(code).toBe(0)
    expect(stdout.toString()).toMatch(new RegExp(`Examples?:\n(?:.*\n)*?.*env-runner ${name}`))
    expect((await cli.call([name, '--help'])).stdout.toString()).toBe(stdout.toString())
  })
  it('prints the version of the package', async () => {
    expect((await cli.call(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('a mistyped call is refused with 2 and one line', () => {
  it.each([
    [['lst'], "USAGE: unknown command 'lst'. Did you mean list?"],
    [['frobnicate'], "USAGE: unknown command 'frobnicate'. See env-runner help"],
    [['help', 'frobnicate'], "USAGE: unknown command 'frobnicate'. See env-runner help"],
    [['list', '--stauts', 'x'], "USAGE: unknown option '--stauts'. Did you mean --status?"],
    [['list', 'x'], "USAGE: too many arguments for 'list'. Expected 0 arguments but got 1. See env-runner help list"],
    [['list', '--limit'], "USAGE: option '--limit <n>' argument missing. See env-runner help list"],
    [['config', 'chek'], "USAGE: unknown command 'chek'. Did you mean check?"],
    [['diagrams', 'gpu'], 'USAGE: '],
    [['diagrams', '--format', 'png'], 'USAGE: '],
    [['list', '--data-dir', ''], 'CONFIG_INVALID: data_dir [flag --set data_dir] = "": must not be empty'],
    [['list', '--config', '/nowhere.toml'], 'CONFIG_INVALID: there is no file /nowhere.toml (--config)'],
    [['list', '--config', '/'], 'CONFIG_INVALID: / cannot be read'],
    [['list', '--set', 'nope'], 'CONFIG_INVALID: nope [flag --set nope] has no value'],
  ])('%o', async (args, said) => {
    const { code, stdout, stderr } = await cli.call(args)
    expect([code, stdout.toString(), stderr.startsWith(`env-runner: ${said}`), stderr.split('\n').length]).toEqual([2, '', true, 2])
  })
  it('shows a stack only with --debug', async () => {
    const args = ['list', '--set', 'nope=1']
    expect((await cli.call(args)).stderr).not.toContain('    at ')
    expect((await cli.call([...args, '--debug'])).stderr).toContain('    at ')
  })
})

describe('config', () => {
  it('prints every key, its value and where that comes from', async () => {
    const file = join(cli.directory, 'c.toml')
    writeFileSync(file, '[retry]\nattempts = 5\n')
    const { stdout } = await cli.call(['config', 'print', '--config', file, '--set', 'retry.base_ms=7'], {
      env: { ENV_RUNNER_RETRY_FACTOR: '3' },
    })
    expect(stdout.toString()).toMatch(/^retry\.attempts += 5 +# file .*c\.toml:2$/m)
    expect(stdout.toString()).toMatch(/^retry\.base_ms += 7 +# flag --set retry\.base_ms$/m)
    expect(stdout.toString()).toMatch(/^retry\.factor += 3 +# environment ENV_RUNNER_RETRY_FACTOR$/m)
    expect(stdout.toString()).toMatch(/^classes\.cpu_short\.concurrency += \d+ +# default$/m)
  })
  it('takes options before and after the command', async () => {
    const { stdout } = await cli.call([
      '--set',
      'retry.base_ms=5',
      'config',
      '--set',
      'retry.factor=4',
      'print',
      '--set',
      'retry.base_ms=6',
      '--json',
    ])
    expect(JSON.parse(stdout.toString())).toMatchObject({ 'retry.base_ms': { value: 6 }, 'retry.factor': { value: 4 } })
  })
  it('takes a data directory relative to where the command is called', async () => {
    const { stdout } = await cli.call(['config', 'print', '--json', '--data-dir', './data'])
    expect(JSON.parse(stdout.toString())).toMatchObject({ data_dir: { value: join(process.cwd(), 'data') } })
  })
  it('checks: ok, or a line for each problem', async () => {
    expect(await cli.call(['config', 'check'])).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await cli.call(['config', 'check', '--set', 'retry.atempts=1'], { env: { ENV_RUNNER_RETRY_FACTOR: 'x' } })
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 2])
    expect(stderr).toContain('did you mean retry.attempts?')
    const { stdout } = await cli.call(['config', 'check', '--json', '--set', 'nope=1'])
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: false, problems: [{ path: 'nope' }] })
  })
})

it.each([
  [['diagrams'], /^stateDiagram-v2/],
  [['diagrams', 'runner', '--format', 'svg'], /<svg/],
])('prints the machines as diagrams: %o', async (args, expected) => {
  const { code, stdout } = await cli.call(args)
  expect([code, stdout.toString()]).toEqual([0, expect.stringMatching(expected)])
})
