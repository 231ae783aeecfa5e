import type { TaskClass } from './task-class.ts'

/** Deadlines of a task's phases in milliseconds. `total` counts from submission, the others from the entry of their state. */
export interface PhaseTimeouts {
  readonly queue: number
  readonly prepare: number
  readonly run: number
  readonly stop: number
  readonly collect: number
  readonly total: number
}
export type Phase = keyof PhaseTimeouts

export interface PlannedMount {
  /** Absolute, links resolved, checked against the policy. */
  readonly hostPath: string
  readonly mountPath: string
  readonly readOnly: boolean
}

/** What the runner itself puts into the work directory. */
export interface PlannedFile {
  /** A name, without directories. */
  readonly path: string
  readonly text: string
}

/** What is the same however a task is isolated. */
interface CommonPlan {
  readonly class: TaskClass
  readonly tenant: string
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly PlannedMount[]
  /** Written before the inputs are staged, so that none can take their place. */
  readonly files: readonly PlannedFile[]
  /** Relative to the work directory; `.` is the directory itself. */
  readonly workingDir: string
  readonly limits: {
    /** Thousandths of a core; null: no limit of its own. */
    readonly cpuMillicores: number | null
    readonly memoryBytes: number | null
    readonly processesMax: number
    readonly openFilesMax: number
    /** Largest file the attempt may write, in bytes; null: no limit. */
    readonly fileBytesMax: number | null
  }
  /** Between TERM and KILL. */
  readonly graceMs: number
}

/** A process of this host, in a sandbox. */
export interface NativePlan extends CommonPlan {
  readonly mode: 'native'
  /** Program and arguments, as execve takes them; looked up on the sandbox's own PATH. */
  readonly argv: readonly string[]
  readonly network: 'none' | 'host'
}

/** A container. */
export interface DockerPlan extends CommonPlan {
  readonly mode: 'docker'
  /** Normalised reference, with registry and tag or digest: `docker.io/library/python:3.12`. */
  readonly image: string
  /** Null: the image's own. */
  readonly entrypoint: readonly string[] | null
  /** Null: the image's own, unless an entrypoint was given, as `docker run` does it. */
  readonly command: readonly string[] | null
  /** Where the container sees the work directory; absolute. */
  readonly containerWorkDir: string
  /** `none`, `host`, or a network of the engine by name. */
  readonly network: string
  /** Of the engine, such as `runsc`; null: its default. */
  readonly runtime: string | null
  /** Size of /dev/shm; null: the engine's default (64 MiB). */
  readonly shmBytes: number | null
  /** Limit on what the container writes beside its work directory, where the engine's storage driver can; null: none. */
  readonly storageBytes: number | null
}

/** What an executor is told: f(spec, class, policy). Nothing in it is left to interpretation. */
export type ExecutionPlan = NativePlan | DockerPlan

/** Which image it really was. */
export interface ImageIdentity {
  /** As the plan names it. */
  readonly reference: string
  /** `sha256:` and 64 hexadecimal digits: of the image's configuration, as the engine names it. */
  readonly id: string
  /** `repository@sha256:…` under which a registry serves it; null for an image that no registry has given. */
  readonly digest: string | null
}
