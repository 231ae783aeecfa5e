import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNativeExecutor, tenantUid, type NativeOptions } from '../../adapters/native/index.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { ExecutionPlan } from '../../src/domain/plan.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import type { ExecutorHarness } from '../conformance/executor.ts'
import { requireService } from '../require-service.ts'
import { planOf } from '../support/plans.ts'
import { realClock } from './real-clock.ts'
import { processesWith, uniqueSeconds, until } from '../support/processes.ts'
import { shellCommand } from '../support/shell-command.ts'

export const isRoot = process.getuid!() === 0
export const tenant = 'acme'
/** Who the tasks of `tenant` run as. */
export const taskUid = isRoot ? tenantUid(tenant) : process.getuid!()

const works = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export const hasBubblewrap = requireService(
  'bubblewrap',
  works('bwrap', '--unshare-user', '--ro-bind', '/', '/', 'true'),
  'apt-get install bubblewrap, and allow user namespaces',
)
/** Groups can be made here: limits, counters and the kill by group can be tested. */
export const hasCgroups = requireService(
  'writable cgroups (memory, pids, cpu)',
  canMakeGroups(),
  'run as root on a host that mounts /sys/fs/cgroup writable',
)

function canMakeGroups(): boolean {
  const name = `env-runner-probe-${process.pid}`
  return works(
    'sh',
    '-c',
    `for c in memory pids cpu; do d=/sys/fs/cgroup; [ -e $d/cgroup.controllers ] || d=$d/$c; mkdir $d/${name} && rmdir $d/${name} || exit 1; done`,
  )
}

export const plan = planOf

let worlds = 0

/** A data directory of its own, with the files of attempts as the engine lays them out. */
export const createWorld = (options: Partial<NativeOptions> = {}) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'env-runner-native-'))
  chmodSync(dataDir, 0o711) // the task's user passes through
  const installation = `test-${process.pid}-${++worlds}`
  const at = (key: AttemptKey, what: string): string => join(dataDir, `${attemptName(key)}.${what}`)
  const open = (over: Partial<NativeOptions> = {}) =>
    createNativeExecutor({ dataDir, installation, sandbox: 'bubblewrap', clock: realClock, ...options, ...over })
  const { signal } = new AbortController()
  return {
    dataDir,
    installation,
    open,
    mark: (key: AttemptKey): string => join(dataDir, 'attempts', attemptName(key)),
    workDir: (key: AttemptKey): string => at(key, 'work'),
    stdout: (key: AttemptKey): Buffer => readFileSync(at(key, 'stdout')),
    stderr: (key: AttemptKey): string => readFileSync(at(key, 'stderr'), 'utf8'),
    request(key: AttemptKey, planned: ExecutionPlan): LaunchRequest {
      const workDir = at(key, 'work')
      if (!existsSync(workDir)) {
        mkdirSync(workDir, { mode: 0o700 })
        chownSync(workDir, taskUid, isRoot ? taskUid : process.getgid!())
      }
      const logs = { stdout: at(key, 'stdout'), stderr: at(key, 'stderr') }
      for (const path of Object.values(logs)) writeFileSync(path, '', { flag: 'a', mode: 0o600 })
      return { key, plan: planned, image: null, workDir, logs }
    },
    async close(): Promise<void> {
      const executor = open()
      for (const key of await executor.list(signal)) await executor.remove(key, signal)
      removeGroups(installation)
      rmSync(dataDir, { recursive: true })
    },
  }
}
export type NativeWorld = ReturnType<typeof createWorld>

/** The directories that the executor keeps for an installation. */
export const groupsOf = (installation: string): string[] =>
  ['', 'unified', 'memory', 'pids', 'cpu', 'cpuacct']
    .map((tree) => join('/sys/fs/cgroup', tree, 'env-runner', installation))
    .filter(existsSync)

const removeGroups = (installation: string): void => {
  for (const path of groupsOf(installation)) works('rmdir', path)
}

/** The harness of the conformance suite over the real executor. */
export const nativeHarness =
  (options: Partial<NativeOptions> = {}) =>
  async (): Promise<ExecutorHarness> => {
    const world = createWorld(options)
    const strangers: NativeWorld[] = []
    const background = uniqueSeconds()
    let executor = world.open()
    const startsFile = (key: AttemptKey): string => join(world.workDir(key), 'starts')
    const starts = (key: AttemptKey): number => (existsSync(startsFile(key)) ? readFileSync(startsFile(key), 'utf8').length : 0)
    return {
      get executor() { return executor }, // prettier-ignore
      async crash() { executor = world.open() }, // prettier-ignore
      async stranger() {
        const other = createWorld(options)
        strangers.push(other)
        return other.open()
      },
      request: async (key, script) => world.request(key, plan(shellCommand(script, background))),
      begun: (key) => until(() => starts(key) > 0),
      starts: async (key) => starts(key),
      stdout: async (key) => world.stdout(key).toString(),
      backgroundRuns: async () => processesWith(background).length > 0,
      during: (promise) => promise,
      async close() {
        await world.close()
        for (const other of strangers) await other.close()
      },
    }
  }
