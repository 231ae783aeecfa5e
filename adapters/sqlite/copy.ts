import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { RunnerError } from '../../src/domain/errors.ts'
import { connectReader } from './connection.ts'
import { beyondRepair, isDamage, openingError, unavailable } from './errors.ts'
import { checkFormat, checkReadable } from './file.ts'
import { hasEnded } from './schema.ts'

/** Where a copy of a journal ends. */
export interface JournalCopy {
  readonly lastPosition: number
  /** Tasks that have not ended. */
  readonly liveTasks: number
  readonly tasks: number
}

/** Copies a journal as it is at one moment, beside its writer or without one, to a file that is not there yet (mode 0600). Commits go on meanwhile; the write-ahead log
 * grows until the copy is made.
 * @throws RunnerError `NOT_FOUND`, `JOURNAL_NEWER`, `JOURNAL_CORRUPT`, `JOURNAL_UNAVAILABLE` (such as a full disk) */
const copy = (from: string, to: string): JournalCopy => {
  checkReadable(from)
  const db = connectReader(from)
  try {
    closeSync(openSync(to, 'wx', 0o600)) // SQLite fills an empty file, and leaves its mode
    db.prepare('VACUUM INTO ?').run(to)
  } catch (cause) {
    throw isDamage(cause) ? openingError(from, cause) : unavailable(`${from} could not be copied to ${to}`, cause)
  } finally {
    db.close()
  }
  return check(to)
}

/** Reads a copy whole. @throws RunnerError `JOURNAL_CORRUPT` when it is damaged, `JOURNAL_NEWER` when this program cannot use it, `NOT_FOUND` */
const check = (path: string): JournalCopy => {
  checkFormat(path)
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      const [verdict] = Object.values(db.prepare('PRAGMA quick_check(1)').get()!)
      if (verdict !== 'ok') throw beyondRepair(path, String(verdict))
      const count = (where: string): number => db.prepare(`SELECT count(*) AS n FROM tasks ${where}`).get()!['n'] as number
      const lastPosition = db.prepare('SELECT coalesce(max(position), 0) AS position FROM records').get()!['position'] as number
      return { lastPosition, tasks: count(''), liveTasks: count(`WHERE NOT (${hasEnded})`) }
    } finally {
      db.close()
    }
  } catch (cause) {
    throw cause instanceof RunnerError ? cause : openingError(path, cause)
  }
}

/** What a backup asks of journals. */
export const journalFiles = { copy, check }
