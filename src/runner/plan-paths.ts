import { posix } from 'node:path'
import { RunnerError } from '../domain/errors.ts'
import type { PlannedMount } from '../domain/plan.ts'
import type { Mount } from '../domain/task-spec.ts'
import type { Host } from '../ports/host.ts'
import type { RunnerSettings } from './settings.ts'

/** Where a task may not put anything of its own: what lies there belongs to the sandbox or the image. */
const reserved = [
  '/usr', '/bin', '/lib', '/lib32', '/lib64', '/libx32', '/sbin', '/proc', '/dev', '/sys', '/etc', '/tmp', '/run', '/var/run', '/opt/env-runner',
] // prettier-ignore
const engineSockets = /(^|\/)(docker|containerd|podman|crio)\.sock$/

const isWithin = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)
const isReserved = (path: string): boolean => path === '/' || reserved.some((root) => isWithin(path, root))
const isPlainAbsolute = (path: string): boolean => posix.isAbsolute(path) && !path.split('/').includes('..')
const trimmed = (path: string): string => posix.normalize(path).replace(/(.)\/$/, '$1')

/** A path of the payload that has to stay inside the work directory, normalised. @throws RunnerError `POLICY_PATH` */
export const insideWorkDir = (path: string, field: string): string => {
  const normal = posix.normalize(path)
  if (posix.isAbsolute(normal) || path.split('/').includes('..'))
    throw new RunnerError('POLICY_PATH', `${JSON.stringify(path)} leads out of the work directory`, {
      path: field,
      hint: 'Use a relative path without ".."',
    })
  return normal
}

/** Where a container sees its work directory. Nothing below /proc: a work directory such as /proc/self/fd/8 once led out of containers (CVE-2024-21626).
 * @throws RunnerError `POLICY_PATH` */
export const containerWorkDir = (path: string): string => {
  const target = trimmed(path)
  if (!isPlainAbsolute(path) || isReserved(target) || path.includes(':'))
    throw new RunnerError('POLICY_PATH', `${JSON.stringify(path)} cannot be the work directory of a container`, {
      path: 'payload.execution.container_workdir',
      hint: 'Use an absolute path of your own, such as /work',
    })
  return target
}

/** A mount, when the policy allows it: links are resolved first, so that none leads out of the allowed directories.
 * @param workDir where the task sees its work directory
 * @throws RunnerError `POLICY_MOUNT` */
export const planMount = (
  { host_path, mount_path, read_only }: Mount,
  index: number,
  workDir: string,
  { allowedMounts, privatePaths }: RunnerSettings['policy'],
  host: Host,
): PlannedMount => {
  const at = (field: string): string => `payload.execution.mounts[${index}].${field}`
  const refuse = (field: string, why: string, hint: string): never => {
    throw new RunnerError('POLICY_MOUNT', why, { path: at(field), hint })
  }
  for (const [field, path] of [
    ['host_path', host_path],
    ['mount_path', mount_path],
  ] as const)
    // prettier-ignore
    if (!isPlainAbsolute(path)) refuse(field, `${JSON.stringify(path)} is not an absolute path without ".."`, 'Use an absolute path')
  const target = trimmed(mount_path)
  if (isReserved(target)) refuse('mount_path', `${target} belongs to the sandbox`, 'Mount below a directory of your own, such as /data')
  if (isWithin(workDir, target)) refuse('mount_path', `${target} would hide the work directory`, 'Mount below it, or elsewhere')
  const real = host.realPath(host_path)
  if (real === null) return refuse('host_path', `${host_path} does not exist on this host`, 'Check the path')
  if (!allowedMounts.some((root) => root !== '/' && isBelow(real, host.realPath(root) ?? root)) || engineSockets.test(real))
    refuse(
      'host_path',
      `${host_path} is not below an allowed directory${real === host_path ? '' : ` (it leads to ${real})`}`,
      real === '/' ? 'Mount a directory below it' : 'Add its directory to policy.allowed_mounts',
    )
  const hidden = privatePaths
    .map((path) => host.realPath(path))
    .find((path) => path !== null && (isWithin(path, real) || isWithin(real, path)))
  if (hidden) refuse('host_path', `${host_path} would show what no task may see: ${hidden}`, 'Mount a directory beside it')
  return { hostPath: real, mountPath: target, readOnly: read_only }
}

/** The whole file system is never allowed, whatever the list says. */
const isBelow = (path: string, root: string): boolean => root !== '/' && isWithin(path, root)
