import { RunnerError } from '../domain/errors.ts'
import type { ExecutionPlan, NativePlan, PhaseTimeouts } from '../domain/plan.ts'
import type { TaskClass } from '../domain/task-class.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { Host } from '../ports/host.ts'
import { planContainer } from './plan-container.ts'
import { environmentOf } from './plan-environment.ts'
import { insideWorkDir, planMount } from './plan-paths.ts'
import { planPython } from './plan-python.ts'
import type { RunnerSettings } from './settings.ts'

/** What this host will do for a spec, or why it will not. Asked before a task is accepted, and again before each launch (a link may have moved since).
 * @throws RunnerError `CLASS_UNAVAILABLE`, `NOT_SUPPORTED`, `INVALID_SPEC`, `LIMIT_EXCEEDED`, `RESOURCES_UNAVAILABLE`, and every `POLICY_…` code of a submission */
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
  const image = imageOf(spec, settings)
  return image === null ? planNative(spec, settings, host) : planContainer(spec, image, settings, host)
}

/** Null: the task runs natively. */
const imageOf = ({ class: taskClass, execution }: TaskSpec, { native, docker }: RunnerSettings): string | null => {
  if (execution.image === undefined && native.classes.includes(taskClass)) return null
  const image = execution.image ?? docker.defaultImage
  const path = 'payload.execution.image'
  if (image === null)
    throw new RunnerError('INVALID_SPEC', `tasks of the class ${taskClass} run in a container, and no image is named`, {
      path,
      hint: 'Name an image; or have docker.default_image set, or the class added to native.classes',
    })
  if (!docker.enabled)
    throw new RunnerError('NOT_SUPPORTED', 'this runner runs no containers', { path, hint: 'Leave the image out, or set docker.enabled' })
  return image
}

const planNative = (spec: TaskSpec, settings: RunnerSettings, host: Host): NativePlan => {
  const { execution } = spec
  refuseContainerFields(spec)
  const python = planPython(spec, environmentOf(spec), settings.pythonDir, settings.native.sandbox === 'bubblewrap')
  return {
    mode: 'native',
    class: spec.class,
    tenant: spec.tenant,
    argv: python.argv ?? argvOf(spec),
    env: python.env,
    mounts: [...execution.mounts.map((mount, index) => planMount(mount, index, '/work', settings.policy, host)), ...python.mounts],
    network: networkOf(execution.network, settings.policy.allowedNetworks),
    workingDir: insideWorkDir(execution.working_dir ?? '.', 'payload.execution.working_dir'),
    limits: {
      cpuMillicores: execution.resources.cpu_millicores ?? null,
      memoryBytes: execution.resources.mem_bytes ?? null,
      processesMax: settings.native.processesMax,
      openFilesMax: settings.native.openFilesMax,
      fileBytesMax: null,
    },
    files: python.files,
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

const notSupported = (path: string, what: string): never => {
  throw new RunnerError('NOT_SUPPORTED', `${what} cannot be executed by this version`, {
    path: `payload.${path}`,
    hint: 'Leave the field out',
  })
}

/** A field that is not executed yet is refused, never ignored. */
const refuseUnsupported = ({ execution, artifacts }: TaskSpec): void => {
  if (execution.secrets.length > 0) notSupported('execution.secrets', 'a secret')
  if (execution.resources.gpu_count) notSupported('execution.resources.gpu_count', 'a GPU')
  if (execution.resources.gpu_class !== undefined) notSupported('execution.resources.gpu_class', 'a GPU')
  if (execution.resources.gpu_memory_gb !== undefined) notSupported('execution.resources.gpu_memory_gb', 'a GPU')
  for (const [index, { path, target }] of artifacts.inputs.entries()) {
    refuseRemote(path, `artifacts.inputs[${index}].path`)
    insideWorkDir(target, `payload.artifacts.inputs[${index}].target`)
  }
  const names = new Set<string>()
  for (const [index, { name, path, destination }] of artifacts.outputs.entries()) {
    insideWorkDir(path, `payload.artifacts.outputs[${index}].path`)
    if (destination !== undefined) refuseRemote(destination, `artifacts.outputs[${index}].destination`)
    if (names.has(name))
      throw new RunnerError('INVALID_SPEC', `two outputs are named ${name}`, {
        path: `payload.artifacts.outputs[${index}].name`,
        hint: 'Rename one',
      })
    names.add(name)
  }
}

/** What only a container has. */
const refuseContainerFields = ({ execution }: TaskSpec): void => {
  const refuse = (path: string, what: string): never => {
    throw new RunnerError('NOT_SUPPORTED', `a native task has no ${what}`, {
      path: `payload.execution.${path}`,
      hint: 'Name an image, or leave the field out',
    })
  }
  if (execution.container_workdir !== undefined) refuse('container_workdir', 'container work directory')
  if (execution.runtime !== undefined) refuse('runtime', 'container runtime')
  if (execution.resources.storage_gb !== undefined) refuse('resources.storage_gb', 'limit on storage')
  if (execution.resources.shm_bytes !== undefined) refuse('resources.shm_bytes', 'limit on shared memory')
}

const refuseRemote = (uri: string, path: string): void => {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'file') notSupported(path, `the ${scheme}: store`)
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
