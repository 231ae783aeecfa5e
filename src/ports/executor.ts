import type { AttemptKey, Exit } from '../domain/exit.ts'
import type { Progress } from '../domain/events.ts'
import type { ExecutionPlan, ImageIdentity } from '../domain/plan.ts'

export interface LaunchRequest<Plan extends ExecutionPlan = ExecutionPlan> {
  readonly key: AttemptKey
  readonly plan: Plan
  /** What `provision` has found for this attempt; null where the plan needs none. */
  readonly image: ImageIdentity | null
  /** Absolute path of the attempt's work directory, prepared and owned by the task's user. */
  readonly workDir: string
  /** Absolute paths of the attempt's log files; they exist. The process appends to them itself, or the executor on its behalf: what was written before a crash
   * is never written twice. */
  readonly logs: { readonly stdout: string; readonly stderr: string }
}

/** Runs attempts, each under a mark made of installation, task and attempt that exists before anything runs. What it
 * leaves behind proves the outcome until `remove`. Attempts outlive the runner. Every method rejects with `RunnerError`
 * alone, and soon after its signal aborts. Calls for one attempt do not overlap; calls for different attempts do.
 * Adapters: `adapters/native`, `adapters/docker`, `adapters/simulated`; conformance: `test/conformance/executor.ts`. */
export interface Executor {
  /** Makes ready what a launch needs and what takes its time, such as an image, and keeps it until `remove`. Repeatable; `told` hears how far it is.
   * @returns which image that is; null where the plan needs none
   * @throws RunnerError `IMAGE_NOT_FOUND`, `IMAGE_UNAUTHORIZED`, `IMAGE_INVALID` (permanent), `IMAGE_PULL_FAILED`, `ENGINE_UNAVAILABLE` (transient), `NOT_SUPPORTED` */
  provision(key: AttemptKey, plan: ExecutionPlan, signal: AbortSignal, told: (progress: Progress) => void): Promise<ImageIdentity | null>
  /** Find or create. Mark absent: launch. Found alive or ended: attach, whatever the request says. Mark without a process: clear what is left, then launch.
   * When the signal aborts, the attempt may or may not have been launched; `stop` tells.
   * @throws RunnerError `LAUNCH_FAILED` (nothing runs; may be tried again), `SANDBOX_UNAVAILABLE`, `WORK_DIR_UNUSABLE`,
   * `ENGINE_UNAVAILABLE`, `CONTAINER_REFUSED` */
  launch(request: LaunchRequest, signal: AbortSignal): Promise<{ readonly attached: boolean }>
  /** Resolves when the attempt has ended and nothing of it runs any more, background children included; what it has printed may still be on its way into the log
   * files (`drainLogs`). Repeatable until `remove`.
   * @throws RunnerError `COMMAND_NOT_FOUND`, `SANDBOX_UNAVAILABLE`, `CONTAINER_REFUSED` (it never ran); `TASK_LOST` (it is gone and left no outcome, or there is no mark);
   * `ENGINE_UNAVAILABLE` (the engine stays away: it may still run, `stop` tells) */
  wait(key: AttemptKey, signal: AbortSignal): Promise<Exit>
  /** TERM to everything inside, `graceMs` of patience, KILL, and verified that nothing runs. Resolves with the exit that is on record, or null
   * where there is none: no mark, never ran, lost. Idempotent. Keeps trying until the signal aborts. */
  stop(key: AttemptKey, graceMs: number, signal: AbortSignal): Promise<Exit | null>
  /** The attempt has ended: resolves when its log files hold all that it has printed, or as much of it as can still be had. At once for one that is unknown, or still
   * runs. Repeatable until `remove`; rejects only when the signal aborts. */
  drainLogs(key: AttemptKey, signal: AbortSignal): Promise<void>
  /** Removes every trace of an attempt, its mark last. Ends what still runs of it. Idempotent. */
  remove(key: AttemptKey, signal: AbortSignal): Promise<void>
  /** All attempts of this installation that have left a trace. Never another installation's. Answers also where an engine is away, out of what is known here. */
  list(signal: AbortSignal): Promise<readonly AttemptKey[]>
  /** Gives back what the executor holds beside its attempts; they go on, and the next executor finds them. No call may follow. Idempotent. */
  close(): Promise<void>
}
