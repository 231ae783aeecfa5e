import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')

/** Another process of a bench, and the first line that it printed. */
export interface Child {
  readonly line: string
  /** Seconds of CPU that it has used, user and system. */
  cpuSeconds(): number
  /** Resident memory in bytes. */
  memoryBytes(): number
  stop(): Promise<void>
}

/** Starts a program of this repository, and waits for its first line. */
export const startChild = async (args: readonly string[]): Promise<Child> => {
  const child = spawn(
    process.execPath,
    args.map((arg, index) => (index === 0 ? join(root, arg) : arg)),
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  process.once('exit', () => child.kill('SIGTERM')) // a bench that fails leaves nothing behind
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return {
    line,
    cpuSeconds: () => cpuSecondsOf(child),
    memoryBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1_024,
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** proc(5): utime and stime, in hundredths of a second. */
const cpuSecondsOf = ({ pid }: ChildProcess): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The daemon as its users start it, on free ports. */
export const startServe = async (dataDir: string, settings: readonly string[] = []) => {
  const given = ['http.listen=127.0.0.1:0', 'grpc.listen=127.0.0.1:0', 'logs.level=warn', ...settings].flatMap((setting) => [
    '--set',
    setting,
  ])
  const child = await startChild(['src/cli/main.ts', 'serve', '--data-dir', dataDir, ...given])
  return { ...child, ...(JSON.parse(child.line) as { http: string; grpc: string }) }
}
