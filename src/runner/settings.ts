import type { TaskClass } from '../domain/task-class.ts'

/** Retries of attempts that failed transiently. The pause before attempt n+1 is `min(capMs, baseMs × factor^(n−1))`, less up to `jitter` of itself. */
export interface RetrySettings {
  /** Attempts in all, the first included; 1 is no retry. */
  readonly attempts: number
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
  /** 0 to 1: the share of the pause that is left to chance (a hash of task and attempt, so that a replay has the same). */
  readonly jitter: number
}

export interface ClassSettings {
  /** Default and ceiling of an attempt's run time, in milliseconds. */
  readonly timeoutMs: number
  /** Tasks of the class that hold a place at once. */
  readonly concurrency: number
  /** Longest wait for a place, in milliseconds. */
  readonly queueTimeoutMs: number
}

/** All that the engine is told; `src/config` makes it out of files, environment and flags. */
export interface RunnerSettings {
  readonly runnerId: string
  /** Of the program, recorded at each start. */
  readonly version: string
  /** A class that is absent is `CLASS_UNAVAILABLE`. */
  readonly classes: Readonly<Partial<Record<TaskClass, ClassSettings>>>
  readonly timeouts: {
    readonly prepareMs: number
    /** Beyond the grace: until the host's answer that nothing runs any more. */
    readonly stopMs: number
    readonly collectMs: number
    /** From submission to the end, retries included. */
    readonly totalMs: number
    /** Between TERM and KILL. */
    readonly graceMs: number
    readonly drainMs: number
  }
  readonly retry: RetrySettings
  readonly policy: {
    /** Host directories that tasks may mount, absolute; a mount must be one of them or lie below. */
    readonly allowedMounts: readonly string[]
    /** What no task may see whatever is allowed, absolute: neither it, nor what holds it or lies below it, is mounted. */
    readonly privatePaths: readonly string[]
    readonly allowedNetworks: readonly string[]
    /** Patterns of images that may run; see `src/domain/image-reference.ts`. */
    readonly allowedImages: readonly string[]
    /** Runtimes of the engine that tasks may ask for, such as `runsc`. */
    readonly allowedRuntimes: readonly string[]
  }
  readonly native: {
    readonly sandbox: 'bubblewrap' | 'none'
    /** Admit more than the host's CPU and memory. */
    readonly oversubscribe: boolean
    readonly processesMax: number
    readonly openFilesMax: number
    /** Classes that may run without an image. */
    readonly classes: readonly TaskClass[]
  }
  readonly docker: {
    readonly enabled: boolean
    /** For tasks that name none and may not run natively; null: they are refused. */
    readonly defaultImage: string | null
    /** Of a task that asks for none. */
    readonly cpuMillicores: number
    readonly memoryBytes: number
    readonly processesMax: number
    readonly openFilesMax: number
    /** Ceiling of what a task may ask for. */
    readonly shmBytesMax: number
  }
  /** Host directory with the Python package that tasks import; tasks see it read-only. Null: Python entry points are refused. */
  readonly pythonDir: string | null
  readonly logs: {
    /** Per attempt and stream; beyond it the middle is given back. */
    readonly bytesMax: number
    /** Of each stream, in a result. */
    readonly tailBytes: number
  }
  readonly audit: {
    /** Between two looks; 0: none is taken unless somebody asks. */
    readonly intervalMs: number
  }
  readonly journal: {
    /** How long what has ended is kept; 0: for ever. */
    readonly retentionMs: number
  }
  readonly limits: {
    /** See `DocumentLimits`. */
    readonly payloadUnits: number
    readonly payloadDepth: number
    /** Submissions wait while this much is applied and not yet committed. */
    readonly uncommittedBytes: number
  }
}
