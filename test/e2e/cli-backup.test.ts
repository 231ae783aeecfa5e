import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'
import { until } from '../support/runner-home.ts'

const parse = ({ stdout }: { stdout: Buffer }) => JSON.parse(stdout.toString()) as Record<string, never>

let cli: Cli
let backup: string
beforeEach(() => {
  cli = createCli()
  backup = join(cli.directory, 'backup')
})
afterEach(() => cli.end())

const task = (id: string, script: string, more: object = {}) =>
  JSON.stringify({ id, payload: { execution: { command: ['sh', '-c', script], ...more } } })
const submit = (document: string) => cli.call(['submit', '-'], { input: document })
const statusOf = async (id: string) => parse(await cli.call(['status', id, '--json'])) as unknown as { status: string; attempt: number }
const isRunning = (id: string) => async () => (await cli.call(['logs', id])).stdout.toString().includes('begun')

describe('a backup made while tasks run', () => {
  it('is restored to an empty directory, where what ended is told and what ran is tried again', { timeout: 120_000 }, async () => {
    const first = await cli.serve()
    await cli.call(['run', '--id', 'ended', '--', 'sh', '-c', 'echo kept; exit 3'])
    await submit(task('running', '[ "$ENV_RUNNER_ATTEMPT_NUMBER" = 2 ] && exit 0; echo begun; exec sleep 300'))
    await until(() => 'the task has not begun', isRunning('running'))
    const made = await cli.call(['backup', backup, '--logs', '--json'])
    expect([made.code, parse(made)]).toMatchObject([0, { format: 1, tasks: 2, live_tasks: 1, logs: true }])
    expect(statSync(backup).mode & 0o777).toBe(0o700)
    expect(readdirSync(backup).toSorted()).toEqual(['backup.json', 'installation', 'journal.sqlite', 'logs'])
    await submit(task('later', 'true'))
    await cli.call(['cancel', 'running'])
    await until(() => 'it still runs', async () => (await statusOf('running')).status === 'cancelled') // prettier-ignore
    const installation = readFileSync(join(cli.dataDir, 'installation'), 'utf8')

    const held = await cli.call(['restore', backup])
    expect([held.code, held.stderr]).toEqual([2, expect.stringContaining('DATA_DIR_UNUSABLE')])
    first.child.kill('SIGTERM')
    await first.ended
    rmSync(cli.dataDir, { recursive: true })
    const restored = await cli.call(['restore', backup])
    expect([restored.code, restored.stdout.toString()]).toEqual([0, expect.stringMatching(/^2 tasks, 1 of them live, up to|^2 tasks, 1 of them live, as of /)]) // prettier-ignore
    expect(readFileSync(join(cli.dataDir, 'installation'), 'utf8')).toBe(installation)
    expect((await cli.call(['logs', 'ended'])).stdout.toString()).toBe('kept\n')
    expect((await cli.call(['audit'])).code).toBe(0)

    const second = await cli.serve()
    await until(() => 'it was not tried again', async () => (await statusOf('running')).status === 'completed') // prettier-ignore
    expect(await statusOf('running')).toMatchObject({ status: 'completed', attempt: 2 })
    expect((await cli.call(['replay', 'running'])).stdout.toString()).toContain('TASK_LOST')
    expect((await cli.call(['status', 'later'])).code).toBe(2)
    expect((await cli.call(['audit'])).code).toBe(0)
    second.child.kill('SIGTERM')
    await second.ended
  })
})

describe('a backup', () => {
  const lived = async () => {
    await cli.call(['run', '--id', 'a', '--', 'true'])
    await cli.call(['backup', backup])
  }
  const refused = async (args: readonly string[]) => {
    const { code, stderr } = await cli.call(args)
    return [code, /env-runner: (\w+):/.exec(stderr)?.[1]]
  }

  it('goes to a directory of its own', async () => {
    await lived()
    expect(await refused(['backup', backup])).toEqual([2, 'BACKUP_UNUSABLE'])
    expect(existsSync(join(backup, 'logs'))).toBe(false)
  })

  it('wants a journal', async () => {
    expect(await refused(['backup', backup])).toEqual([2, 'NOT_FOUND'])
  })

  it('is restored to an empty directory alone, and only whole', { timeout: 120_000 }, async () => {
    await lived()
    const target = ['--data-dir', join(cli.directory, 'other')]
    expect(await refused(['restore', backup])).toEqual([2, 'DATA_DIR_UNUSABLE'])
    expect(await refused(['restore', join(cli.directory, 'none'), ...target])).toEqual([2, 'BACKUP_UNUSABLE'])
    const manifest = readFileSync(join(backup, 'backup.json'))
    rmSync(join(backup, 'backup.json'))
    expect(await refused(['restore', backup, ...target])).toEqual([2, 'BACKUP_UNUSABLE'])
    writeFileSync(join(backup, 'backup.json'), manifest)
    const journal = new DatabaseSync(join(backup, 'journal.sqlite'))
    journal.exec('DELETE FROM records WHERE position = (SELECT max(position) FROM records)')
    journal.close()
    expect(await refused(['restore', backup, ...target])).toEqual([2, 'BACKUP_UNUSABLE'])
    expect(existsSync(join(cli.directory, 'other'))).toBe(false)
  })

  it('is restored by name into a directory that is there and empty', async () => {
    await lived()
    const other = join(cli.directory, 'other')
    mkdirSync(other)
    expect((await cli.call(['restore', backup, '--data-dir', other])).code).toBe(0)
    expect((await cli.call(['list', '--data-dir', other])).stdout.toString()).toContain('completed')
  })
})
