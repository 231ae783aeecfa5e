import { statSync } from 'node:fs'
import { uptime } from 'node:os'
import type { Cgroups } from './cgroup.ts'
import { statusFd } from './chain.ts'
import type { Mark, Marks } from './mark.ts'
import { allPids, hasEnvironment, holdersOf, holdsAt, identify, killNow, pidNamespace, processFacts, signalNow } from './processes.ts'

/** What can be told about an attempt without changing anything.
 * - `absent`     no mark
 * - `unstarted`  a mark; the command never ran, and nobody is left who could start it
 * - `alive`      its monitor lives and will write the outcome
 * - `ended`      the exit code is on record
 * - `gone`       it was started, or may have been; its monitor is gone, and no outcome was written */
export type Standing = 'absent' | 'unstarted' | 'alive' | 'ended' | 'gone'

/** What it takes to look at attempts and to signal them. */
export interface World {
  readonly marks: Marks
  readonly cgroups: Cgroups
  readonly bootId: string
  readonly installation: string
  /** Our own pid namespace: no attempt's. */
  readonly ownNamespace: number | null
}

/** In the environment of every process that begins an attempt: what finds them on a host without control groups. A task in the sandbox does not inherit it. */
export const markerVariable = 'ENV_RUNNER_ATTEMPT'
export const markerValue = (installation: string, name: string): string => `${installation}/${name}`
const markerOf = (installation: string, name: string): string => `${markerVariable}=${markerValue(installation, name)}`

/** The monitor of an attempt, or null when it is gone. It alone has the mark open under that number, which no other process of a reused pid can.
 * Before it said its pid, whoever holds the mark open: it is about to. */
export const findMonitor = (world: World, name: string, mark: Mark): number | null => {
  if (isFromEarlierBoot(world, mark)) return null
  const file = identify(world.marks.path(name))
  if (file === null) return null
  if (mark.monitorPid !== null) return holdsAt(mark.monitorPid, statusFd, file) ? mark.monitorPid : null
  return holdersOf(file)[0] ?? null
}

const isFromEarlierBoot = (world: World, mark: Mark): boolean => mark.header !== null && mark.header['boot-id'] !== world.bootId

export const standing = (world: World, name: string): Standing => {
  const before = world.marks.read(name)
  if (before === null) return 'absent'
  if (before.exitCode !== null || before.refused !== null) return findMonitor(world, name, before) === null ? 'ended' : 'alive'
  if (findMonitor(world, name, before) !== null) return 'alive'
  // It may have written between our two looks; now nobody writes any more.
  const mark = world.marks.read(name)
  if (mark === null) return 'absent'
  if (mark.exitCode !== null || mark.refused !== null) return 'ended'
  // Only a mark of this boot, and whole, proves that the command never ran: a power failure takes back what was not yet on the disk.
  const neverRan =
    mark.childPid === null &&
    mark.legible &&
    !isFromEarlierBoot(world, mark) &&
    (mark.header !== null || isOfThisBoot(world.marks.path(name)))
  return neverRan ? 'unstarted' : 'gone'
}

/** Of a mark that was not begun, and names no boot. */
const isOfThisBoot = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= Date.now() - uptime() * 1_000

/** The processes of the task itself, without bubblewrap's monitor, whose death would lose the exit code. */
export const insiders = (world: World, name: string, mark: Mark): number[] => {
  if (isFromEarlierBoot(world, mark)) return []
  const members = world.cgroups.pids(name)
  if (mark.header?.sandbox === 'none') {
    const monitor = findMonitor(world, name, mark)
    return (members ?? allPids().filter((pid) => isBareInsider(world, name, mark, pid))).filter(
      (pid) => pid !== monitor && pid !== process.pid,
    )
  }
  const namespace = mark.pidNamespace
  if (namespace === null || namespace === world.ownNamespace) return []
  // The kernel gives the number of a namespace that ended to the next one: alone it would name a stranger. A group of the attempt's name settles it;
  // without one, the namespace lives exactly as long as its first process, and that was started with the attempt's name in its environment.
  if (members === null && !isFirstProcess(world, name, mark)) return []
  return (members ?? allPids()).filter((pid) => pidNamespace(pid) === namespace)
}

const isFirstProcess = ({ installation }: World, name: string, { childPid, pidNamespace: namespace }: Mark): boolean =>
  childPid !== null && pidNamespace(childPid) === namespace && hasEnvironment(childPid, markerOf(installation, name))

/** Without groups and namespaces: by what its environment was given; also by the session, but only as long as the child that leads it is the one on the mark. */
const isBareInsider = ({ installation }: World, name: string, { childPid, startTicks }: Mark, pid: number): boolean => {
  if (hasEnvironment(pid, markerOf(installation, name))) return true
  return childPid !== null && processFacts(pid)?.session === childPid && processFacts(childPid)?.startTicks === startTicks
}

/** TERM to the task's processes. False when there was none yet that could take it: the first process of a namespace takes no signal that it has no handler for. */
export const terminate = (world: World, name: string): boolean => {
  const mark = world.marks.read(name)
  if (mark === null) return false
  // A bare command begins as a fork of its monitor, with the monitor's handlers: a TERM that comes before it has said who it is would be lost.
  if (mark.header?.sandbox === 'none' && mark.childPid === null) return false
  let delivered = false
  for (const pid of insiders(world, name, mark)) {
    const isInit = mark.pidNamespace !== null && pid === mark.childPid
    if (signalNow(pid, 'SIGTERM') && !isInit) delivered = true
  }
  return delivered
}

/** KILL to what runs inside. In a sandbox its first process is enough: the kernel ends the namespace with it, and the monitor writes 137.
 * False when there is no inside yet: then nobody is killed, and no outcome will come. */
export const killInside = (world: World, name: string): boolean => {
  const mark = world.marks.read(name)
  if (mark === null) return false
  const inside = insiders(world, name, mark)
  const init = mark.pidNamespace === null ? undefined : inside.find((pid) => pid === mark.childPid)
  if (init !== undefined) killNow(init)
  else inside.forEach(killNow)
  return mark.childPid !== null
}

/** KILL to everything, the monitor included: nothing more will be recorded. */
export const killAll = (world: World, name: string): void => {
  killInside(world, name)
  world.cgroups.kill(name)
  const mark = world.marks.read(name)
  if (mark !== null) attendants(world, name, mark).forEach(killNow)
}

/** A process, told from a later one of the same pid. */
export interface Remnant {
  readonly pid: number
  readonly startTicks: number
}

/** Everything of the attempt that runs, the monitor included. */
export const remnants = (world: World, name: string): Remnant[] => {
  const mark = world.marks.read(name)
  const pids = new Set(world.cgroups.pids(name))
  if (mark !== null) for (const pid of [...insiders(world, name, mark), ...attendants(world, name, mark)]) pids.add(pid)
  return [...pids].flatMap((pid) => {
    const facts = processFacts(pid)
    return facts === null ? [] : [{ pid, startTicks: facts.startTicks }]
  })
}

/** Whether it runs still. While a namespace ends, its first process can no longer be recognised, but the others are there for a moment more. */
export const runsStill = ({ pid, startTicks }: Remnant): boolean => processFacts(pid)?.startTicks === startTicks

/** Who serves the attempt from outside: its monitor. Where no group tells who else: whoever has the mark open, such as a first process that waits for a monitor
 * that is gone, or was started in the attempt's name. */
const attendants = (world: World, name: string, mark: Mark): number[] => {
  if (mark.exitCode === null && world.cgroups.pids(name) === null && !isFromEarlierBoot(world, mark)) {
    const file = identify(world.marks.path(name))
    const named = allPids().filter((pid) => pid !== process.pid && hasEnvironment(pid, markerOf(world.installation, name)))
    return file === null ? named : [...new Set([...named, ...holdersOf(file)])]
  }
  const monitor = findMonitor(world, name, mark)
  return monitor === null ? [] : [monitor]
}
