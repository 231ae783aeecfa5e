import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs'
import type { NativePlan } from '../../src/domain/plan.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import { markerValue, markerVariable, type World } from './attempt.ts'
import { sandboxArguments } from './bubblewrap.ts'
import { argsFd, bareScript, firstCgroupFd, sandboxScript, statusFd } from './chain.ts'
import type { Sandbox } from './mark.ts'
import { tenantUid, type UidRange } from './tenant-uid.ts'

/** What is the same for every attempt of an executor. */
export interface LaunchSettings {
  readonly sandbox: Sandbox
  readonly bubblewrap: string
  readonly systemArguments: readonly string[]
  /** Of root: whom tasks become. Null: the runner is not root, they run as its own user. */
  readonly uids: UidRange | null
  readonly openFilesHard: number
  /** Open files that the runner was started with and that a child would inherit. Numbers. */
  readonly inheritedFds: readonly number[]
}

/** What the shell of an attempt gets: nothing of the runner's environment. bubblewrap's and the shell's own words come in one language. */
const cleanEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C' }

/** Two more in the sandbox than the task's own: bubblewrap's monitor and its first process; without one, the monitor. */
const ownProcesses: Readonly<Record<Sandbox, number>> = { bubblewrap: 2, none: 1 }

/** Starts the chain of an attempt, whose mark is open as `markFd`. Synchronous: when it returns, the process exists, or it throws and nothing of it is left but
 * the mark and the control groups. The kernel's answer is the child's pid; undefined with the reason in its `error` event. */
export const spawnChain = (
  world: World,
  settings: LaunchSettings,
  { plan, workDir, logs }: LaunchRequest<NativePlan>,
  name: string,
  markFd: number,
): ChildProcess => {
  const open: number[] = []
  const keep = (fd: number): number => (open.push(fd), fd)
  try {
    const cgroupFds = world.cgroups
      .create(name, { ...plan.limits, processesMax: plan.limits.processesMax + ownProcesses[settings.sandbox] })
      .map(keep)
    const [stdout, stderr] = [keep(openLog(logs.stdout)), keep(openLog(logs.stderr))]
    const input = keep(world.marks.anonymous(name))
    const script = { plan, cgroups: world.cgroups, cgroupCount: cgroupFds.length, openFilesHard: settings.openFilesHard }
    const stdio: StdioOptions = ['ignore', stdout, stderr]
    stdio[statusFd] = markFd
    cgroupFds.forEach((fd, index) => { stdio[firstCgroupFd + index] = fd }) // prettier-ignore
    let shellArguments: string[]
    if (settings.sandbox === 'bubblewrap') {
      writeAll(input, sandboxArguments(settings.systemArguments, plan, workDir))
      stdio[argsFd] = input
      shellArguments = ['-c', sandboxScript({ ...script, bubblewrap: settings.bubblewrap }), 'sh', ...plan.argv]
    } else {
      writeAll(input, bareScript({ ...script, workDir }))
      stdio[0] = input
      stdio[argsFd] ??= 'ignore'
      shellArguments = []
    }
    // A file that the runner's own parent left open must not reach a task; a child can only be given another one under its number.
    if (settings.inheritedFds.length > 0) {
      const nothing = keep(openSync('/dev/null', 'r'))
      for (const fd of settings.inheritedFds) stdio[fd] ??= nothing
    }
    for (let fd = 0; fd < stdio.length; fd++) stdio[fd] ??= 'ignore'
    const env = { ...cleanEnvironment, [markerVariable]: markerValue(world.installation, name) }
    const uid = settings.uids === null ? {} : asUser(tenantUid(plan.tenant, settings.uids))
    return spawn('/bin/sh', shellArguments, { cwd: workDir, env, stdio, detached: true, ...uid })
  } finally {
    open.forEach((fd) => closeSync(fd))
  }
}

/** libuv gives up the supplementary groups, then the group, then the user, before it executes anything. */
const asUser = (uid: number): { uid: number; gid: number } => ({ uid, gid: uid })

const openLog = (path: string): number => openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)

/** At the beginning of the file and without moving its offset, so that the child reads from there. */
const writeAll = (fd: number, text: string): void => {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written, bytes.length - written, written)
}

export const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
