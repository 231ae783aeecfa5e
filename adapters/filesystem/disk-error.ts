import { RunnerError, type ErrorCode } from '../../src/domain/errors.ts'

const hints: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk is full: free space on the file system of ${path}`,
  EDQUOT: (path) => `The quota is used up: free space on the file system of ${path}, or raise the quota`,
  EACCES: (path) => `Give the runner's user the right to use ${path}`,
  EPERM: (path) => `Give the runner's user the right to use ${path}; look for the immutable attribute with lsattr`,
  EROFS: (path) => `The file system of ${path} is mounted read-only: mount it writable, or configure another directory`,
  EIO: (path) => `The disk under ${path} reports errors: look at the kernel's log`,
  EMFILE: () => 'The runner has too many files open: raise its limit (ulimit -n)',
  ENFILE: () => 'The host has too many files open: raise fs.file-max',
  ENOENT: (path) => `Something removed a part of ${path} while it was in use: create the directory again`,
  ENOTDIR: (path) => `A part of ${path} is a file where a directory is needed: move it away`,
}

/** The `errno` name of a system error, such as `ENOENT`; empty for anything else. */
export const errnoOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''

/** A failed system call as the error that crosses the port: what was being done, the path, and what a person can do about it. A `RunnerError` passes unchanged. */
export const diskError = (code: ErrorCode, doing: string, path: string, cause: unknown): RunnerError => {
  if (cause instanceof RunnerError) return cause
  const errno = errnoOf(cause)
  const reason = errno === '' ? (cause instanceof Error ? cause.message : String(cause)) : errno
  return new RunnerError(code, `${doing} ${path} failed: ${reason}`, { hint: hints[errno]?.(path) ?? `Look at ${path}`, cause })
}
