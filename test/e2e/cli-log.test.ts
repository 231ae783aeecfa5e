import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'

let cli: Cli
beforeEach(() => {
  cli = createCli()
})
afterEach(() => cli.end())

type Line = Record<string, unknown>
const linesOf = (text: string): Line[] => text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line) // prettier-ignore
const logFile = (): string => join(cli.dataDir, 'logs', 'env-runner.log')

/** Runs one task with a secret in its environment to its end. */
const runTask = async (http: string, id = 'told'): Promise<void> => {
  const execution = { command: ['sh', '-c', 'echo "$SECRET"; exit 3'], env: { SECRET: 'hunter2' } }
  const response = await fetch(`${http}/api/v1/tasks?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, payload: { tenant: 'acme', context: { note: 'hunter2' }, execution } }),
  })
  expect(await response.json()).toMatchObject({ status: 'failed', exit_code: 3 })
}

describe('the log of serve', () => {
  it('is the same on stderr and in logs.dir: every line JSON, lines about the task whole, nothing of what is its own', async () => {
    const { ready, child, ended } = await cli.serve(['--set', 'logs.level=trace'])
    await runTask(ready.http)
    child.kill('SIGTERM')
    const { stderr } = await ended
    const file = readFileSync(logFile(), 'utf8')
    expect(file).toBe(stderr)
    expect(statSync(logFile()).mode & 0o777).toBe(0o600)
    const about = linesOf(file).filter((line) => JSON.stringify(line).includes('told'))
    expect(about.map(({ event }) => event)).toContain('attempt.collected')
    for (const line of about)
      expect(line).toMatchObject({ task_id: 'told', tenant: 'acme', workflow_id: null, class: 'cpu_short', attempt: expect.any(Number) })
    expect(file).not.toContain('hunter2')
  })

  it('is put aside by size, and no more files are kept than may be', async () => {
    const settings = ['logs.level=trace', 'logs.file_bytes_max=4096', 'logs.files_max=2'].flatMap((setting) => ['--set', setting])
    const { ready, child, ended } = await cli.serve(settings)
    for (const id of ['a', 'b', 'c', 'd']) await runTask(ready.http, id)
    child.kill('SIGTERM')
    const { stderr } = await ended
    expect(existsSync(`${logFile()}.2`)).toBe(false)
    const kept = readFileSync(`${logFile()}.1`, 'utf8') + readFileSync(logFile(), 'utf8')
    expect(stderr.endsWith(kept)).toBe(true)
    for (const path of [logFile(), `${logFile()}.1`]) expect(statSync(path).size).toBeLessThanOrEqual(4_096)
  })

  it('is not touched by one that may not have the data directory', async () => {
    const { child, ended } = await cli.serve()
    const before = statSync(logFile(), { throwIfNoEntry: false })?.mtimeMs
    const rival = await cli.call(['serve', '--listen', '127.0.0.1:0', '--set', 'logs.level=trace'])
    expect([rival.code, rival.stderr]).toEqual([expect.any(Number), expect.stringContaining('DATA_DIR_LOCKED')])
    expect(statSync(logFile(), { throwIfNoEntry: false })?.mtimeMs).toBe(before)
    child.kill('SIGTERM')
    await ended
  })

  it('keeps nobody alive and ends nobody: a stderr on a full disk costs its lines, and the file has them', async () => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
    const settings = [
      '--listen',
      '127.0.0.1:0',
      '--set',
      'logs.level=trace',
      '--set',
      'native.sandbox=none',
      '--set',
      'docker.enabled=false',
    ]
    const command = ['-c', 'exec "$@" 2>/dev/full', 'sh', process.execPath, main, 'serve', '--data-dir', cli.dataDir, ...settings]
    const child = spawn('sh', command, { env: { PATH: process.env['PATH'], HOME: cli.directory }, stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [ready] = (await once(child.stdout, 'data')) as [Buffer]
      await runTask((JSON.parse(ready.toString()) as { http: string }).http)
      child.kill('SIGTERM')
      expect(await once(child, 'close')).toEqual([0, null])
      expect(linesOf(readFileSync(logFile(), 'utf8')).map(({ msg }) => msg)).toContain('stopping')
    } finally {
      child.kill('SIGKILL')
    }
  })
})
