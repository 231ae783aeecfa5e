import type { NativePlan } from '../../src/domain/plan.ts'
import { taskEnvironment } from './environment.ts'
import type { Cgroups } from './cgroup.ts'

/** Numbers of open files in the shell that begins every attempt. `/bin/sh` can name single digits alone. */
export const statusFd = 3
/** bubblewrap's arguments. */
export const argsFd = 4
export const firstCgroupFd = 5

/** Says on the mark who can still write the outcome. It comes before anything that may fail. */
const sayMonitor = `echo "{ \\"monitor-pid\\": $$ }" >&${statusFd}`

const refuse = (reason: string): string => `{ echo '{ "refused": "${reason}" }' >&${statusFd}; exit 125; }`

/** Joins the groups and closes their files. A group that was removed meanwhile refuses: then nothing runs. That is the fence against a shell that comes late. */
const joinCgroups = (count: number): string => {
  const fds = Array.from({ length: count }, (_, index) => firstCgroupFd + index)
  if (fds.length === 0) return ''
  return `{ ${fds.map((fd) => `echo 0 >&${fd}`).join(' && ')}; } 2>/dev/null || ${refuse('cgroup')}\nexec ${fds.map((fd) => `${fd}>&-`).join(' ')}\n`
}

/** What the scripts are made of. */
export interface ChainParts {
  readonly plan: NativePlan
  readonly cgroups: Cgroups
  /** How many files of control groups stand open from `firstCgroupFd` on. */
  readonly cgroupCount: number
  /** The most open files that the runner may grant. */
  readonly openFilesHard: number
}

/** rlimits: those that no group has, and data size where the host has no memory group. Units are the shell's: `-f` 512 bytes (POSIX), `-d` 1,024. */
const setLimits = ({ plan: { limits }, cgroups, openFilesHard }: ChainParts): string => {
  const commands = ['ulimit -c 0', `ulimit -n ${Math.min(limits.openFilesMax, openFilesHard)}`]
  if (limits.fileBytesMax !== null) commands.push(`ulimit -f ${Math.ceil(limits.fileBytesMax / 512)}`)
  if (limits.memoryBytes !== null && !cgroups.usable.has('memory')) commands.push(`ulimit -d ${Math.ceil(limits.memoryBytes / 1_024)}`)
  return `{ ${commands.join(' && ')}; } 2>/dev/null || ${refuse('limits')}\n`
}

/** The beginning of every attempt, already as the task's user: the shell says who it is, joins, and limits itself. */
const prologue = (parts: ChainParts): string => `${sayMonitor}\n${joinCgroups(parts.cgroupCount)}${setLimits(parts)}`

/** In the sandbox: the shell becomes bubblewrap, which stays as the monitor. The command follows as the shell's own arguments. */
export const sandboxScript = (parts: ChainParts & { readonly bubblewrap: string }): string =>
  `${prologue(parts)}exec ${quote(parts.bubblewrap)} --json-status-fd ${statusFd} --args ${argsFd} -- "$@"`

/** Without a sandbox: the shell stays as the monitor. It reads this script as its input, so that the environment stands on no command line,
 * and exports it in the child alone, so that no variable acts on the monitor. The braces make it read all before it begins.
 * `setsid`: a task that signals its own process group must not hit the monitor. */
export const bareScript = (parts: ChainParts & { readonly workDir: string }): string => {
  const { argv, workingDir } = parts.plan
  const environment = Object.entries(taskEnvironment(parts.plan, parts.workDir))
  const exported = environment.filter(([name]) => !shellOwn.has(name)).map(([name, value]) => `export ${name}=${quote(value)}`)
  const carried = environment.filter(([name]) => shellOwn.has(name)).map(([name, value]) => quote(`${name}=${value}`))
  const env = carried.length > 0 ? `/usr/bin/env ${carried.join(' ')} ` : ''
  return `{
exec </dev/null
${prologue(parts)}trap : HUP INT TERM
(
read -r pid _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ start _ </proc/self/stat
echo "{ \\"child-pid\\": $pid, \\"start-ticks\\": $start }" >&${statusFd}
cd ${quote(workingDir)} 2>/dev/null || ${refuse('directory')}
unset pid start OLDPWD LC_ALL
${exported.join('\n')}
command -v ${quote(argv[0] ?? '')} >/dev/null || ${refuse('command')}
exec ${statusFd}>&- /usr/bin/setsid -- ${env}${argv.map(quote).join(' ')}
)
code=$?
echo "{ \\"exit-code\\": $code }" >&${statusFd}
exit $code
}
`
}

/** Names that a shell keeps for itself: assigning them fails or changes how it works. `env` carries them; none is a likely name of a secret. */
const shellOwn = new Set([
  'IFS',
  'OPTIND',
  'OPTARG',
  'PPID',
  'UID',
  'EUID',
  'GROUPS',
  'BASHOPTS',
  'SHELLOPTS',
  'LINENO',
  'PS4',
  'FUNCNAME',
  'RANDOM',
  'SECONDS',
])

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
