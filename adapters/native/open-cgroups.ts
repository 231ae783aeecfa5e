import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { noCgroups, type Cgroups } from './cgroup.ts'
import { createCgroupsV1 } from './cgroup-v1.ts'
import { createCgroupsV2 } from './cgroup-v2.ts'
import { codeOf } from './system-error.ts'

/** The control groups that this host lets us use. A hybrid host (v1 controllers beside an empty v2 tree) counts as v1.
 * @param root where cgroups are mounted; on v2 the top of the subtree that is ours; null: none are used */
export const openCgroups = (root: string | null, installation: string): Cgroups => {
  if (root === null) return noCgroups
  try {
    const cgroups = existsSync(join(root, 'cgroup.controllers')) ? createCgroupsV2(root, installation) : createCgroupsV1(root, installation)
    return cgroups.usable.size === 0 ? noCgroups : cgroups
  } catch (cause) {
    if (['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(codeOf(cause) ?? '')) return noCgroups
    throw cause
  }
}

/** Where the runner may make groups when nothing else was said: the mount for root, else on v2 the group that it was started in (`Delegate=yes`). */
export const defaultCgroupRoot = (): string => {
  const mount = '/sys/fs/cgroup'
  if (process.getuid!() === 0 || !existsSync(join(mount, 'cgroup.controllers'))) return mount
  const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  return own === undefined ? mount : join(mount, own)
}
