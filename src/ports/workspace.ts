import type { AttemptKey } from '../domain/exit.ts'
import type { PlannedFile } from '../domain/plan.ts'
import type { OutputFile } from '../domain/result.ts'
import type { InputSpec, OutputSpec } from '../domain/task-spec.ts'

/** The directories that attempts work in. Adapters: `adapters/filesystem`, `adapters/simulated`. */
export interface Workspace {
  /** Makes the attempt's directory, empty but for `files`, its inputs and its events file, owned by the tenant's user. Again for an attempt that has one: starts over.
   * @returns its absolute path
   * @throws RunnerError `WORK_DIR_UNUSABLE`, `INPUT_UNAVAILABLE`, `INPUT_MISMATCH`, `INPUT_TOO_LARGE`, `ARCHIVE_REFUSED`, `POLICY_PATH`, `NOT_SUPPORTED`,
   * `ARTIFACT_STORE_UNAVAILABLE` */
  prepare(
    key: AttemptKey,
    tenant: string,
    inputs: readonly InputSpec[],
    files: readonly PlannedFile[],
    signal: AbortSignal,
  ): Promise<string>
  /** Absolute path of an attempt's directory, there or not. */
  path(key: AttemptKey): string
  /** Stores the outputs where they were asked to go, or keeps them with the task. No link and no path leads out of the directory. Repeatable.
   * @throws RunnerError `OUTPUT_MISSING`, `OUTPUT_REFUSED`, `ARTIFACT_STORE_UNAVAILABLE` */
  collect(key: AttemptKey, outputs: readonly OutputSpec[], signal: AbortSignal): Promise<readonly OutputFile[]>
  /** Removes the attempt's directory; kept outputs stay. Idempotent. */
  remove(key: AttemptKey, signal: AbortSignal): Promise<void>
  /** Removes the outputs that were kept with a task, for good. Idempotent. @throws RunnerError `ARTIFACT_STORE_UNAVAILABLE` */
  forget(taskId: string): Promise<void>
  /** Attempts that have a directory. */
  list(): Promise<readonly AttemptKey[]>
}
