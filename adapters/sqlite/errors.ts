import { RunnerError } from '../../src/domain/errors.ts'

/** SQLite's primary result codes for a file that is damaged or was never a database (https://sqlite.org/rescode.html). */
const damaged: ReadonlySet<number> = new Set([11, 26])

/** True when SQLite says that the file itself is broken; false for a full disk, a lock, a missing file. */
export const isDamage = (cause: unknown): boolean => damaged.has(codeOf(cause) ?? 0)

/** Primary result code, without what SQLite adds in the higher bits. */
const codeOf = (cause: unknown): number | null => {
  const code = (cause as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : null
}

const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** `JOURNAL_UNAVAILABLE`: it may work again later, once what `cause` says is over. */
export const unavailable = (what: string, cause: unknown): RunnerError =>
  cause instanceof RunnerError ? cause : new RunnerError('JOURNAL_UNAVAILABLE', `${what}: ${words(cause)}`, { cause })

/** `JOURNAL_CORRUPT` of the whole file. */
export const beyondRepair = (path: string, reason: string, cause?: unknown): RunnerError =>
  new RunnerError('JOURNAL_CORRUPT', `${path} cannot be used as a journal: ${reason}`, {
    path,
    hint: 'Move it away together with its -wal and -shm files and restore a copy, or start without it; sqlite3 FILE .recover may save what it holds',
    cause,
  })

/** `JOURNAL_CORRUPT` of one stream, whose name is the error's `path`. */
export const corruptStream = (stream: string, reason: string, cause?: unknown): RunnerError =>
  new RunnerError('JOURNAL_CORRUPT', `the stream ${stream} cannot be read: ${reason}`, {
    path: stream,
    hint: 'The runner puts the stream aside when it starts; its records stay in the file for inspection',
    cause,
  })

/** What an opening threw, as the error that it means. A statement that SQLite does not understand means that a table is not there. */
export const openingError = (path: string, cause: unknown): RunnerError => {
  if (cause instanceof RunnerError) return cause
  return isDamage(cause) || codeOf(cause) === 1
    ? beyondRepair(path, words(cause), cause)
    : unavailable(`the journal ${path} cannot be opened`, cause)
}
