import type { Host } from '../ports/host.ts'
import type { ClassSettings, RunnerSettings } from '../runner/settings.ts'
import type { Config } from './schema.ts'

type ClassName = keyof Config['classes']

/** Places per core where `concurrency` is not set. Short tasks mostly start, wait and end: measured, the host is busy spawning at 4 to 16
 * of them at once and gains nothing beyond. Long tasks compute: one per core, so that none is slower than it has to be. */
const placesPerCore: Readonly<Record<ClassName, number>> = { cpu_short: 4, cpu_long: 1 }

/** The default of `classes.<class>.concurrency` on a host; at least one. */
export const defaultConcurrency = (name: ClassName, cpuMillicores: number): number =>
  Math.max(1, Math.floor((cpuMillicores / 1_000) * placesPerCore[name]))

/** The configuration in the engine's own words: milliseconds, and what the host decides filled in. `version` is the program's, `pythonDir` where the helper package of tasks lies on this host. */
export const toRunnerSettings = (
  config: Config,
  host: Pick<Host, 'cpuMillicores' | 'memoryBytes'>,
  version: string,
  pythonDir: string | null,
): RunnerSettings => {
  const { classes, timeouts, retry, policy, native, docker, logs, limits, audit, journal } = config
  const toClass = (name: ClassName): ClassSettings => ({
    timeoutMs: milliseconds(classes[name].timeout_seconds),
    concurrency: classes[name].concurrency ?? defaultConcurrency(name, host.cpuMillicores),
    queueTimeoutMs: milliseconds(classes[name].queue_timeout_seconds),
  })
  return {
    runnerId: config.runner.id,
    version,
    classes: { cpu_short: toClass('cpu_short'), cpu_long: toClass('cpu_long') },
    timeouts: {
      prepareMs: milliseconds(timeouts.prepare_seconds),
      stopMs: milliseconds(timeouts.stop_seconds),
      collectMs: milliseconds(timeouts.collect_seconds),
      totalMs: milliseconds(timeouts.total_seconds),
      graceMs: milliseconds(timeouts.grace_seconds),
      drainMs: milliseconds(timeouts.drain_seconds),
    },
    retry: { attempts: retry.attempts, baseMs: retry.base_ms, factor: retry.factor, capMs: retry.cap_ms, jitter: retry.jitter },
    policy: {
      allowedMounts: policy.allowed_mounts,
      privatePaths: [config.data_dir, logs.dir, ...usualSockets, ...socketOf(docker.host)],
      allowedNetworks: policy.allowed_networks,
      allowedImages: policy.allowed_images,
      allowedRuntimes: policy.allowed_runtimes,
    },
    native: {
      sandbox: native.sandbox,
      oversubscribe: native.oversubscribe,
      processesMax: native.processes_max,
      openFilesMax: native.open_files_max,
      classes: native.classes,
    },
    docker: {
      enabled: docker.enabled,
      defaultImage: docker.default_image ?? null,
      cpuMillicores: Math.min(docker.cpu_millicores, host.cpuMillicores),
      memoryBytes: Math.min(docker.mem_bytes, host.memoryBytes),
      processesMax: docker.processes_max,
      openFilesMax: docker.open_files_max,
      shmBytesMax: docker.shm_bytes_max,
    },
    pythonDir,
    logs: { bytesMax: logs.max_bytes, tailBytes: logs.tail_bytes },
    audit: { intervalMs: milliseconds(audit.interval_seconds) },
    journal: { retentionMs: milliseconds(journal.retention_seconds) },
    limits: { payloadUnits: limits.payload_bytes, payloadDepth: limits.payload_depth, uncommittedBytes: limits.uncommitted_bytes },
  }
}

/** Whoever reaches one of these is root on the host. */
const usualSockets = ['/var/run/docker.sock', '/run/containerd/containerd.sock']

const socketOf = (host: string | undefined): string[] => (host?.startsWith('unix://') ? [host.slice('unix://'.length)] : [])

/** Rounded up: a positive time never becomes none. */
const milliseconds = (seconds: number): number => Math.ceil(seconds * 1_000)
