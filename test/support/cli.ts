import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const sandbox = existsSync('/usr/bin/bwrap') ? 'bubblewrap' : 'none'

/** How a command line ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** `env-runner` as a real process on a data directory of its own. */
export const createCli = () => {
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-cli-'))
  chmodSync(directory, 0o711) // as root, tasks pass through it as other users
  const dataDir = join(directory, 'data')
  const children = new Set<ChildProcessByStdio<Writable, Readable, Readable>>()
  const env = { PATH: process.env['PATH'], HOME: directory, ENV_RUNNER_DATA_DIR: dataDir, ENV_RUNNER_NATIVE_SANDBOX: sandbox }

  const start = (args: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...env, ...more }, stdio: ['pipe', 'pipe', 'pipe'] })
    children.add(child)
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.stdin.on('error', () => undefined)
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => {
        children.delete(child)
        resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() })
      })
    })
    return { child, ended, stdout: () => Buffer.concat(stdout).toString(), stderr: () => Buffer.concat(stderr).toString() }
  }

  return {
    directory,
    dataDir,
    start,
    /** Runs a command line to its end; `input` is its stdin. */
    async call(
      args: readonly string[],
      { input = '', env: more = {} }: { input?: string | Buffer; env?: NodeJS.ProcessEnv } = {},
    ): Promise<Ended> {
      const { child, ended } = start(args, more)
      child.stdin.end(input)
      return ended
    },
    /** Starts `serve` on free ports; resolves with its ready line. */
    async serve(args: readonly string[] = []) {
      const running = start(['serve', '--listen', '127.0.0.1:0', '--set', 'grpc.listen=127.0.0.1:0', '--set', 'logs.level=warn', ...args])
      const ready = await Promise.race([
        new Promise<string>((resolve) => {
          running.child.stdout.on('data', () => {
            if (running.stdout().includes('\n')) resolve(running.stdout())
          })
        }),
        running.ended.then(({ code, stderr }) => Promise.reject(new Error(`serve ended with ${code}: ${stderr}`))),
      ])
      return { ...running, ready: JSON.parse(ready) as { event: string; http: string; grpc: string; socket: string } }
    },
    async end(): Promise<void> {
      for (const child of children) child.kill('SIGKILL')
      while (children.size > 0) await new Promise((resolve) => setTimeout(resolve, 10))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
export type Cli = ReturnType<typeof createCli>
