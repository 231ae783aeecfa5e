import type { DatabaseSync } from 'node:sqlite'
import type { Journal, JournalEntry, JournalReader, StreamName } from '../../src/ports/journal.ts'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Chore } from './chores.ts'
import { connectReader, connectWriter } from './connection.ts'
import { encodeBatch } from './entry.ts'
import { openingError, unavailable } from './errors.ts'
import { checkReadable, prepareFile } from './file.ts'
import { putAside } from './quarantine.ts'
import { createReader, type Unreadable } from './reader.ts'
import { inTransaction } from './schema.ts'
import { hostInWorker, hostOnMain } from './writer-host.ts'

export interface JournalOptions {
  /** Of the file; its directory exists. `-wal` and `-shm` files stand beside it while it is open. All have mode 0600. */
  readonly path: string
  /** The thread that waits for the disk. Default `worker`; measured in docs/decisions/0001. */
  readonly mode?: 'worker' | 'main'
}

/** Opens or creates the journal for its one writer; who holds the data directory's lock may call this.
 *
 * What is promised: when `append` has resolved, its entries survive the process's death and the host's (write-ahead log,
 * `synchronous=FULL`: one fsync for each commit), as far as the disk keeps what fsync confirmed. When it rejects or the process dies
 * first, all of its entries are stored or none. Commits become visible to readers, and survive, in the order of their calls. What
 * a killed process left unsynced is synced before `openJournal` resolves, so that nothing is ever told that could still be lost.
 *
 * Besides the port's promises: reads throw `JOURNAL_CORRUPT` for a damaged record, whose stream is the error's `path`; a live task whose
 * row cannot be read is put aside by `eachLiveTask` itself; a stream that was put aside may begin again at seq 0.
 * @throws RunnerError `JOURNAL_NEWER` (not a byte was written), `JOURNAL_CORRUPT`, `DATA_DIR_UNUSABLE`, `JOURNAL_UNAVAILABLE` */
export const openJournal = async ({ path, mode = 'worker' }: JournalOptions): Promise<Journal> => {
  const warnings = prepareFile(path)
  const { db, reader } = connect(path, (stream, reason) => quarantine(stream, reason, reader.lastAt()))
  const quarantine = (stream: StreamName, reason: string, at: number): void => {
    quarantineIn(path, stream, reason, at)
    aliases = readAliases(reader)
  }
  let aliases = readAliases(reader)
  const host = mode === 'worker' ? hostInWorker(path) : hostOnMain(path)
  let lastAppend: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | null = null

  const store = async (entries: readonly JournalEntry[]): Promise<void> => {
    try {
      await host.append(encodeBatch(entries, (stream) => aliases.get(stream) ?? stream))
    } catch (cause) {
      throw unavailable('the journal could not be written', cause) // such as entries too large for any string
    }
  }
  const chores = new Set<Promise<void>>()
  const chore = async (wanted: Chore): Promise<void> => {
    if (closing) throw new RunnerError('JOURNAL_UNAVAILABLE', 'the journal is closed')
    const done = host.do(wanted)
    const settled = done.catch(() => undefined).finally(() => chores.delete(settled))
    chores.add(settled)
    await done
  }
  const close = async (): Promise<void> => {
    await Promise.all([lastAppend, ...chores])
    db.close() // first, so that the writer is the last one and can empty the write-ahead log
    await host.close()
  }
  return {
    ...reader,
    warnings,
    quarantine,
    async append(entries) {
      if (closing) throw new RunnerError('JOURNAL_UNAVAILABLE', 'the journal is closed')
      if (entries.length === 0) return
      const stored = store(entries)
      lastAppend = stored.catch(() => undefined)
      await stored
    },
    forget: (streams) => chore({ forget: streams }),
    moveCursor: (cursor) => chore({ moveCursor: cursor }),
    removeCursor: (name) => chore({ removeCursor: name }),
    close: () => (closing ??= close()),
  }
}

/** Opens a journal to read it, beside its writer or without one. Writes nothing to the file.
 * @throws RunnerError `NOT_FOUND`, `JOURNAL_NEWER`, `JOURNAL_CORRUPT`, `JOURNAL_UNAVAILABLE` */
export const openJournalReader = (path: string): JournalReader & { close(): void } => {
  checkReadable(path)
  const { db, reader } = connect(path)
  let isOpen = true
  return {
    ...reader,
    close() {
      if (isOpen) db.close()
      isOpen = false
    },
  }
}

const connect = (path: string, unreadable?: Unreadable): { db: DatabaseSync; reader: JournalReader } => {
  let db: DatabaseSync | undefined
  try {
    db = connectReader(path)
    return { db, reader: createReader(db, unreadable) }
  } catch (cause) {
    db?.close()
    throw openingError(path, cause)
  }
}

/** On a connection of its own for a moment: the port wants it done on return, and the writer may be on another thread. */
const quarantineIn = (path: string, stream: StreamName, reason: string, at: number): void => {
  try {
    const db = connectWriter(path)
    try {
      inTransaction(db, () => putAside(db, stream, reason, at))
    } finally {
      db.close()
    }
  } catch (cause) {
    throw unavailable(`${stream} could not be put aside`, cause)
  }
}

/** The names under which streams that begin again are stored: see `storedName`. */
const readAliases = (reader: JournalReader): ReadonlyMap<StreamName, string> => {
  const times = new Map<StreamName, number>()
  for (const { stream } of reader.quarantined()) times.set(stream, (times.get(stream) ?? 0) + 1)
  return new Map([...times].map(([stream, count]) => [stream, `${stream}#${count}`]))
}
