import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { footprintQuestion, type Footprint } from './footprint.ts'

const main = join(import.meta.dirname, '../../../src/cli/main.ts')
const probe = join(import.meta.dirname, 'probe.ts')

/** `env-runner serve` in a process of its own, on a directory of its own, with a probe in it. */
export interface ProbedDaemon {
  readonly http: string
  readonly grpc: string
  footprint(): Promise<Footprint>
  /** Descriptors that it has open, seen from outside. */
  handles(): number
  /** Attempts of which something is left on the host. */
  leftovers(): number
  /** TERM; resolves with its exit code when it has ended and its directory is removed. */
  stop(): Promise<number | null>
}

/** @param settings as `--set` takes them */
export const startProbedDaemon = async (settings: readonly string[]): Promise<ProbedDaemon> => {
  const directory = mkdtempSync(join(tmpdir(), 'er-soak-'))
  chmodSync(directory, 0o711) // tasks pass through as their own user
  const dataDir = join(directory, 'data')
  const given = ['http.listen=127.0.0.1:0', 'grpc.listen=127.0.0.1:0', 'logs.level=warn', ...settings].flatMap((setting) => [
    '--set',
    setting,
  ])
  const child = spawn(process.execPath, ['--expose-gc', '--import', probe, main, 'serve', '--data-dir', dataDir, ...given], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill) // a soak that fails leaves no runner behind
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const ended = exited.then((code): never => {
    throw new Error(`the daemon has ended with ${code}`)
  })
  ended.catch(() => undefined)
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), ended])) as [string]
  const { http, grpc } = JSON.parse(line) as { http: string; grpc: string }
  const entriesOf = (name: string): number => (existsSync(join(dataDir, name)) ? readdirSync(join(dataDir, name)).length : 0)
  return {
    http,
    grpc,
    async footprint() {
      const answer = once(child, 'message')
      child.send(footprintQuestion)
      return ((await Promise.race([answer, ended])) as [Footprint])[0]
    },
    handles: () => readdirSync(`/proc/${child.pid}/fd`).length,
    leftovers: () => entriesOf('attempts') + entriesOf('work'),
    async stop() {
      child.kill('SIGTERM')
      const code = await exited
      process.off('exit', kill)
      rmSync(directory, { recursive: true })
      return code
    },
  }
}
