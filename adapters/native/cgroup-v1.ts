import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, realpathSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { controllers, counter, parsePids, type CgroupLimits, type Cgroups, type CgroupUsage, type Controller } from './cgroup.ts'
import { killNow } from './processes.ts'
import { readSmall, writeSmall } from './small-file.ts'
import { codeOf, unless } from './system-error.ts'

/** The kernel's default period; a quota is a share of it. */
const cpuPeriodUs = 100_000
/** The kernel refuses less. */
const cpuQuotaMinUs = 1_000

/** cgroup v1: a tree per controller, in each `env-runner/<installation>/<attempt>`. A controller whose tree cannot be written is left out.
 * @param root where the trees are mounted, `/sys/fs/cgroup` */
export const createCgroupsV1 = (root: string, installation: string): Cgroups => {
  const bases = openTrees(root, installation)
  const usable = new Set(bases.keys())
  // cpu and cpuacct are often one tree under two names.
  const trees = [...new Set(bases.values())]
  const [first] = trees
  const path = (controller: Controller, name: string): string => join(bases.get(controller)!, name)
  const pids = (name: string): number[] | null =>
    first === undefined ? null : unless(['ENOENT', 'ENODEV'], () => parsePids(readSmall(join(first, name, 'cgroup.procs'))), null)

  return {
    version: 1,
    usable,
    create(name, limits) {
      for (const tree of trees) mkdirSync(join(tree, name), 0o755)
      applyLimits((controller) => (usable.has(controller) ? path(controller, name) : null), limits)
      const open: number[] = []
      try {
        for (const tree of trees) open.push(openSync(join(tree, name, 'cgroup.procs'), constants.O_WRONLY))
        return open
      } catch (cause) {
        open.forEach(closeSync)
        throw cause
      }
    },
    exists: (name) => trees.some((tree) => existsSync(join(tree, name))),
    pids,
    usage: (name) => ({
      ...(usable.has('memory') ? memoryUsage(path('memory', name)) : { oomKills: 0 }),
      ...(usable.has('cpuacct') ? cpuUsage(path('cpuacct', name)) : {}),
    }),
    kill(name) {
      // Without room for one more process nothing can fork ahead of the signals; the freezer would do no more.
      if (usable.has('pids')) unless(['ENOENT', 'ENODEV'], () => writeSmall(join(path('pids', name), 'pids.max'), '0'), undefined)
      for (const pid of pids(name) ?? []) killNow(pid)
    },
    remove: (name) => trees.map((tree) => removeDirectory(join(tree, name))).every(Boolean),
    list: () => [...new Set(trees.flatMap((tree) => unless(['ENOENT'], () => directories(tree), [])))],
    close: () => trees.forEach(removeDirectory),
  }
}

const openTrees = (root: string, installation: string): Map<Controller, string> => {
  const bases = new Map<Controller, string>()
  for (const controller of controllers) {
    try {
      const base = join(realpathSync(join(root, controller)), 'env-runner', installation)
      mkdirSync(base, { recursive: true, mode: 0o755 })
      accessSync(base, constants.W_OK)
      bases.set(controller, base)
    } catch (cause) {
      if (!['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(codeOf(cause) ?? '')) throw cause
    }
  }
  return bases
}

const applyLimits = (
  directory: (controller: Controller) => string | null,
  { cpuMillicores, memoryBytes, processesMax }: CgroupLimits,
): void => {
  const [memory, pids, cpu] = [directory('memory'), directory('pids'), directory('cpu')]
  if (memory !== null && memoryBytes !== null) {
    writeSmall(join(memory, 'memory.limit_in_bytes'), String(memoryBytes))
    // With swap counted in, or else not used: a task that is over its limit ends instead of slowing the host.
    const total = join(memory, 'memory.memsw.limit_in_bytes')
    if (existsSync(total)) writeSmall(total, String(memoryBytes))
    else writeSmall(join(memory, 'memory.swappiness'), '0')
  }
  if (pids !== null) writeSmall(join(pids, 'pids.max'), String(processesMax))
  if (cpu !== null && cpuMillicores !== null)
    writeSmall(join(cpu, 'cpu.cfs_quota_us'), String(Math.max(cpuQuotaMinUs, Math.round((cpuMillicores * cpuPeriodUs) / 1_000))))
}

const memoryUsage = (directory: string): CgroupUsage =>
  unless(
    ['ENOENT', 'ENODEV'],
    () => ({
      oomKills: counter(readSmall(join(directory, 'memory.oom_control')), 'oom_kill'),
      peakMemoryBytes: Number(readSmall(join(directory, 'memory.max_usage_in_bytes'))),
    }),
    { oomKills: 0 },
  )

const cpuUsage = (directory: string): { cpuMs?: number } =>
  unless(['ENOENT', 'ENODEV'], () => ({ cpuMs: Math.round(Number(readSmall(join(directory, 'cpuacct.usage'))) / 1e6) }), {})

/** Of a group: its files are the kernel's and go with it. */
export const removeDirectory = (directory: string): boolean => {
  try {
    rmdirSync(directory)
    return true
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'ENOENT' || code === 'ENODEV') return true
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false
    throw cause
  }
}

export const directories = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
