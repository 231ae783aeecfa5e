import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path/posix'
import type { NativePlan } from '../../src/domain/plan.ts'
import { taskEnvironment } from './environment.ts'
import { unless } from './system-error.ts'

/** Where a task sees its work directory. */
export const workMount = '/work'

/** Top directories that are part of the system on hosts of every layout. */
const systemDirectories = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']
/** What a program needs to use the host's network as the host's own programs do. */
const networkFiles = ['resolv.conf', 'hosts', 'nsswitch.conf', 'ssl', 'ca-certificates', 'pki', 'services', 'gai.conf']

/** Arguments that are the same for every task of this host, in the order in which bubblewrap works them off. Read once: the layout of a host does not change. */
export const systemArguments = (): string[] => [
  ...['--unshare-user', '--unshare-all', '--disable-userns', '--cap-drop', 'ALL', '--new-session', '--hostname', 'task', '--clearenv'],
  ...['--ro-bind', '/usr', '/usr'],
  ...systemDirectories.flatMap(likeTheHost),
  ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives', '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
  ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/dev/shm', '--tmpfs', '/tmp'],
]

/** `/bin` is a link on most hosts and a directory on some. */
const likeTheHost = (name: string): string[] => {
  const path = `/${name}`
  const stat = unless(['ENOENT'], () => lstatSync(path), null)
  if (stat === null) return []
  return stat.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}

/** All that bubblewrap is told but the command, as its `--args` takes it: each argument ended by a NUL. Handed over as an open file,
 * so that neither environment nor secrets stand on a command line, where every user of the host could read them. */
export const sandboxArguments = (system: readonly string[], plan: NativePlan, workDir: string): string => {
  const mounts = plan.mounts.flatMap(({ hostPath, mountPath, readOnly }) => [readOnly ? '--ro-bind' : '--bind', hostPath, mountPath])
  const network = networkFiles.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`])
  const environment = Object.entries(taskEnvironment(plan, workMount)).flatMap(([name, value]) => ['--setenv', name, value])
  const all = [
    ...system,
    ...(plan.network === 'host' ? ['--share-net', ...network] : []),
    ...['--bind', workDir, workMount],
    ...mounts,
    // Last: until here bubblewrap makes mount points. The root and /dev are file systems of the task's own, which it could fill.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    ...environment,
    ...['--chdir', join(workMount, plan.workingDir)],
  ]
  return `${all.join('\0')}\0`
}

/** What bubblewrap's own last words on the attempt's stderr mean. They count only where no exit code was recorded: a command that ran left one. */
export const lastWords = (stderrTail: string): { readonly problem: 'command' | 'sandbox'; readonly words: string } | null => {
  const line = stderrTail
    .trimEnd()
    .split('\n')
    .findLast((candidate) => /^(?:bwrap|sh|\/bin\/sh): /.test(candidate))
  if (line === undefined) return null
  if (/^bwrap: (?:execvp |Can't chdir to )/.test(line)) return { problem: 'command', words: line.replace(/^bwrap: (?:execvp )?/, '') }
  if (line.startsWith('bwrap: ') || /exec: .*not found|Permission denied/.test(line)) return { problem: 'sandbox', words: line }
  return null
}
