/** What stands in a file. */
export interface FileReading {
  readonly text: string
  /** Permission bits, such as 0o600. */
  readonly mode: number
}

/** A small text file that people change while the runner runs. */
export interface LiveFile {
  /** Reads it now, changed or not. Resolves when it was taken or `failed` was told; never rejects. */
  reload(): Promise<void>
  /** No further reading is taken. Idempotent. */
  close(): void
}

/** Opens one: `taken` gets its content at once and whenever it changes, replaced as a whole or written in place. What `taken` throws, and a file that cannot be
 * read, goes to `failed`, once for each change; at the beginning it rejects instead. Adapter: `adapters/filesystem/live-file.ts`.
 * @throws RunnerError `CONFIG_INVALID` when there is no such file or it cannot be read, and what `taken` throws */
export type OpenLiveFile = (path: string, taken: (reading: FileReading) => void, failed: (cause: unknown) => void) => Promise<LiveFile>
