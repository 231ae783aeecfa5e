import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { createNativeExecutor } from '../../adapters/native/index.ts'
import { realClock } from '../integration/real-clock.ts'
import type { FaultPoint } from './fault-points.ts'
import { startRunnerProcess, type Answer, type RunnerProcess } from './runner-process.ts'

/** How long a dying process may take to be gone after it broke its connection, in milliseconds. */
const dyingMs = 10_000
/** How long something that must happen may take on a loaded machine, in milliseconds. */
const patienceMs = 60_000

/** A data directory and who works in it: a service manager that starts the runner again when it died, a client that asks again when an answer was lost,
 * and a directory outside in which every task counts its own starts. */
export interface RunnerHome {
  readonly dataDir: string
  /** Mount this at `/count`, and let the task append an `s` to `/count/<id>` when it starts. */
  readonly countMount: { readonly host_path: string; readonly mount_path: '/count'; readonly read_only: false }
  /** As the last argument of a command: what its processes are found by. */
  readonly token: string
  /** Processes that ended without having been told to by `kill`. */
  deaths(): number
  /** The process that runs, or a new one. */
  runner(): Promise<RunnerProcess>
  /** A new process, not yet ready; where there is one already, it must have ended. */
  start(point?: FaultPoint): RunnerProcess
  /** Whose runner is started from now on: the root of other sources, or null for these. */
  use(sources: string | null): void
  /** Kills the process that runs, ready or not. */
  kill(): Promise<void>
  /** Asks until there is an answer. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>
  starts(taskId: string): number
  /** Everything of any task that is still on the host: processes, control groups, marks, work directories. */
  leftovers(): string[]
  /** Resolves when nothing is left; keeps the runner alive meanwhile. */
  settled(): Promise<void>
  /** Ends what was started and removes what was made. */
  close(): Promise<void>
}

/** Resolves when `holds`; polls, because what it waits for is in other processes. @throws Error with `what` after a minute */
export const until = async (what: () => string, holds: () => boolean | Promise<boolean>, withinMs = patienceMs): Promise<void> => {
  for (const end = Date.now() + withinMs; !(await holds());) {
    if (Date.now() > end) throw new Error(`after ${withinMs} ms still: ${what()}`)
    await delay(5)
  }
}

/** @param parent where the directory is made; every user must be able to pass through it */
export const createRunnerHome = (config: PartialConfigObject = {}, parent = tmpdir()): RunnerHome => {
  const root = mkdtempSync(join(parent, 'er-'))
  chmodSync(root, 0o711) // tasks pass through as their own user
  const [dataDir, countDir] = [join(root, 'data'), join(root, 'count')]
  mkdirSync(dataDir, { mode: 0o711 })
  mkdirSync(countDir)
  chmodSync(countDir, 0o777)
  const whole: PartialConfigObject = { ...config, data_dir: dataDir, policy: { allowed_mounts: [countDir], ...config.policy } }
  let current: RunnerProcess | null = null
  let deaths = 0
  let sources: string | null = null
  const [started, killed] = [new Set<RunnerProcess>(), new Set<RunnerProcess>()]

  const start = (point?: FaultPoint): RunnerProcess => {
    const own = startRunnerProcess({ config: whole, cacheDir: join(root, 'cache'), sources: sources ?? undefined, ...(point && { point }) })
    started.add(own)
    void own.exited.then(() => {
      started.delete(own)
      if (!killed.has(own)) deaths++
    })
    return (current = own)
  }
  const runner = async (): Promise<RunnerProcess> => {
    const own = current?.isAlive() ? current : start()
    await own.ready
    return own
  }
  const kill = async (): Promise<void> => {
    if (current) killed.add(current)
    await current?.kill()
  }
  const installation = (): string | null => {
    const path = join(dataDir, 'installation')
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : null
  }

  return {
    dataDir,
    countMount: { host_path: countDir, mount_path: '/count', read_only: false },
    token: basename(root),
    deaths: () => deaths,
    runner,
    start,
    use: (next) => void (sources = next),
    kill,
    async ask(method, path, body) {
      for (;;) {
        const own = await runner()
        try {
          return await own.request(method, path, body)
        } catch (cause) {
          await Promise.race([own.exited, delay(dyingMs)])
          if (own.isAlive()) throw cause
        }
      }
    },
    starts: (taskId) => (existsSync(join(countDir, taskId)) ? readFileSync(join(countDir, taskId)).length : 0),
    leftovers: () => traces(dataDir, installation(), basename(root)),
    async settled() {
      await until(
        () => `there is ${traces(dataDir, installation(), basename(root)).join(', ')}`,
        async () => (await runner(), traces(dataDir, installation(), basename(root)).length === 0),
      )
    },
    async close() {
      for (const own of started) await own.kill()
      const id = installation()
      if (id !== null) {
        const executor = createNativeExecutor({ dataDir, installation: id, sandbox: 'bubblewrap', clock: realClock })
        const signal = AbortSignal.timeout(patienceMs)
        for (const key of await executor.list(signal)) await executor.remove(key, signal)
        for (const group of groupsOf(id)) rmdirSync(group)
      }
      rmSync(root, { recursive: true })
    },
  }
}

/** The directories under which the executor makes one for each attempt of an installation. */
const groupsOf = (installation: string): string[] =>
  ['', 'unified', 'memory', 'pids', 'cpu', 'cpuacct']
    .map((tree) => join('/sys/fs/cgroup', tree, 'env-runner', installation))
    .filter((path) => existsSync(path))

const traces = (dataDir: string, installation: string | null, token: string): string[] => {
  if (installation === null) return []
  const entries = (directory: string, onlyDirectories = false): string[] =>
    existsSync(directory)
      ? readdirSync(directory, { withFileTypes: true })
          .filter((entry) => !onlyDirectories || entry.isDirectory())
          .map(({ name }) => join(directory, name))
      : []
  return [
    ...entries(join(dataDir, 'attempts')),
    ...entries(join(dataDir, 'work')),
    ...groupsOf(installation).flatMap((group) => entries(group, true)),
    ...processes(installation, token).map((pid) => `process ${pid}`),
  ]
}

/** Every process that was started in the name of an attempt, or whose command line ends with the token. */
const processes = (installation: string, token: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        `\0${read(`/proc/${pid}/environ`)}`.includes(`\0ENV_RUNNER_ATTEMPT=${installation}/`) ||
        read(`/proc/${pid}/cmdline`).endsWith(`\0${token}\0`),
    )

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // gone, or not ours to look at
  }
}
