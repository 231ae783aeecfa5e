import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

const parse = ({ stdout }: { stdout: Buffer }) => JSON.parse(stdout.toString()) as Record<string, never>

describe('with a journal and no runner', () => {
  let cli: Cli
  beforeAll(async () => {
    cli = createCli()
    await cli.call([
      'run',
      '--id',
      'good',
      '--',
      'sh',
      '-c',
      'echo one; echo "::env-runner::{\\"type\\":\\"metric\\",\\"name\\":\\"tokens\\",\\"value\\":5}"; echo two; echo err >&2',
    ])
    await cli.call(['run', '--id', 'bad', '--', 'sh', '-c', 'echo reason >&2; exit 3'])
  })
  afterAll(() => cli.end())

  it('lists, newest first, as a table and as JSON, filtered and in pages', async () => {
    const { stdout } = await cli.call(['list'])
    expect(stdout.toString().split('\n').map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))).toEqual(['ID STATUS', 'bad failed', 'good completed', '']) // prettier-ignore
    expect(parse(await cli.call(['list', '--json', '--status', 'failed']))).toMatchObject({ tasks: [{ id: 'bad' }], next: null })
    expect(parse(await cli.call(['list', '--json', '--limit', '1']))).toMatchObject({ tasks: [{ id: 'bad' }], next: 'bad' })
    expect(parse(await cli.call(['list', '--json', '--limit', '1', '--after', 'bad']))).toMatchObject({ tasks: [{ id: 'good' }] })
  })
  it('shows one task', async () => {
    const text = (await cli.call(['status', 'bad'])).stdout.toString()
    expect(text).toMatch(/^status +failed$/m)
    expect(text).toMatch(/^exit code +3$/m)
    expect(text).toMatch(/^error +EXIT_NONZERO: the command ended with exit code 3$/m)
    expect(parse(await cli.call(['status', 'good', '--json']))).toMatchObject({
      status: 'completed',
      result: { exit_code: 0, result: { metrics: { tokens: 5 } } },
    })
  })
  it('prints logs as they were, or as lines without what was meant for the runner', async () => {
    const { stdout, stderr, code } = await cli.call(['logs', 'good'])
    expect([stdout.toString(), stderr, code]).toEqual(['one\n::env-runner::{"type":"metric","name":"tokens","value":5}\ntwo\n', 'err\n', 0])
    expect((await cli.call(['logs', 'good', '--stream', 'stdout', '--from', '2', '-f'])).stdout.toString()).toMatch(/^e\n/)
    const lines = (await cli.call(['logs', 'good', '--json', '--stream', 'stdout'])).stdout.toString().trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { line: string }).line)).toEqual(['one', 'two'])
  })
  it('explains why a task failed', async () => {
    expect((await cli.call(['explain', 'bad'])).stdout.toString()).toMatch(
      /it failed after 1 attempt\nEXIT_NONZERO: .*\nthe end of its stderr: reason\n$/,
    )
    expect(parse(await cli.call(['explain', 'bad', '--json']))).toMatchObject({ id: 'bad', status: 'failed' })
  })
  it('replays: a timeline, the state at a record, and the verdict', async () => {
    const { stdout, code } = await cli.call(['replay', 'bad'])
    expect(code).toBe(0)
    expect(stdout.toString()).toMatch(/^0 +\+0\.000s +task\.submitted +pending +→ task_submitted$/m)
    expect(stdout.toString()).toMatch(/^verified: \d+ records lead to the stored states$/m)
    expect(parse(await cli.call(['replay', 'bad', '--at', '0', '--json']))).toMatchObject({
      seq: 0,
      event: 'task.submitted',
      state: { value: 'pending', context: { attempt: 0 } },
    })
    const beyond = await cli.call(['replay', 'bad', '--at', '999'])
    expect([beyond.code, beyond.stderr]).toEqual([2, expect.stringContaining('OUT_OF_RANGE: the task bad has no record 999 (--at)')])
  })
  it('cancelling a task that has ended changes nothing', async () => {
    const { code, stdout } = await cli.call(['cancel', 'good'])
    expect([code, stdout.toString()]).toEqual([0, 'good completed\n'])
  })
  it.each(['status', 'logs', 'explain', 'replay', 'cancel'])(
    '%s refuses a task that is not there, and what cannot be an id',
    async (command) => {
      const [unknown, wrong, none, many] = [
        await cli.call([command, 'nobody']),
        await cli.call([command, '../x']),
        await cli.call([command]),
        await cli.call([command, 'good', 'bad']),
      ]
      expect([unknown.code, wrong.code, none.code, many.code]).toEqual([2, 2, 2, 2])
      expect([unknown, wrong, none, many].map(({ stderr }) => stderr)).toEqual(
        ['NOT_FOUND', 'INVALID_ID', 'USAGE', 'USAGE'].map(
          (said) => expect.stringMatching(new RegExp(`^env-runner: ${said}: [^\n]*\n$`)) as string,
        ),
      )
    },
  )
  it.each([
    ['list', '--status', 'done', '--status'],
    ['list', '--limit', '0', '--limit'],
    ['list', '--after', 'nobody', 'nobody'],
    ['logs', 'good', '--from=-1', '--from'],
    ['logs', 'good', '--attempt=2', 'attempt'],
    ['logs', 'good', '--stream=stdin', '--stream'],
    ['replay', 'good', '--at=x', '--at'],
  ])('refuses %s %s %s', async (...words) => {
    const { code, stderr } = await cli.call(words.slice(0, -1))
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^env-runner: [A-Z_]+: [^\n]*\n$/)])
    expect(stderr).toContain(words.at(-1))
  })
  it('ends quietly when its reader has seen enough', async () => {
    const running = cli.start(['list', '--json'])
    running.child.stdout.destroy()
    const { code, stderr } = await running.ended
    expect([code, stderr]).toEqual([141, ''])
  })
  it('doctor finds nothing broken, in lines and in JSON', async () => {
    const { code, stdout } = await cli.call(['doctor'])
    expect(stdout.toString()).toMatch(/^ok +journal +whole; \d+ records; tasks: 1 completed, 1 failed$/m)
    expect([code, /^fail/m.exec(stdout.toString())]).toEqual([0, null])
    expect(parse(await cli.call(['doctor', '--json']))).toMatchObject({ ok: true })
  })
})

describe('a journal that was tampered with', () => {
  let cli: Cli
  beforeEach(() => {
    cli = createCli()
  })
  afterEach(() => cli.end())

  it('is told by doctor, and by one line without a stack from everything else', async () => {
    await cli.call(['run', '--id', 'a', '--', 'true'])
    writeFileSync(join(cli.dataDir, 'journal.sqlite'), 'this is no database, whatever its name says'.repeat(200))
    const doctor = await cli.call(['doctor'])
    expect([doctor.code, doctor.stdout.toString()]).toEqual([1, expect.stringMatching(/^fail +journal/m)])
    const list = await cli.call(['list'])
    expect([list.code, list.stderr]).toEqual([1, expect.stringMatching(/^env-runner: JOURNAL_CORRUPT: [^\n]*\n$/)])
  })
  it('of a newer version is refused', async () => {
    await cli.call(['run', '--id', 'a', '--', 'true'])
    const db = new DatabaseSync(join(cli.dataDir, 'journal.sqlite'))
    db.exec('PRAGMA user_version = 999')
    db.close()
    for (const args of [['list'], ['run', '--', 'true']])
      expect(await cli.call(args)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^env-runner: JOURNAL_NEWER: [^\n]*\n$/) })
  })
})

describe('without a journal', () => {
  let cli: Cli
  beforeEach(() => {
    cli = createCli()
  })
  afterEach(() => cli.end())

  it('reading says that there is none, and doctor makes nothing', async () => {
    for (const args of [['list'], ['list', '--json'], ['status', 'x'], ['logs', 'x'], ['explain', 'x'], ['replay', 'x']]) {
      const { code, stdout, stderr } = await cli.call(args)
      expect([code, stdout.toString(), stderr]).toEqual([
        2,
        '',
        expect.stringMatching(`^env-runner: NOT_FOUND: there is no journal in ${cli.dataDir} \\(data_dir\\)`),
      ])
    }
    expect((await cli.call(['doctor'])).stdout.toString()).toContain('none yet')
    expect((await cli.call(['list'])).code).toBe(2)
  })
  it('doctor fails where the data directory cannot be', async () => {
    const { code, stdout } = await cli.call(['doctor', '--data-dir', '/proc/x'])
    expect([code, stdout.toString()]).toEqual([1, expect.stringMatching(/^fail +/m)])
  })
})

describe('a task that runs', () => {
  let cli: Cli
  beforeEach(() => {
    cli = createCli()
  })
  afterEach(() => cli.end())

  it('has its log printed whole to a slow reader, however large, and nothing else said', async () => {
    await cli.call(['run', '--id', 'large', '--', 'seq', '1', '700000'])
    const running = cli.start(['logs', 'large'])
    running.child.stdout.pause()
    setTimeout(() => running.child.stdout.resume(), 500)
    const { stdout, stderr, code } = await running.ended
    expect([stdout.length, stderr, code]).toEqual([4_788_895, '', 0])
  })
  it('is followed beside its runner, from the files', async () => {
    await cli.serve()
    await cli.call(['submit', '-'], {
      input: JSON.stringify({ id: 'a', payload: { execution: { command: ['sh', '-c', 'echo 1; sleep 1; echo 2; sleep 1; echo 3'] } } }),
    })
    const followed = await cli.call(['logs', 'a', '-f'])
    expect([followed.code, followed.stdout.toString()]).toEqual([0, '1\n2\n3\n'])
  })
  it('is cancelled through its runner, and without one', async () => {
    const server = await cli.serve()
    for (const id of ['a', 'b', 'c'])
      await cli.call(['submit', '-'], { input: JSON.stringify({ id, payload: { execution: { command: ['sleep', '100'] } } }) })
    expect((await cli.call(['cancel', 'a', '--reason', 'enough'])).stdout.toString()).toMatch(/^a is being cancelled/)
    await expect
      .poll(async () => parse(await cli.call(['status', 'a', '--json'])), { timeout: 20_000 })
      .toMatchObject({ status: 'cancelled', cancel_reason: 'enough' })
    await expect
      .poll(async () => parse(await cli.call(['status', 'b', '--json'])), { timeout: 20_000 })
      .toMatchObject({ status: 'running' })
    server.child.kill('SIGKILL')
    await server.ended
    const unheld = `no runner holds ${cli.dataDir}; what it started may still run, and the next runner takes the task up\n`
    expect((await cli.call(['explain', 'b'])).stdout.toString()).toContain(unheld)
    expect(await cli.call(['status', 'b'])).toMatchObject({ code: 0, stderr: `env-runner: ${unheld}` })
    const following = cli.start(['logs', 'b', '-f'])
    await expect.poll(following.stderr, { timeout: 20_000 }).toBe(`env-runner: ${unheld}`)
    following.child.kill('SIGKILL')
    expect((await cli.call(['cancel', 'b'])).stdout.toString()).toBe('b cancelled\n')
    expect(parse(await cli.call(['status', 'c', '--json']))).toMatchObject({ status: 'running' }) // the others are left as they are
    expect((await cli.call(['cancel', 'c'])).code).toBe(0)
  })
})

it('reads nothing that it may not, and says so', async ({ skip }) => {
  skip(process.getuid?.() === 0, 'root may read everything')
  const cli = createCli()
  try {
    await cli.call(['run', '--', 'true'])
    chmodSync(join(cli.dataDir, 'journal.sqlite'), 0o000)
    expect(await cli.call(['list'])).toMatchObject({ stderr: expect.stringMatching(/^env-runner: [A-Z_]+: [^\n]*\n$/) })
  } finally {
    await cli.end()
  }
})
