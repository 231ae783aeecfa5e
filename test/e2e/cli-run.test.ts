import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

let cli: Cli
beforeEach(() => {
  cli = createCli()
})
afterEach(() => cli.end())

const sh = (script: string) => ['--', 'sh', '-c', script]

describe('run', () => {
  it.each([
    ['its own exit code', sh('exit 7'), 7, ''],
    ['0', ['--', 'true'], 0, ''],
    ['128 + n for a signal', sh('kill -SEGV $$'), 139, 'KILLED_BY_SIGNAL'],
    ['127 for a command that is not there', ['--', 'no-such-command'], 127, 'COMMAND_NOT_FOUND'],
    ['124 for a deadline', ['--timeout', '0.3', ...sh('sleep 20')], 124, 'TIMEOUT_RUN'],
    ['1 for an output that is missing', ['--output', 'model.bin', '--', 'true'], 1, 'OUTPUT_MISSING'],
  ])('ends as its task did: %s', async (_, args, code, said) => {
    const ended = await cli.call(['run', ...args])
    expect([ended.code, ended.stdout.toString()]).toEqual([code, ''])
    // bubblewrap has the first word about a missing command, on the task's own stderr.
    expect(ended.stderr).toMatch(said === '' ? /^$/ : new RegExp(`^(?:bwrap: .*\n)?env-runner: ${said}: .*\n$`))
  })
  it('passes stdout and stderr on, byte for byte and apart', async () => {
    const ended = await cli.call([
      'run',
      ...sh(`i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %o $i)"; i=$((i+1)); done; printf 'e\\377\\0' >&2`),
    ])
    expect(ended.stdout.equals(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))).toBe(true)
    expect(ended.code).toBe(0)
  })
  it('passes 20 MB on without losing or doubling a byte', async () => {
    const ended = await cli.call(['run', ...sh('seq 1 2500000')])
    expect(ended.stdout.length).toBe(18_888_896)
    expect(ended.stdout.toString('latin1', ended.stdout.length - 8)).toBe('2500000\n')
  })
  it('passes each line on when it is printed', async () => {
    const running = cli.start(['run', ...sh('echo first; sleep 60')])
    await expect.poll(running.stdout, { timeout: 20_000 }).toBe('first\n')
    running.child.kill('SIGINT')
    expect((await running.ended).code).toBe(130)
  })
  it('takes options of the command for the command, with -- and without', async () => {
    const ended = await cli.call(['run', 'echo', '--json', '--debug', '-n', 'x'])
    expect([ended.code, ended.stdout.toString()]).toEqual([0, '--json --debug -n x\n'])
  })
  it('gives the task its variables, our value where none is given, and nothing else of ours', async () => {
    const ended = await cli.call(['run', '--env', 'A=b=c', '--env', 'MINE', '--', 'env'], { env: { MINE: 'yes', OTHER: 'no' } })
    expect(ended.stdout.toString()).toContain('A=b=c\n')
    expect(ended.stdout.toString()).toContain('MINE=yes\n')
    expect(ended.stdout.toString()).not.toContain('OTHER')
  })
  it('keeps an output and says where', async () => {
    const ended = await cli.call(['run', '--output', 'out/model.bin', '--json', ...sh('mkdir out; echo data > out/model.bin')])
    const { status, result } = JSON.parse(ended.stdout.toString()) as { status: string; result: { outputs: object[] } }
    expect([ended.code, status]).toEqual([0, 'completed'])
    expect(result.outputs).toMatchObject([{ name: 'model.bin', size_bytes: 5, checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }])
  })
  it('with --json prints the result, the same that the exit code comes from', async () => {
    const ended = await cli.call(['run', '--json', '--id', 'a', ...sh('echo out; exit 3')])
    expect(JSON.parse(ended.stdout.toString())).toMatchObject({
      id: 'a',
      status: 'failed',
      exit_code: 3,
      error_code: 'EXIT_NONZERO',
      logs: { stdout_tail: 'out\n' },
    })
    expect(ended.code).toBe(3)
  })
  it('says of a file of the current directory that the task does not see it, in a line that works as written', async () => {
    const unseen = await cli.call(['run', '--', 'sh', './package.json'])
    expect([unseen.code, unseen.stderr]).toEqual([
      expect.any(Number),
      expect.stringMatching(
        /^env-runner: the task does not see \.\/package\.json .*: --set "policy\.allowed_mounts=\$PWD" --mount "\$PWD:\/src"$/m,
      ),
    ])
  })
  it.skipIf(!existsSync('/usr/bin/bwrap'))('mounts the directory of the caller as that line says', async () => {
    const source = join(cli.directory, 'source') // beside the data directory
    mkdirSync(source)
    writeFileSync(join(source, 'hello.sh'), 'echo hello', { mode: 0o644 })
    const mount = ['--set', `policy.allowed_mounts=${source}`, '--mount', `${source}:/src`]
    expect((await cli.call(['run', ...mount, '--', 'sh', '/src/hello.sh'])).stdout.toString()).toBe('hello\n')
  })
  it('is the same task under the same id, and refuses another one under it', async () => {
    const [first, again, other] = [
      await cli.call(['run', '--id', 'a', ...sh('date +%s%N')]),
      await cli.call(['run', '--id', 'a', ...sh('date +%s%N')]),
      await cli.call(['run', '--id', 'a', '--', 'true']),
    ]
    expect(again.stdout.equals(first.stdout)).toBe(true)
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('TASK_CONFLICT')])
  })
})

describe('run refuses, with 2, one line, and nothing started,', () => {
  it.each([
    ['no command', [], ['INVALID_SPEC: there is nothing to run']],
    ['an empty command', ['--', ''], ['INVALID_SPEC']],
    ['an unknown option', ['--imge', 'x', '--', 'true'], ["USAGE: unknown option '--imge'"]],
    ['an unknown class', ['--class', 'cpu_shrt', '--', 'true'], ['CLASS_UNKNOWN']],
    ['a class that this runner has not', ['--class', 'gpu', '--', 'true'], ['CLASS_UNAVAILABLE']],
    ['a timeout that is no number', ['--timeout', 'soon', '--', 'true'], ['INVALID_SPEC: "soon" is not a number of seconds (--timeout)']],
    ['a negative timeout', ['--timeout', '-1', '--', 'true'], ['INVALID_SPEC']],
    ['a timeout above the ceiling', ['--timeout', '61', '--', 'true'], ['LIMIT_EXCEEDED']],
    ['a variable without a value', ['--env', 'NOWHERE_SET', '--', 'true'], ['INVALID_SPEC: "NOWHERE_SET" has no value (--env)']],
    ['a variable without a name', ['--env', '=x', '--', 'true'], ['INVALID_SPEC']],
    ['a mount that is none', ['--mount', '/data', '--', 'true'], ['INVALID_SPEC: "/data" is not a mount (--mount)']],
    ['a mount that is not allowed', ['--mount', '/:/host', '--', 'true'], ['POLICY_MOUNT']],
    ['a network that is not allowed', ['--network', 'host', '--', 'true'], ['POLICY_NETWORK']],
    ['an output outside the work directory', ['--output', '../x', '--', 'true'], ['POLICY_PATH']],
    ['an id that leads elsewhere', ['--id', '../x', '--', 'true'], ['INVALID_ID']],
    ['a data directory that cannot be one', ['--data-dir', '/dev/null/x', '--', 'true'], ['DATA_DIR_UNUSABLE']],
    [
      'a broken configuration',
      ['--set', 'retry.attempts=0', '--set', 'nope=1', '--', 'true'],
      ['CONFIG_INVALID: nope ', '; retry.attempts'],
    ],
  ])('%s', async (_, args, said) => {
    const ended = await cli.call(['run', ...args])
    expect(ended.stderr).toMatch(/^env-runner: [^\n]*\n$/)
    for (const words of said) expect(ended.stderr).toContain(words)
    expect([ended.code, ended.stdout.toString()]).toEqual([2, ''])
  })
})

describe('a signal', () => {
  it('cancels the task, waits for its end, and a trap of the task may still speak', async () => {
    const running = cli.start(['run', '--id', 'a', ...sh("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done")])
    await expect.poll(running.stdout, { timeout: 20_000 }).toBe('up\n')
    running.child.kill('SIGTERM')
    const ended = await running.ended
    expect([ended.code, ended.stdout.toString()]).toEqual([143, 'up\nbye\n'])
    expect(JSON.parse((await cli.call(['status', 'a', '--json'])).stdout.toString())).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'SIGTERM to env-runner run',
    })
  })
  it('given twice leaves at once; the next runner finishes the cancellation', async () => {
    const running = cli.start([
      'run',
      '--id',
      'a',
      '--set',
      'timeouts.grace_seconds=600',
      ...sh("trap '' TERM; echo up; while :; do sleep 0.1; done"),
    ])
    await expect.poll(running.stdout, { timeout: 20_000 }).toBe('up\n')
    running.child.kill('SIGINT')
    await expect.poll(running.stderr).toContain('cancelling a')
    await expect
      .poll(async () => (await cli.call(['status', 'a', '--json'])).stdout.toString(), { timeout: 20_000 })
      .toContain('SIGINT to env-runner run')
    running.child.kill('SIGINT')
    expect((await running.ended).code).toBe(130)
    const cancelled = await cli.call(['cancel', 'a', '--json', '--set', 'timeouts.grace_seconds=0'])
    expect(JSON.parse(cancelled.stdout.toString())).toMatchObject({ status: 'cancelled' })
  })
})

it('ends the task, and quietly itself, when nobody reads its output any more', async () => {
  const running = cli.start(['run', '--id', 'a', '--', 'yes'])
  await expect.poll(() => running.stdout().length, { timeout: 20_000 }).toBeGreaterThan(0)
  running.child.stdout.destroy()
  const ended = await running.ended
  expect([ended.code, ended.stderr]).toEqual([141, ''])
  expect(JSON.parse((await cli.call(['status', 'a', '--json'])).stdout.toString())).toMatchObject({ status: 'cancelled' })
})

describe('beside another runner', () => {
  it('several share the data directory, each with its own output and exit code, though the first of them ends first', async () => {
    const codes = [1, 2, 3, 4]
    const runs = codes.map((code) =>
      cli.call(['run', ...sh(`for i in 1 2 3 4 5; do echo ${code}-$i; sleep 0.${code}; done; exit ${code}`)]),
    )
    for (const [index, ended] of (await Promise.all(runs)).entries())
      expect([ended.code, ended.stdout.toString(), ended.stderr]).toEqual([
        codes[index],
        [1, 2, 3, 4, 5].map((i) => `${codes[index]}-${i}\n`).join(''),
        '',
      ])
  })
  it('goes on when the process that runs its task is killed, without losing or doubling a byte', async () => {
    const server = await cli.serve()
    const running = cli.start(['run', ...sh('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.3; done; exit 5')])
    await expect.poll(running.stdout, { timeout: 20_000 }).toContain('2\n')
    server.child.kill('SIGKILL')
    const ended = await running.ended
    expect([ended.code, ended.stdout.toString()]).toEqual([5, '1\n2\n3\n4\n5\n6\n7\n8\n'])
  })
})

it('an older Node is told so in one line', async () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.2' } }); await import(${JSON.stringify(main)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', pretend], { stdio: ['ignore', 'ignore', 'pipe'] })
  const stderr: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect([code, Buffer.concat(stderr).toString()]).toEqual([2, 'env-runner: USAGE: Node 20.19.2 is too old. Use Node 24 or newer\n'])
})
