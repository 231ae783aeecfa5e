import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { startDaemon, type Daemon } from '../../src/daemon.ts'
import { requireService } from '../require-service.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const isThere = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const available = requireService('Prometheus', isThere('prometheus') && isThere('promtool'), 'apt-get install prometheus')

/** Of the dashboard, as far as it is asked here. */
interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

/** A port that nobody has right now: Prometheus does not say which one it took when it is left to choose. */
const freePort = async (): Promise<number> => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

const promtool = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)('promtool', args)
  return stdout + stderr
}

describe.skipIf(!available)('the files for Prometheus', () => {
  it('are valid: configuration, rules', async () => {
    expect(await promtool('check', 'config', pathOf('deploy/prometheus.yml'))).toMatch(/SUCCESS: 1 rule files found/)
    expect(await promtool('check', 'rules', pathOf('alerts/env-runner.rules.yml'))).toMatch(/SUCCESS: \d+ rules found/)
  })

  it('have rules that fire when they should, and not otherwise', async () => {
    const tests = readdirSync(pathOf('alerts/tests')).map((name) => pathOf(`alerts/tests/${name}`))
    expect(await promtool('test', 'rules', ...tests)).toMatch(/SUCCESS/)
  })
})

describe.skipIf(!available)('a Prometheus with our configuration', () => {
  let directory: string
  let daemon: Daemon
  let prometheus: ChildProcess
  let url: string
  let output = ''

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'env-runner-prometheus-'))
    chmodSync(directory, 0o711) // as root, tasks pass through it as other users
    const config = {
      data_dir: join(directory, 'data'),
      http: { listen: '127.0.0.1:0', also: ['127.0.0.1:0'] },
      grpc: { listen: '127.0.0.1:0' },
      native: { sandbox: 'none' },
      docker: { enabled: false },
    } satisfies PartialConfigObject
    daemon = await startDaemon({ config })
    url = `http://127.0.0.1:${await freePort()}`
    const ours = readFileSync(pathOf('deploy/prometheus.yml'), 'utf8')
      .replace('127.0.0.1:8083', new URL(daemon.http).host)
      .replace('127.0.0.1:9097', new URL(daemon.also[0]!).host)
      .replace('127.0.0.1:50101', new URL(url).host) // Prometheus itself stands in for the environment manager
      .replace('../alerts', pathOf('alerts'))
      .replaceAll('15s', '1s')
    const file = join(directory, 'prometheus.yml')
    writeFileSync(file, ours)
    const storage = `--storage.tsdb.path=${join(directory, 'series')}`
    const args = [`--config.file=${file}`, storage, `--web.listen-address=${new URL(url).host}`]
    prometheus = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    prometheus.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()))
  })

  afterAll(async () => {
    if (prometheus?.exitCode === null && prometheus.signalCode === null) {
      prometheus.kill('SIGTERM')
      await once(prometheus, 'exit')
    }
    await daemon?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  /** The value of each series of an answer, by one of its labels. */
  const query = async (expression: string, label: string): Promise<Record<string, string>> => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
    const { data } = (await response.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }
    return Object.fromEntries(data.result.map(({ metric, value }) => [metric[label] ?? '', value[1]]))
  }
  const eventually = (check: () => Promise<void>) =>
    vi.waitFor(
      async () => {
        if (prometheus.exitCode !== null) throw new Error(`Prometheus ended: ${output}`)
        await check()
      },
      { timeout: 30_000, interval: 200 },
    )

  it('finds every target up', async () => {
    await eventually(async () => expect(await query('up', 'job')).toEqual({ 'env-runner': '1', orchestrator: '1', 'env-manager': '1' }))
  }, 40_000)

  it('has loaded our rules, and takes what the runner tells as they read it', async () => {
    const task = await daemon.runner.submit({ payload: { execution: { command: ['sh', '-c', 'exit 3'] } } })
    await task.result()
    const ended = 'env_runner_tasks_ended_total{job="env-runner", outcome="failed"}'
    await eventually(async () => expect(await query(ended, 'code')).toEqual({ EXIT_NONZERO: '1' }))
    expect(await query('env_runner_journal_writable{job="env-runner"}', 'job')).toEqual({ 'env-runner': '1' })
    const rules = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string }[] }[] }
    }
    const names = rules.data.groups.flatMap((group) => group.rules).map(({ name }) => name)
    expect(names).toEqual(
      [...readFileSync(pathOf('alerts/env-runner.rules.yml'), 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => name),
    )
  }, 40_000)

  it('understands every query of the dashboard', async () => {
    const { panels } = JSON.parse(readFileSync(pathOf('dashboards/env-runner.json'), 'utf8')) as { panels: Panel[] }
    const charts = panels.filter(({ type }) => type !== 'row')
    expect(charts.filter(({ targets = [] }) => targets.length === 0)).toEqual([])
    for (const { title, targets = [] } of charts)
      for (const { expr } of targets) {
        const asked = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')
        const answer = (await (await fetch(`${url}/api/v1/query?query=${encodeURIComponent(asked)}`)).json()) as object
        expect({ title, expr, ...answer }).toMatchObject({ status: 'success' })
      }
  }, 40_000)

  it('sees a runner that is gone as down', async () => {
    await daemon.stop()
    await eventually(async () => expect(await query('up{job="env-runner"}', 'job')).toEqual({ 'env-runner': '0' }))
  }, 40_000)
})
