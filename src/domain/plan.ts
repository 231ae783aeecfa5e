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

/** What an executor is told: f(spec, class, policy). Nothing in it is left to interpretation. */
export interface ExecutionPlan {
  readonly mode: 'native'
  readonly class: TaskClass
  readonly tenant: string
  /** Program and arguments, as execve takes them; looked up on the sandbox's own PATH. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly PlannedMount[]
  readonly network: 'none' | 'host'
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
