import { DatabaseSync } from 'node:sqlite'

/** Longest wait for another connection, such as a quarantine beside a commit. Between commits the file is free. */
const busyTimeoutMs = 5_000

/** Pages after which a commit copies the write-ahead log into the file: 32 MiB of 8 KiB pages. See docs/decisions/0001. */
const checkpointPages = 4_000

/** What is left of the write-ahead log after a burst that outgrew it. */
const logBytesKept = 64 * 2 ** 20

/** A connection that writes. `synchronous=FULL`: COMMIT returns after fsync of the write-ahead log. */
export const connectWriter = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA journal_size_limit = ${logBytesKept}; PRAGMA cache_size = -32768; PRAGMA foreign_keys = OFF`)
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}

/** A connection that reads, beside a writer in this or another process, or without one. */
export const connectReader = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA cache_size = -16384')
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}
