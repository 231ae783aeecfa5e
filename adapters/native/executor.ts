import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, parseAttemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { NativePlan } from '../../src/domain/plan.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Executor, LaunchRequest } from '../../src/ports/executor.ts'
import { guardedExecutor } from '../../src/ports/guarded-executor.ts'
import { killAll, killInside, remnants, runsStill, standing, terminate, type World } from './attempt.ts'
import { systemArguments } from './bubblewrap.ts'
import { adopt, type OwnChild } from './children.ts'
import { isDirectory, spawnChain, type LaunchSettings } from './launch.ts'
import { openMarks, type Sandbox } from './mark.ts'
import { defaultCgroupRoot, openCgroups } from './open-cgroups.ts'
import { outcome, recordedExit } from './outcome.ts'
import { assertWanted, pause } from '../system/pause.ts'
import { pidNamespace, readBootId } from './processes.ts'
import { codeOf, unless } from './system-error.ts'
import { defaultUidRange, type UidRange } from './tenant-uid.ts'

export interface NativeOptions {
  /** Absolute; marks lie in `attempts/` below it. */
  readonly dataDir: string
  /** Tells the control groups of this data directory from those of others: letters, digits, `.`, `_` and `-`. */
  readonly installation: string
  readonly sandbox: Sandbox
  readonly clock: Clock
  /** Of a runner that is root: the users that tasks run as. Default: `defaultUidRange`. */
  readonly uids?: UidRange
  /** Where groups are made, or null for none. Default: `defaultCgroupRoot()`. */
  readonly cgroupRoot?: string | null
  /** Absolute path of the program. Default: `/usr/bin/bwrap`. */
  readonly bubblewrap?: string
}

/** How long a killed attempt's monitor has to write the exit code, in milliseconds; it needs about one. */
const recordMs = 2_000

/** Attempts as processes of this host. Makes `attempts/` and its control groups; reads what is there already when asked about it. See docs/native.md.
 * @throws RunnerError `CONFIG_INVALID`, `DATA_DIR_UNUSABLE` */
export const createNativeExecutor = (options: NativeOptions): Executor => {
  const { clock } = options
  const world = openWorld(options)
  const settings = launchSettings(options)
  const children = new Map<string, OwnChild>()

  const isAlive = (name: string): boolean => {
    const own = children.get(name)
    return own ? !own.hasExited : standing(world, name) === 'alive'
  }

  /** Ends what is left, until nothing is. */
  const settle = async (name: string, signal: AbortSignal): Promise<void> => {
    let left = remnants(world, name)
    for (let delayMs = 1; left.length > 0; delayMs = Math.min(50, delayMs * 2)) {
      killAll(world, name)
      await pause(clock, delayMs, signal, 'ending the attempt')
      left = [...left.filter(runsStill), ...remnants(world, name)]
    }
  }

  const clear = async (name: string, signal: AbortSignal): Promise<void> => {
    await settle(name, signal)
    for (let delayMs = 1; !world.cgroups.remove(name); delayMs = Math.min(50, delayMs * 2)) {
      killAll(world, name)
      await pause(clock, delayMs, signal, 'removing the attempt')
    }
    world.marks.remove(name)
    children.delete(name)
  }

  const mark = (name: string, { logs }: LaunchRequest): number | null =>
    world.marks.create(name, { 'boot-id': world.bootId, sandbox: settings.sandbox, stderr: logs.stderr })

  /** Leaves nothing when it fails: nothing ran, so that the mark may go too. */
  const start = async (request: LaunchRequest<NativePlan>, name: string, markFd: number): Promise<void> => {
    try {
      if (!isDirectory(request.workDir)) throw new RunnerError('WORK_DIR_UNUSABLE', `${request.workDir} is not a directory`)
      children.set(name, await adopt(spawnChain(world, settings, request, name, markFd)))
    } catch (cause) {
      await clear(name, AbortSignal.timeout(recordMs))
      throw cause
    } finally {
      closeSync(markFd)
    }
  }

  const executor: Executor = {
    provision: () => Promise.resolve(null), // the host's own programs are there

    async launch(request, signal) {
      assertWanted(signal, 'the launch')
      const name = attemptName(request.key)
      if (children.has(name)) return { attached: true }
      try {
        let markFd = mark(name, request)
        if (markFd === null) {
          if (standing(world, name) !== 'unstarted') return { attached: true }
          await clear(name, signal)
          markFd = mark(name, request)
        }
        if (markFd === null) throw new RunnerError('LAUNCH_FAILED', `another launch of ${name} is under way`)
        await start(asNative(request), name, markFd)
        return { attached: false }
      } catch (cause) {
        throw launchFailure(cause)
      }
    },

    async wait(key, signal) {
      assertWanted(signal, 'the wait')
      const name = attemptName(key)
      const own = children.get(name)
      if (own) await own.wait(signal)
      else for (let delayMs = 20; isAlive(name); delayMs = Math.min(250, delayMs * 1.25)) await pause(clock, delayMs, signal, 'the wait')
      // Our own child was the monitor, so that an empty group is proof enough; else everything is looked at.
      if (!own || world.cgroups.pids(name)?.length !== 0) await settle(name, signal)
      return outcome(world, name)
    },

    async stop(key, graceMs, signal) {
      assertWanted(signal, 'the stop')
      const name = attemptName(key)
      const own = children.get(name)
      const patienceEnds = clock.monotonic() + graceMs
      let delivered = false
      for (let delayMs = 2; isAlive(name); delayMs = Math.min(50, delayMs * 2)) {
        const leftMs = patienceEnds - clock.monotonic()
        if (leftMs <= 0) break
        // Once: a second TERM means "hurry" to many programs, and would hit what a handler starts to clean up.
        delivered ||= terminate(world, name)
        await pause(clock, Math.min(delayMs, leftMs), signal, 'the stop', own?.exited)
      }
      const recordEnds = clock.monotonic() + recordMs
      for (let delayMs = 1; isAlive(name) && clock.monotonic() < recordEnds; delayMs = Math.min(20, delayMs * 2)) {
        if (!killInside(world, name)) break
        await pause(clock, delayMs, signal, 'the stop', own?.exited)
      }
      await settle(name, signal)
      return recordedExit(world, name)
    },

    async drainLogs() {}, // the attempt has written its files itself

    async remove(key, signal) {
      assertWanted(signal, 'the removal')
      const name = attemptName(key)
      // The usual case: it was waited for, and groups that can be removed are empty.
      if (children.get(name)?.hasExited && world.cgroups.version !== null && world.cgroups.remove(name)) {
        world.marks.remove(name)
        children.delete(name)
      } else await clear(name, signal)
    },

    async list(signal) {
      assertWanted(signal, 'the list')
      const names = new Set([...world.marks.list(), ...world.cgroups.list()])
      return [...names].map(parseAttemptName).filter((key): key is AttemptKey => key !== null)
    },

    async close() {
      world.cgroups.close()
    },
  }
  return guardedExecutor(executor, unexpected)
}

const openWorld = ({ dataDir, installation, cgroupRoot = defaultCgroupRoot() }: NativeOptions): World => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(installation))
    throw new RunnerError('CONFIG_INVALID', `${JSON.stringify(installation)} cannot name control groups`, {
      path: 'runner.id',
      hint: 'Use 1 to 128 letters, digits, ".", "_" or "-", beginning with a letter or digit',
    })
  try {
    return {
      marks: openMarks(join(dataDir, 'attempts')),
      cgroups: openCgroups(cgroupRoot, installation),
      bootId: readBootId(),
      installation,
      ownNamespace: pidNamespace('self'),
    }
  } catch (cause) {
    throw new RunnerError('DATA_DIR_UNUSABLE', `${dataDir} cannot hold attempts: ${message(cause)}`, { cause })
  }
}

const launchSettings = ({ sandbox, bubblewrap = '/usr/bin/bwrap', uids = defaultUidRange }: NativeOptions): LaunchSettings => ({
  sandbox,
  bubblewrap,
  systemArguments: sandbox === 'bubblewrap' ? systemArguments() : [],
  uids: process.getuid!() === 0 ? uids : null,
  openFilesHard: Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1_024),
  inheritedFds: inheritedFds(),
})

/** Open files that would go on to children: Node closes its own on exec, but not what its parent left open. */
const inheritedFds = (): number[] =>
  readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter((fd) => fd > 2 && unless(['ENOENT'], () => !closesOnExec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')), false))

const closesOnExec = (fdinfo: string): boolean => (parseInt(/^flags:\s+(\d+)$/m.exec(fdinfo)?.[1] ?? '0', 8) & 0o2000000) !== 0

const launchFailure = (cause: unknown): RunnerError => {
  if (cause instanceof RunnerError) return cause
  const hint =
    codeOf(cause) === 'ENOSPC' || codeOf(cause) === 'EDQUOT' ? { hint: 'Free some space on the file system of the data directory' } : {}
  return new RunnerError('LAUNCH_FAILED', `the attempt could not be started: ${message(cause)}`, { cause, ...hint })
}

const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const asNative = (request: LaunchRequest): LaunchRequest<NativePlan> => {
  if (request.plan.mode !== 'native') throw new RunnerError('INTERNAL', `a ${request.plan.mode} plan came to the native executor`)
  return { ...request, plan: request.plan }
}

/** What the system refuses where it should not, is a defect or a host in distress. */
const unexpected = (cause: unknown): RunnerError => new RunnerError('INTERNAL', message(cause), { cause })
