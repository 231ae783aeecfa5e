/** What a control group can do for an attempt, by the kernel's own names. */
export const controllers = ['memory', 'pids', 'cpu', 'cpuacct'] as const
export type Controller = (typeof controllers)[number]

export interface CgroupLimits {
  readonly cpuMillicores: number | null
  readonly memoryBytes: number | null
  readonly processesMax: number
}

/** What the kernel counted for an attempt. Absent: not counted on this host. */
export interface CgroupUsage {
  /** Processes that the memory limit ended. */
  readonly oomKills: number
  readonly peakMemoryBytes?: number
  readonly cpuMs?: number
}

/** The control groups of one installation: one per attempt, by the attempt's name. Synchronous: each call is some tens of microseconds,
 * less than a trip through the thread pool. Implemented for cgroup v1 and v2; `noCgroups` where neither can be used. */
export interface Cgroups {
  readonly version: 1 | 2 | null
  readonly usable: ReadonlySet<Controller>
  /** Makes the attempt's groups with their limits, and opens the files through which a process joins by writing `0`. The caller closes them.
   * Opened by the runner, they carry its right to move a process; the user of the task has none.
   * Throws `EEXIST` where the attempt has groups already: they may hold what an earlier launch left. */
  create(name: string, limits: CgroupLimits): number[]
  exists(name: string): boolean
  /** Who is in the group; null where there is no group that could tell. */
  pids(name: string): number[] | null
  usage(name: string): CgroupUsage
  /** One round of SIGKILL to all inside, after which the group cannot grow. Idempotent; call again until `pids` is empty. */
  kill(name: string): void
  /** False while something is still in it. Idempotent. */
  remove(name: string): boolean
  list(): string[]
  /** Removes the installation's own directory where no attempt is left. */
  close(): void
}

/** For hosts without usable control groups: rlimits alone, and processes are found through `/proc`. */
export const noCgroups: Cgroups = {
  version: null,
  usable: new Set(),
  create: () => [],
  exists: () => false,
  pids: () => null,
  usage: () => ({ oomKills: 0 }),
  kill: () => undefined,
  remove: () => true,
  list: () => [],
  close: () => undefined,
}

/** The numbers in a `cgroup.procs` file. */
export const parsePids = (text: string): number[] => text.split('\n').filter(Boolean).map(Number)

/** A counter in a file of `name value` lines, such as `memory.events`; 0 where it is missing. */
export const counter = (text: string, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
