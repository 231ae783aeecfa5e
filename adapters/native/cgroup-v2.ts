import { constants, existsSync, mkdirSync, openSync, accessSync } from 'node:fs'
import { join } from 'node:path'
import { counter, parsePids, type Cgroups, type CgroupLimits, type Controller } from './cgroup.ts'
import { directories, removeDirectory } from './cgroup-v1.ts'
import { killNow } from './processes.ts'
import { readSmall, writeSmall } from './small-file.ts'
import { unless } from './system-error.ts'

const gone = ['ENOENT', 'ENODEV']
const cpuPeriodUs = 100_000
const cpuQuotaMinUs = 1_000

/** cgroup v2: one tree, in it `env-runner/<installation>/<attempt>`.
 * @param root the top of the subtree that was delegated to the runner; `/sys/fs/cgroup` for a runner that owns the host */
export const createCgroupsV2 = (root: string, installation: string): Cgroups => {
  const base = join(root, 'env-runner', installation)
  mkdirSync(base, { recursive: true, mode: 0o755 })
  accessSync(base, constants.W_OK)
  const usable = enable([root, join(root, 'env-runner'), base])
  const file = (name: string, control: string): string => join(base, name, control)
  const read = (name: string, control: string): string | null => unless(gone, () => readSmall(file(name, control)), null)
  const pids = (name: string): number[] | null => unless(gone, () => parsePids(readSmall(file(name, 'cgroup.procs'))), null)

  return {
    version: 2,
    usable,
    create(name, limits) {
      mkdirSync(join(base, name), 0o755)
      applyLimits((control) => file(name, control), usable, limits)
      return [openSync(file(name, 'cgroup.procs'), constants.O_WRONLY)]
    },
    exists: (name) => existsSync(join(base, name)),
    pids,
    usage(name) {
      const [events, peak, cpu] = [read(name, 'memory.events'), read(name, 'memory.peak'), read(name, 'cpu.stat')]
      return {
        oomKills: counter(events ?? '', 'oom_kill'),
        ...(peak === null ? {} : { peakMemoryBytes: Number(peak) }), // since Linux 5.19
        ...(cpu === null ? {} : { cpuMs: Math.round(counter(cpu, 'usage_usec') / 1_000) }),
      }
    },
    kill(name) {
      if (!existsSync(join(base, name))) return
      if (existsSync(file(name, 'cgroup.kill'))) return unless(gone, () => writeSmall(file(name, 'cgroup.kill'), '1'), undefined)
      // Before Linux 5.14: without room for one more process nothing can fork ahead of the signals.
      if (usable.has('pids')) unless(gone, () => writeSmall(file(name, 'pids.max'), '0'), undefined)
      for (const pid of pids(name) ?? []) killNow(pid)
    },
    remove: (name) => removeDirectory(join(base, name)),
    list: () => unless(['ENOENT'], () => directories(base), []),
    close: () => void removeDirectory(base),
  }
}

/** Hands the controllers down the path, each apart: one that is refused (not delegated, or processes in the way) does not cost the others. */
const enable = (path: readonly string[]): Set<Controller> => {
  const usable = new Set<Controller>(['cpuacct']) // cpu.stat is always there
  for (const controller of ['memory', 'pids', 'cpu'] as const) {
    const refused = path.some((directory) => {
      const has = (list: string) => readSmall(join(directory, list)).trim().split(/\s+/).includes(controller)
      try {
        if (!has('cgroup.subtree_control')) writeSmall(join(directory, 'cgroup.subtree_control'), `+${controller}`)
        return false
      } catch {
        return true
      }
    })
    if (!refused) usable.add(controller)
  }
  return usable
}

const applyLimits = (file: (control: string) => string, usable: ReadonlySet<Controller>, limits: CgroupLimits): void => {
  const { cpuMillicores, memoryBytes, processesMax } = limits
  if (usable.has('memory') && memoryBytes !== null) {
    writeSmall(file('memory.max'), String(memoryBytes))
    // Absent on kernels without swap accounting.
    if (existsSync(file('memory.swap.max'))) writeSmall(file('memory.swap.max'), '0')
  }
  if (usable.has('pids')) writeSmall(file('pids.max'), String(processesMax))
  if (usable.has('cpu') && cpuMillicores !== null)
    writeSmall(file('cpu.max'), `${Math.max(cpuQuotaMinUs, Math.round((cpuMillicores * cpuPeriodUs) / 1_000))} ${cpuPeriodUs}`)
}
