/** How the process of an attempt ended. */
export interface Exit {
  /** 0–255; null when the process ended by a signal that left no code, or was stopped before it ran. */
  readonly code: number | null
  /** Such as `SIGKILL`; null for an ordinary exit. */
  readonly signal: string | null
  /** The memory limit ended a process of the attempt. Evidence: the cgroup's counter, the engine's flag, or Slurm's state. */
  readonly oomKilled: boolean
  /** Peak memory in bytes, where the host counts it. */
  readonly peakMemoryBytes?: number
  /** CPU time in milliseconds, where the host counts it. */
  readonly cpuMs?: number
  /** When it ended, Unix milliseconds, where that is on record: it may be noticed much later, by another process. */
  readonly endedAt?: number
}

/** Names one attempt, for ever and everywhere: marks, work directories, cgroups, containers and log files derive from it. */
export interface AttemptKey {
  readonly taskId: string
  /** Counts from 1. */
  readonly attempt: number
}

/** The key as a file name. Task ids hold no `+`, so that it stands for `:` without two ids meeting. */
export const attemptName = ({ taskId, attempt }: AttemptKey): string => `${taskId.replaceAll(':', '+')}.${attempt}`

/** The inverse of `attemptName`; null for a name that it never gives. */
export const parseAttemptName = (name: string): AttemptKey | null => {
  const match = /^([A-Za-z0-9][A-Za-z0-9._+-]*)\.([1-9]\d*)$/.exec(name)
  return match ? { taskId: match[1]!.replaceAll('+', ':'), attempt: Number(match[2]) } : null
}
