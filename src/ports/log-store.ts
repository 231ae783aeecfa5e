import type { AttemptKey } from '../domain/exit.ts'

/** `events` is the file that the task sees as `$ENV_RUNNER_EVENTS`. */
export type LogStream = 'stdout' | 'stderr' | 'events'

export interface LogChunk {
  /** Of the first byte, in the stream. */
  readonly offset: number
  /** Empty at the end of what is there. */
  readonly bytes: Uint8Array
}

/** What a task printed: one append-only file per attempt and stream, in which an offset means the same byte for ever.
 * Adapters: `adapters/filesystem`, `adapters/simulated`. */
export interface LogStore {
  /** Makes the attempt's files where they are missing, and tells where stdout and stderr are. Idempotent; never truncates.
   * @throws RunnerError `WORK_DIR_UNUSABLE` */
  create(key: AttemptKey): Promise<{ readonly stdout: string; readonly stderr: string }>
  /** Bytes so far; 0 where the file is missing or is not a plain file (a task may do what it likes with `events`). */
  size(key: AttemptKey, stream: LogStream): Promise<number>
  /** At most `bytesMax` bytes from `offset`. From inside a hole (see `discard`) the read starts after it: the chunk's offset tells. */
  read(key: AttemptKey, stream: LogStream, offset: number, bytesMax: number): Promise<LogChunk>
  /** Calls `grown` where there are bytes already, and after bytes were added; may call it without cause, and may be some tens of milliseconds late. Returns the end of watching. */
  watch(key: AttemptKey, stream: LogStream, grown: () => void): () => void
  /** Gives back the space of `[from, to)` (a hole); later bytes keep their offsets. The hole grows to cover both when it touches an earlier one. Idempotent. */
  discard(key: AttemptKey, stream: 'stdout' | 'stderr', from: number, to: number): Promise<void>
  /** The hole of a stream, or null. */
  hole(key: AttemptKey, stream: 'stdout' | 'stderr'): Promise<{ readonly from: number; readonly to: number } | null>
  /** A small document beside the logs: what a scanner remembers of bytes that may be discarded. Replaced atomically. */
  saveCheckpoint(key: AttemptKey, text: string): Promise<void>
  loadCheckpoint(key: AttemptKey): Promise<string | null>
  /** Absolute path for people and for `logs.stdout_path`. */
  path(key: AttemptKey, stream: 'stdout' | 'stderr'): string
  /** Removes all logs of a task. Idempotent. */
  remove(taskId: string): Promise<void>
}
