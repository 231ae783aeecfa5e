import { RunnerError } from '../domain/errors.ts'
import { isImageAllowed, parseImageReference } from '../domain/image-reference.ts'
import type { DockerPlan } from '../domain/plan.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { Host } from '../ports/host.ts'
import { environmentOf } from './plan-environment.ts'
import { containerWorkDir, insideWorkDir, planMount } from './plan-paths.ts'
import { planPython } from './plan-python.ts'
import type { RunnerSettings } from './settings.ts'

/** The container that a spec asks for, within the policy.
 * @param image as the spec or the configuration names it
 * @throws RunnerError `INVALID_SPEC`, `LIMIT_EXCEEDED`, and every `POLICY_…` code of a submission */
export const planContainer = (spec: TaskSpec, image: string, settings: RunnerSettings, host: Host): DockerPlan => {
  const { execution } = spec
  const { docker, policy } = settings
  const workDir = containerWorkDir(execution.container_workdir ?? '/work')
  const python = planPython(spec, containerEnvironment(spec), settings.pythonDir, true)
  return {
    mode: 'docker',
    class: spec.class,
    tenant: spec.tenant,
    image: allowedImage(image, policy.allowedImages),
    entrypoint: python.argv ?? execution.entrypoint ?? null,
    command: python.argv === null ? (execution.command ?? null) : null,
    env: python.env,
    mounts: [...execution.mounts.map((mount, index) => planMount(mount, index, workDir, policy, host)), ...python.mounts],
    network: allowedNetwork(execution.network, policy.allowedNetworks),
    runtime: allowedRuntime(execution.runtime, policy.allowedRuntimes),
    containerWorkDir: workDir,
    workingDir: insideWorkDir(execution.working_dir ?? '.', 'payload.execution.working_dir'),
    shmBytes: allowedShm(execution.resources.shm_bytes, docker.shmBytesMax),
    storageBytes: execution.resources.storage_gb === undefined ? null : Math.ceil(execution.resources.storage_gb * 1e9),
    limits: {
      cpuMillicores: execution.resources.cpu_millicores ?? docker.cpuMillicores,
      memoryBytes: enoughMemory(execution.resources.mem_bytes ?? docker.memoryBytes),
      processesMax: docker.processesMax,
      openFilesMax: docker.openFilesMax,
      fileBytesMax: null,
    },
    files: python.files,
    graceMs: settings.timeouts.graceMs,
  }
}

const allowedImage = (text: string, patterns: readonly string[]): string => {
  const image = parseImageReference(text)
  if (!isImageAllowed(image, patterns))
    throw new RunnerError('POLICY_IMAGE', `the policy does not allow the image ${image.normalised}`, {
      path: 'payload.execution.image',
      hint: 'Use another image, or add it to policy.allowed_images',
    })
  return image.normalised
}

/** What tells a container's programs which devices or libraries to take is the runner's to say. */
const reservedVariables = /^(NVIDIA_|LD_|CUDA_VISIBLE_DEVICES$)/

const containerEnvironment = (spec: TaskSpec): Readonly<Record<string, string>> => {
  const env = environmentOf(spec)
  for (const name of Object.keys(env))
    if (reservedVariables.test(name))
      throw new RunnerError('POLICY_ENV', `a container may not be given ${name}`, {
        path: `payload.execution.env.${name}`,
        hint: 'Leave it out: devices come from resources, libraries from the image',
      })
  return env
}

/** A name, nothing else: `container:ID` would enter somebody's namespace. */
const networkName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

const allowedNetwork = (asked: string, allowed: readonly string[]): string => {
  if (asked === 'none') return 'none'
  if (networkName.test(asked) && allowed.includes(asked)) return asked
  throw new RunnerError('POLICY_NETWORK', `the policy does not allow the network ${JSON.stringify(asked)}`, {
    path: 'payload.execution.network',
    hint: 'Leave it out, or add it to policy.allowed_networks',
  })
}

const allowedRuntime = (asked: string | undefined, allowed: readonly string[]): string | null => {
  if (asked === undefined) return null
  if (allowed.includes(asked)) return asked
  throw new RunnerError('POLICY_PRIVILEGE', `the policy does not allow the runtime ${JSON.stringify(asked)}`, {
    path: 'payload.execution.runtime',
    hint: 'Leave it out, or add it to policy.allowed_runtimes',
  })
}

const allowedShm = (asked: number | undefined, max: number): number | null => {
  if (asked !== undefined && asked > max)
    throw new RunnerError('LIMIT_EXCEEDED', `${asked} bytes are above the ceiling of ${max} bytes of shared memory`, {
      path: 'payload.execution.resources.shm_bytes',
      hint: 'Ask for less, or raise docker.shm_bytes_max',
    })
  return asked ?? null
}

/** The engine starts no container with less. */
const memoryBytesMin = 6 * 2 ** 20

const enoughMemory = (bytes: number): number => {
  if (bytes < memoryBytesMin)
    throw new RunnerError('LIMIT_EXCEEDED', `a container needs at least ${memoryBytesMin} bytes of memory`, {
      path: 'payload.execution.resources.mem_bytes',
      hint: 'Ask for more',
    })
  return bytes
}
