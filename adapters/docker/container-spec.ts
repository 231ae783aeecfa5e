import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import { eventsFileName } from '../../src/domain/events.ts'
import { attemptName, parseAttemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { DockerPlan } from '../../src/domain/plan.ts'
import { pythonMountPath } from '../../src/domain/python-call.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'

export interface ContainerSettings {
  /** Size of /tmp, in bytes. */
  readonly tmpBytes: number
  readonly readOnlyRoot: boolean
  /** Who a task is: its tenant's user, or whom the image names. */
  readonly user: 'tenant' | 'image'
  /** At which the engine begins another file for the output, in bytes; it keeps two. Above what the runner keeps of both streams: what is dropped before the runner
   * has read it is lost. */
  readonly logBytesMax: number
  /** Who tasks are where tenants have no users of their own. */
  readonly runnerUid: number
}

export const label = { installation: 'env-runner.installation', task: 'env-runner.task', attempt: 'env-runner.attempt' } as const

/** The one name of an attempt's container: unique over installations, and the engine refuses a second one. */
export const containerName = (installation: string, key: AttemptKey): string => {
  const name = attemptName(key)
  const digest = createHash('sha256').update(`${installation}\0${name}`).digest('hex').slice(0, 16)
  return `env-runner-${name.replaceAll(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64)}-${digest}`
}

/** Whose container that is; null for one that is not of this installation. */
export const keyOf = (labels: Readonly<Record<string, string>>, installation: string): AttemptKey | null => {
  const { [label.task]: taskId, [label.attempt]: attempt } = labels
  if (labels[label.installation] !== installation || taskId === undefined || !/^[1-9]\d*$/.test(attempt ?? '')) return null
  const key = { taskId, attempt: Number(attempt) }
  return parseAttemptName(attemptName(key)) && key
}

/** What the engine is asked for: the plan, and nothing that a task could reach the host by.
 * @param imageEnv `NAME=value`, of the image's configuration
 * @param owner the tenant's user; null where tenants have none */
export const containerSpec = (
  { key, plan, workDir }: LaunchRequest<DockerPlan>,
  imageId: string,
  imageEnv: readonly string[],
  installation: string,
  owner: { readonly uid: number; readonly gid: number } | null,
  settings: ContainerSettings,
): ContainerCreateOptions => ({
  name: containerName(installation, key),
  Image: imageId,
  Labels: { [label.installation]: installation, [label.task]: key.taskId, [label.attempt]: String(key.attempt) },
  // As `docker run` does it: the image's command goes with the image's entrypoint.
  ...(plan.entrypoint === null ? {} : { Entrypoint: [...plan.entrypoint] }),
  ...(plan.command === null ? {} : { Cmd: [...plan.command] }),
  ...userOf(owner, settings),
  Env: environment(plan, imageEnv),
  WorkingDir: posix.join(plan.containerWorkDir, plan.workingDir),
  Healthcheck: { Test: ['NONE'] }, // an image's own would run beside the task
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  OpenStdin: false,
  Tty: false,
  HostConfig: { ...confinement(plan, settings), ...limits(plan), Mounts: mounts(plan, workDir) } as HostConfig,
})

const userOf = (owner: { uid: number; gid: number } | null, { user, runnerUid }: ContainerSettings): { User?: string } => {
  if (user === 'image') return {}
  const { uid, gid } = owner ?? { uid: runnerUid, gid: runnerUid }
  return { User: `${uid}:${gid}` }
}

/** Variables of an image that would give the task devices, or other libraries than its own. */
const untrustedVariable = /^(NVIDIA_|LD_|CUDA_VISIBLE_DEVICES$)/

const environment = (plan: DockerPlan, imageEnv: readonly string[]): string[] => {
  const wanted: Record<string, string> = {
    HOME: plan.containerWorkDir,
    ENV_RUNNER_EVENTS: posix.join(plan.containerWorkDir, eventsFileName),
    // TERM reaches the task's whole process group: a shell in front of it would keep it to itself.
    TINI_KILL_PROCESS_GROUP: '1',
    ...plan.env,
    ...pythonPath(plan, imageEnv),
    NVIDIA_VISIBLE_DEVICES: 'void',
  }
  const removed = imageEnv.map((variable) => variable.split('=', 1)[0]!).filter((name) => untrustedVariable.test(name) && !(name in wanted))
  // A name without a value takes the image's variable away.
  return [...Object.entries(wanted).map(([name, value]) => `${name}=${value}`), ...removed]
}

/** The image's own modules stay where Python finds them, unless the task names places of its own. */
const pythonPath = ({ env }: DockerPlan, imageEnv: readonly string[]): { PYTHONPATH?: string } => {
  const own = imageEnv.find((variable) => variable.startsWith('PYTHONPATH=') && variable.length > 'PYTHONPATH='.length)
  return own === undefined || env['PYTHONPATH'] !== pythonMountPath
    ? {}
    : { PYTHONPATH: `${own.slice('PYTHONPATH='.length)}:${pythonMountPath}` }
}

const confinement = (plan: DockerPlan, { tmpBytes, readOnlyRoot, logBytesMax }: ContainerSettings): HostConfig => {
  const mounted = [plan.containerWorkDir, ...plan.mounts.map(({ mountPath }) => mountPath)].map((path) => posix.normalize(`${path}/`))
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: readOnlyRoot,
    ...(mounted.includes('/tmp/') ? {} : { Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,size=${tmpBytes},mode=1777` } }),
    Init: true, // reaps, and passes signals on
    NetworkMode: plan.network,
    IpcMode: 'private',
    ...(plan.runtime === null ? {} : { Runtime: plan.runtime }),
    // `local` is binary-safe. Of two files the older one goes when the newer one is full. Compression costs CPU, and followers their place.
    LogConfig: { Type: 'local', Config: { 'max-size': String(logBytesMax), 'max-file': '2', compress: 'false' } },
    RestartPolicy: { Name: 'no' },
    AutoRemove: false, // the container is the proof of the outcome
  }
}

const limits = ({
  limits: { cpuMillicores, memoryBytes, processesMax, openFilesMax, fileBytesMax },
  shmBytes,
  storageBytes,
}: DockerPlan): HostConfig => ({
  ...(cpuMillicores === null ? {} : { NanoCpus: cpuMillicores * 1_000_000 }),
  ...(memoryBytes === null ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }), // no swap beyond the memory
  PidsLimit: processesMax,
  Ulimits: [
    { Name: 'nofile', Soft: openFilesMax, Hard: openFilesMax },
    { Name: 'core', Soft: 0, Hard: 0 },
    ...(fileBytesMax === null ? [] : [{ Name: 'fsize', Soft: fileBytesMax, Hard: fileBytesMax }]),
  ],
  ...(shmBytes === null ? {} : { ShmSize: shmBytes }),
  ...(storageBytes === null ? {} : { StorageOpt: { size: String(storageBytes) } }),
})

const mounts = ({ containerWorkDir, mounts: planned }: DockerPlan, workDir: string): HostConfig['Mounts'] =>
  [{ hostPath: workDir, mountPath: containerWorkDir, readOnly: false }, ...planned].map(({ hostPath, mountPath, readOnly }) => ({
    Type: 'bind',
    Source: hostPath,
    Target: mountPath,
    ReadOnly: readOnly,
    BindOptions: { Propagation: 'rprivate' }, // neither side sees what the other mounts
  }))
