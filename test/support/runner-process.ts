import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { RunnerError, type ErrorCode } from '../../src/domain/errors.ts'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import type { FaultPoint } from './fault-points.ts'
import type { ProgramOptions, ProgramReply, ProgramRequest } from './runner-program.ts'

/** An answer of the runner. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
  json(): Record<string, unknown>
}

/** A real runner, killed for real. */
export interface RunnerProcess {
  readonly pid: number
  /** Resolves when it accepts tasks. Rejects with the RunnerError that kept it from starting, or with an Error when it died before. */
  readonly ready: Promise<void>
  /** Resolves with the signal that ended it, or null for an ordinary end. */
  readonly exited: Promise<NodeJS.Signals | null>
  isAlive(): boolean
  /** SIGKILL, and waits until the process is gone. Idempotent. */
  kill(): Promise<void>
  /** Asks over the runner's socket. Rejects when the connection breaks, such as when the process dies. */
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>
  /** From here on calls are counted, and the process kills itself at the point. Rejects when it is gone. */
  arm(point: FaultPoint | null): Promise<void>
  /** Calls since it was armed, or since it was started. Rejects when it is gone. */
  calls(): Promise<readonly { readonly call: string; readonly nth: number }[]>
  /** Resident memory in bytes. */
  rssBytes(): number
}

export interface RunnerProcessOptions {
  readonly config: PartialConfigObject
  /** Keeps compiled code from one start to the next, which halves what a start costs. */
  readonly cacheDir: string
  /** Root of the sources that are run. Default: these. */
  readonly sources?: string | undefined
  /** Armed before the runner starts. */
  readonly point?: FaultPoint
}

const ownSources = join(import.meta.dirname, '../..')

/** Starts a runner's process. */
export const startRunnerProcess = ({ config, cacheDir, sources = ownSources, point }: RunnerProcessOptions): RunnerProcess => {
  const program = join(sources, 'test/support/runner-program.ts')
  const child = spawn(process.execPath, [program, JSON.stringify({ config, point: point ?? null } satisfies ProgramOptions)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: cacheDir },
  })
  let hasExited = false
  const exited = once(child, 'exit').then(([, signal]) => {
    hasExited = true
    return signal as NodeJS.Signals | null
  })
  child.on('error', () => undefined) // a message that could not be sent: its answer never comes, and the end of the process says so
  const gone = exited.then((signal): never => {
    throw new Error(`the runner's process has ended (${signal ?? 'by itself'})`)
  })
  gone.catch(() => undefined)
  const reply = async (): Promise<ProgramReply> => ((await Promise.race([once(child, 'message'), gone])) as [ProgramReply])[0]
  const ask = (message: ProgramRequest): Promise<ProgramReply> => {
    const answer = reply()
    if (child.connected) child.send(message)
    return answer
  }

  let socket = ''
  const ready = reply().then(async (first) => {
    if (first.type === 'ready') return void (socket = first.socket)
    await exited
    throw first.type === 'failed'
      ? new RunnerError(first.code as ErrorCode, first.message)
      : new Error(`the runner's process said ${first.type} before it was ready`)
  })
  ready.catch(() => undefined)
  return {
    pid: child.pid!,
    ready,
    exited,
    isAlive: () => !hasExited,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    request: (method, path, body) => request(socket, method, path, body),
    async arm(next) {
      await ask({ type: 'arm', point: next })
    },
    async calls() {
      const answer = await ask({ type: 'calls' })
      return answer.type === 'calls' ? answer.calls : []
    },
    rssBytes: () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1_024,
  }
}

const request = (socketPath: string, method: string, path: string, body: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = text === undefined ? {} : { 'content-type': 'application/json' }
    httpRequest({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({ status: response.statusCode!, body: whole, json: () => JSON.parse(whole.toString()) as Record<string, unknown> })
      })
    })
      .on('error', reject)
      .end(text)
  })
