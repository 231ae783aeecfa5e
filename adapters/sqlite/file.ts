import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { RunnerError } from '../../src/domain/errors.ts'
import { connectWriter } from './connection.ts'
import { beyondRepair, openingError } from './errors.ts'
import { mendTail } from './mend.ts'
import { applicationId, inTransaction, migrations, schemaVersion } from './schema.ts'

/** Twice SQLite's default: a record of some hundred bytes shares its page with more others (docs/decisions/0001). */
const pageBytes = 8_192

/** Makes the journal ready for a writer: creates or upgrades the file, and mends its end. Nothing else may write meanwhile.
 * @returns what had to be mended
 * @throws RunnerError `JOURNAL_NEWER` (nothing was written), `JOURNAL_CORRUPT`, `DATA_DIR_UNUSABLE`, `JOURNAL_UNAVAILABLE` */
export const prepareFile = (path: string): string[] => {
  if (!existsSync(path)) createEmpty(path)
  const version = checkVersion(path)
  try {
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) chmodSync(path + suffix, 0o600)
    if (version < schemaVersion) migrate(path, version)
    const db = connectWriter(path)
    try {
      // What a killed process left in the log was perhaps never synced: it is, before anybody is told of it.
      db.exec('PRAGMA wal_checkpoint(PASSIVE)')
      return mendTail(db, path)
    } finally {
      db.close()
    }
  } catch (cause) {
    throw openingError(path, cause)
  }
}

/** @throws RunnerError `NOT_FOUND` when there is no journal, `JOURNAL_NEWER`, `JOURNAL_CORRUPT`, `JOURNAL_UNAVAILABLE` when it waits for an upgrade */
export const checkReadable = (path: string): void => {
  const version = checkFormat(path)
  if (version < schemaVersion)
    throw new RunnerError('JOURNAL_UNAVAILABLE', `${path} has format ${version}, and this program reads ${schemaVersion}`, {
      path,
      hint: 'Start the runner once: it upgrades the file',
    })
}

/** @returns the format of a journal that this program reads, or upgrades. @throws RunnerError `NOT_FOUND` when there is none, `JOURNAL_NEWER`, `JOURNAL_CORRUPT` */
export const checkFormat = (path: string): number => {
  const version = existsSync(path) ? checkVersion(path) : 0
  if (version === 0)
    throw new RunnerError('NOT_FOUND', `there is no journal at ${path}`, {
      path,
      hint: 'Check the data directory (--data-dir), or start a runner there first',
    })
  return version
}

const createEmpty = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600)) // SQLite gives the mode of this file to those that it makes beside it
  } catch (cause) {
    throw new RunnerError('DATA_DIR_UNUSABLE', `the journal cannot be created: ${(cause as Error).message}`, {
      path,
      hint: 'Check that the directory exists and may be written',
      cause,
    })
  }
}

/** Reads the version through an immutable connection: it takes no lock, makes no file, and ignores the write-ahead log, in
 * which a version never stands (see `migrate`). Not through `fs`: closing a descriptor of our own would drop SQLite's locks. */
const checkVersion = (path: string): number => {
  const { version, application, tables } = peek(path)
  if (tables > 0 && application !== applicationId) throw beyondRepair(path, 'it is a database of another program')
  if (version > schemaVersion)
    throw new RunnerError('JOURNAL_NEWER', `${path} has format ${version}, and this program knows ${schemaVersion}`, {
      path,
      hint: 'Use the version of env-runner that wrote it, or a later one; nothing was changed',
    })
  return version
}

const peek = (path: string): { version: number; application: number; tables: number } => {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  try {
    const db = new DatabaseSync(url, { readOnly: true })
    try {
      const value = (sql: string): number => Object.values(db.prepare(sql).get()!)[0] as number
      return {
        version: value('PRAGMA user_version'),
        application: value('PRAGMA application_id'),
        tables: value('SELECT count(*) FROM sqlite_schema'),
      }
    } finally {
      db.close()
    }
  } catch (cause) {
    throw openingError(path, cause)
  }
}

/** A file that was begun without gives space back only after it was written anew, which takes a second for some hundred megabytes and as much room again.
 * A larger one stays as it is: what retention frees in it is used for later records. */
const vacuumBytesMax = 256 * 2 ** 20

const isWorthVacuum = (db: DatabaseSync): boolean => {
  const value = (name: string): number => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0] as number
  return value('auto_vacuum') === 0 && value('page_count') * value('page_size') <= vacuumBytesMax
}

/** Upgrades in rollback mode, so that the new version stands in the file itself and never only in the write-ahead log. */
const migrate = (path: string, from: number): void => {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  try {
    db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL`)
    inTransaction(db, () => {
      for (const step of migrations.slice(from)) db.exec(step)
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`)
    })
    if (isWorthVacuum(db)) db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM')
    db.exec('PRAGMA journal_mode = WAL')
  } finally {
    db.close()
  }
}
