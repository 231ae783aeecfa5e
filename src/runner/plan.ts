import { posix } from 'node:path'
import { RunnerError } from '../domain/errors.ts'
import type { ExecutionPlan, PhaseTimeouts, PlannedMount } from '../domain/plan.ts'
import type { TaskClass } from '../domain/task-class.ts'
import type { Mount, TaskSpec } from '../domain/task-spec.ts'
import type { Host } from '../ports/host.ts'
import type { RunnerSettings } from './settings.ts'

/** What this host will do for a spec, or why it will not. Asked before a task is accepted, and again before each launch (a link may have moved since).
 * @throws RunnerError `CLASS_UNAVAILABLE`, `NOT_SUPPORTED`, `LIMIT_EXCEEDED`, `RESOURCES_UNAVAILABLE`, `POLICY_MOUNT`, `POLICY_NETWORK`, `POLICY_ENV`, `POLICY_PATH` */
export const planTask = (spec: TaskSpec, settings: RunnerSettings, host: Host): ExecutionPlan => {
  const { execution } = spec
  const own = settings.classes[spec.class]
  if (!own)
    throw new RunnerError('CLASS_UNAVAILABLE', `this runner does not run the class ${spec.class}`, {
      path: 'class',
      hint: `It runs ${Object.keys(settings.classes).join(', ')}`,
    })
  refuseUnsupported(spec)
  refuseMoreThanHost(spec, settings, host)
  const runMs = execution.timeout_seconds === undefined ? own.timeoutMs : execution.timeout_seconds * 1_000
  if (runMs > own.timeoutMs)
    throw new RunnerError(
      'LIMIT_EXCEEDED',
      `${execution.timeout_seconds} s is above the ceiling of ${own.timeoutMs / 1_000} s for ${spec.class}`,
      {
        path: 'payload.execution.timeout_seconds',
        hint: `Ask for less, use another class, or raise classes.${spec.class}.timeout_seconds`,
      },
    )
  const { native } = settings
  return {
    mode: 'native',
    class: spec.class,
    tenant: spec.tenant,
    argv: argvOf(spec),
    env: environmentOf(spec),
    mounts: execution.mounts.map((mount, index) => planMount(mount, index, settings.policy.allowedMounts, host)),
    network: networkOf(execution.network, settings.policy.allowedNetworks),
    workingDir: insideWorkDir(execution.working_dir ?? '.', 'payload.execution.working_dir'),
    limits: {
      cpuMillicores: execution.resources.cpu_millicores ?? null,
      memoryBytes: execution.resources.mem_bytes ?? null,
      processesMax: native.processesMax,
      openFilesMax: native.openFilesMax,
      fileBytesMax: null,
    },
    graceMs: settings.timeouts.graceMs,
  }
}

/** Deadlines of a task, by its class and its own wish. Never throws: a task that was accepted keeps having deadlines when the policy changes. */
export const phaseTimeouts = (
  taskClass: TaskClass,
  timeoutSeconds: number | undefined,
  { classes, timeouts }: RunnerSettings,
): PhaseTimeouts => ({
  queue: classes[taskClass]?.queueTimeoutMs ?? timeouts.totalMs,
  prepare: timeouts.prepareMs,
  run: timeoutSeconds === undefined ? (classes[taskClass]?.timeoutMs ?? timeouts.totalMs) : timeoutSeconds * 1_000,
  stop: timeouts.graceMs + timeouts.stopMs,
  collect: timeouts.collectMs,
  total: timeouts.totalMs,
})

/** A field that is not executed yet is refused, never ignored. */
const refuseUnsupported = ({ execution, artifacts }: TaskSpec): void => {
  const refuse = (path: string, what: string): never => {
    throw new RunnerError('NOT_SUPPORTED', `${what} cannot be executed by this version`, {
      path: `payload.${path}`,
      hint: 'Leave the field out',
    })
  }
  if (execution.image !== undefined) refuse('execution.image', 'a container image')
  if (execution.container_workdir !== undefined) refuse('execution.container_workdir', "a container's work directory")
  if (execution.python !== undefined) refuse('execution.python', 'a Python entry point')
  if (execution.secrets.length > 0) refuse('execution.secrets', 'a secret')
  if (execution.resources.gpu_count) refuse('execution.resources.gpu_count', 'a GPU')
  if (execution.resources.gpu_class !== undefined) refuse('execution.resources.gpu_class', 'a GPU')
  if (execution.resources.gpu_memory_gb !== undefined) refuse('execution.resources.gpu_memory_gb', 'a GPU')
  if (execution.resources.storage_gb !== undefined) refuse('execution.resources.storage_gb', 'a limit on storage')
  for (const [index, { path, target }] of artifacts.inputs.entries()) {
    refuseRemote(path, `artifacts.inputs[${index}].path`, refuse)
    insideWorkDir(target, `payload.artifacts.inputs[${index}].target`)
  }
  const names = new Set<string>()
  for (const [index, { name, path, destination }] of artifacts.outputs.entries()) {
    insideWorkDir(path, `payload.artifacts.outputs[${index}].path`)
    if (destination !== undefined) refuseRemote(destination, `artifacts.outputs[${index}].destination`, refuse)
    if (names.has(name))
      throw new RunnerError('INVALID_SPEC', `two outputs are named ${name}`, {
        path: `payload.artifacts.outputs[${index}].name`,
        hint: 'Rename one',
      })
    names.add(name)
  }
}

const refuseRemote = (uri: string, path: string, refuse: (path: string, what: string) => never): void => {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'file') refuse(path, `the ${scheme}: store`)
}

const refuseMoreThanHost = ({ execution: { resources } }: TaskSpec, settings: RunnerSettings, host: Host): void => {
  if (settings.native.oversubscribe) return
  const check = (asked: number | undefined, there: number, path: string, unit: string): void => {
    if (asked !== undefined && asked > there)
      throw new RunnerError('RESOURCES_UNAVAILABLE', `${asked} ${unit} is more than this host has (${there})`, {
        path: `payload.execution.resources.${path}`,
        hint: 'Ask for less, or set native.oversubscribe',
      })
  }
  check(resources.cpu_millicores, host.cpuMillicores, 'cpu_millicores', 'millicores')
  check(resources.mem_bytes, host.memoryBytes, 'mem_bytes', 'bytes')
}

const argvOf = ({ execution: { entrypoint = [], command = [] } }: TaskSpec): string[] => {
  const argv = [...entrypoint, ...command]
  if (argv[0] === '')
    throw new RunnerError('INVALID_SPEC', 'the program has no name', { path: 'payload.execution.command[0]', hint: 'Name a program' })
  return argv
}

/** Names that the runner sets itself; a task that could set them could deceive its helpers. */
const environmentOf = ({ execution: { env } }: TaskSpec): Readonly<Record<string, string>> => {
  for (const name of Object.keys(env))
    if (name.startsWith('ENV_RUNNER_'))
      throw new RunnerError('POLICY_ENV', `variables that begin with ENV_RUNNER_ are the runner's own`, {
        path: `payload.execution.env.${name}`,
        hint: 'Rename it',
      })
  return env
}

const networkOf = (asked: string, allowed: readonly string[]): 'none' | 'host' => {
  if (asked === 'none') return 'none'
  if (asked !== 'host')
    throw new RunnerError('NOT_SUPPORTED', `there is no network ${JSON.stringify(asked)} for native tasks`, {
      path: 'payload.execution.network',
      hint: 'Use "none" or "host"',
    })
  if (!allowed.includes('host'))
    throw new RunnerError('POLICY_NETWORK', 'the policy does not allow the network of the host', {
      path: 'payload.execution.network',
      hint: 'Leave it out, or add "host" to policy.allowed_networks',
    })
  return 'host'
}

const insideWorkDir = (path: string, field: string): string => {
  const normal = posix.normalize(path)
  if (posix.isAbsolute(normal) || normal === '..' || normal.startsWith('../') || path.split('/').includes('..'))
    throw new RunnerError('POLICY_PATH', `${JSON.stringify(path)} leads out of the work directory`, {
      path: field,
      hint: 'Use a relative path without ".."',
    })
  return normal
}

/** Where a mount would hide what the sandbox itself provides. */
const reservedMountPaths = ['/', '/usr', '/bin', '/lib', '/lib64', '/sbin', '/proc', '/dev', '/sys', '/etc', '/tmp', '/work']
const engineSockets = /(^|\/)(docker|containerd|podman|crio)\.sock$/

const planMount = ({ host_path, mount_path, read_only }: Mount, index: number, allowed: readonly string[], host: Host): PlannedMount => {
  const at = (field: string): string => `payload.execution.mounts[${index}].${field}`
  const refuse = (field: string, why: string, hint: string): never => {
    throw new RunnerError('POLICY_MOUNT', why, { path: at(field), hint })
  }
  for (const [field, path] of [
    ['host_path', host_path],
    ['mount_path', mount_path],
  ] as const)
    // prettier-ignore
    if (!posix.isAbsolute(path) || path.split('/').includes('..')) refuse(field, `${JSON.stringify(path)} is not an absolute path without ".."`, 'Use an absolute path')
  const target = posix.normalize(mount_path).replace(/(.)\/$/, '$1')
  if (
    reservedMountPaths.some(
      (reserved) => target === reserved || (reserved !== '/' && target.startsWith(`${reserved}/`) && !target.startsWith('/work/')),
    )
  )
    refuse('mount_path', `${target} belongs to the sandbox`, 'Mount below a directory of your own, such as /data')
  const real = host.realPath(host_path)
  if (real === null) return refuse('host_path', `${host_path} does not exist on this host`, 'Check the path')
  const within = (root: string): boolean => root !== '/' && (real === root || real.startsWith(`${root}/`))
  if (!allowed.some((root) => within(host.realPath(root) ?? root)) || engineSockets.test(real))
    refuse(
      'host_path',
      `${host_path} is not below an allowed directory${real === host_path ? '' : ` (it leads to ${real})`}`,
      real === '/' ? 'Mount a directory below it' : 'Add its directory to policy.allowed_mounts',
    )
  return { hostPath: real, mountPath: target, readOnly: read_only }
}
