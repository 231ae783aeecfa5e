import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sandboxArguments, systemArguments } from './bubblewrap.ts'
import type { Sandbox } from './mark.ts'
import { defaultCgroupRoot, openCgroups } from './open-cgroups.ts'
import { readSmall } from './small-file.ts'
import { unless } from './system-error.ts'
import { defaultUidRange, tenantUid, type UidRange } from './tenant-uid.ts'

export interface NativeProbeOptions {
  /** Absolute; made when missing. */
  readonly dataDir: string
  readonly installation: string
  readonly sandbox: Sandbox
  readonly uids?: UidRange
  readonly cgroupRoot?: string | null
  readonly bubblewrap?: string
}

/** One thing that native tasks rest on. */
export interface Finding {
  readonly name: 'user' | 'work directory' | 'bubblewrap' | 'memory limit' | 'process limit' | 'cpu limit'
  /** `failed`: no native task can run. `limited`: they run, with less than was asked for. */
  readonly status: 'ok' | 'limited' | 'failed'
  /** A sentence. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}

/** Tries out what native tasks need, as they will: as the user that they run as, in a directory where theirs will be. Takes some tens of milliseconds; leaves nothing. */
export const probeNative = (options: NativeProbeOptions): Finding[] => {
  const uids = options.uids ?? defaultUidRange
  const uid = process.getuid!() === 0 ? tenantUid('probe', uids) : null
  mkdirSync(join(options.dataDir, 'work'), { recursive: true, mode: 0o711 })
  const workDir = mkdtempSync(join(options.dataDir, 'work', '.probe-'))
  try {
    chmodSync(workDir, 0o700)
    if (uid !== null) chownSync(workDir, uid, uid)
    const run = (command: string, args: string[], input?: string) => attempt(command, args, uid, input)
    const reach = run('/bin/sh', ['-c', 'cd "$1" && : >probe', 'sh', workDir])
    return [
      user(uid, uids),
      reach.ok
        ? { name: 'work directory', status: 'ok', message: `tasks reach their work directories below ${options.dataDir}` }
        : {
            name: 'work directory',
            status: 'failed',
            message: `tasks cannot work below ${options.dataDir}: ${reach.words}`,
            hint: `Every directory on the way must let others pass: chmod o+x, from / to ${options.dataDir}`,
          },
      ...(options.sandbox === 'bubblewrap' ? [sandbox(options.bubblewrap ?? '/usr/bin/bwrap', workDir, run)] : [bare]),
      ...limits(options),
    ]
  } finally {
    rmSync(workDir, { recursive: true })
  }
}

const user = (uid: number | null, { base, count }: UidRange): Finding =>
  uid === null
    ? {
        name: 'user',
        status: 'limited',
        message: 'the runner is not root: every task runs as its own user, whatever the tenant',
        hint: 'Run it as root to give each tenant a user of its own',
      }
    : { name: 'user', status: 'ok', message: `tasks run as users ${base} to ${base + count - 1}, one for each tenant, never as root` }

const bare: Finding = {
  name: 'bubblewrap',
  status: 'limited',
  message: 'native.sandbox is none: tasks see the files, the network and the processes of this host',
  hint: 'Install bubblewrap and set native.sandbox to bubblewrap',
}

interface Tried {
  readonly ok: boolean
  readonly words: string
}

const attempt = (command: string, args: string[], uid: number | null, input?: string): Tried => {
  const result = spawnSync(command, args, {
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    encoding: 'utf8',
    timeout: 10_000,
    ...(input === undefined ? {} : { input }),
    ...(uid === null ? {} : { uid, gid: uid }),
  })
  // A program that ended before it read its input is an error of the pipe too: its own words say more.
  const words =
    result.status === null
      ? (result.error?.message ?? `it ended by ${result.signal}`)
      : result.stderr.trim() || `it ended with ${result.status}`
  return { ok: result.status === 0, words }
}

const sandbox = (bubblewrap: string, workDir: string, run: (command: string, args: string[], input?: string) => Tried): Finding => {
  if (!existsSync(bubblewrap))
    return {
      name: 'bubblewrap',
      status: 'failed',
      message: `${bubblewrap} is not there`,
      hint: 'Install it (apt-get install bubblewrap, dnf install bubblewrap, apk add bubblewrap), or set native.sandbox to none for tasks that you trust',
    }
  const plan = {
    mode: 'native',
    class: 'cpu_short',
    tenant: 'probe',
    argv: ['true'],
    env: {},
    mounts: [],
    files: [],
    network: 'none',
    workingDir: '.',
    limits: { cpuMillicores: null, memoryBytes: null, processesMax: 8, openFilesMax: 64, fileBytesMax: null },
    graceMs: 0,
  } as const
  const { ok, words } = run(bubblewrap, ['--args', '0', '--', 'true'], sandboxArguments(systemArguments(), plan, workDir))
  if (ok) return { name: 'bubblewrap', status: 'ok', message: `${bubblewrap} isolates tasks` }
  return { name: 'bubblewrap', status: 'failed', message: `${bubblewrap} cannot isolate tasks here: ${words}`, hint: whyNot() }
}

/** The usual reasons why a host refuses namespaces to its users. */
const whyNot = (): string => {
  const setting = (path: string): string | null => unless(['ENOENT', 'EACCES'], () => readSmall(`/proc/sys/${path}`).trim(), null)
  if (setting('user/max_user_namespaces') === '0') return 'Allow user namespaces: sysctl -w user.max_user_namespaces=15000'
  if (setting('kernel/unprivileged_userns_clone') === '0') return 'Allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1'
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return 'AppArmor refuses user namespaces: give bwrap a profile that allows userns, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
  return 'In a container, allow user namespaces and mounts (a seccomp profile that permits clone and mount, an unmasked /proc); else set native.sandbox to none for tasks that you trust'
}

const limits = ({ cgroupRoot = defaultCgroupRoot(), installation }: NativeProbeOptions): Finding[] => {
  const { usable, version } = openCgroups(cgroupRoot, installation)
  const hint = 'Run as root, or under systemd with Delegate=yes, on a host where /sys/fs/cgroup can be written'
  const finding = (name: Finding['name'], controller: 'memory' | 'pids' | 'cpu', instead: string): Finding =>
    usable.has(controller)
      ? { name, status: 'ok', message: `set by cgroup v${version}` }
      : { name, status: 'limited', message: `no cgroup with the ${controller} controller can be made: ${instead}`, hint }
  return [
    finding(
      'memory limit',
      'memory',
      'the limit holds for each process apart (RLIMIT_DATA), and what it ends is not told apart as OUT_OF_MEMORY',
    ),
    finding('process limit', 'pids', 'a fork bomb is ended with its task, but not bounded before'),
    finding('cpu limit', 'cpu', 'tasks use as much as they get'),
  ]
}
