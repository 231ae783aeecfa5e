import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { doChore, type Chore } from './chores.ts'
import { connectWriter } from './connection.ts'
import { batchWidth, checksumOf, recordCells, taskCells, type Batch, type Cell } from './entry.ts'
import { unavailable } from './errors.ts'
import { inTransaction, lastPositionSql, recordColumns, streamOf, taskColumns } from './schema.ts'

/** Stores batches; the same on the main thread and in a worker. */
export interface Writer {
  /** Returns once the batch is on disk. Positions at or below the last stored one are compared, not stored again.
   * After an error the connection is given up, and the next call opens another: what that finds is what was stored.
   * @throws RunnerError `JOURNAL_UNAVAILABLE` */
  append(batch: Batch): void
  /** @throws RunnerError `JOURNAL_UNAVAILABLE`, or what the chore itself refuses with */
  do(chore: Chore): void
  /** As the last connection that writes, also empties the write-ahead log into the file. */
  close(): void
}

/** @param path of a journal that `prepareFile` has made ready */
export const createWriter = (path: string): Writer => {
  let session: Session | null = null
  const giveUp = (): void => {
    const { db } = session ?? {}
    session = null
    try {
      db?.close()
    } catch {
      // A connection that cannot even be closed holds nothing that was promised.
    }
  }
  const writing = (write: (session: Session) => void): void => {
    try {
      write((session ??= openSession(path)))
    } catch (cause) {
      giveUp()
      throw unavailable('the journal could not be written', cause)
    }
  }
  return {
    append: (batch) => writing((own) => store(own, batch)),
    do: (chore) => writing(({ db }) => doChore(db, chore)),
    close: giveUp,
  }
}

interface Session {
  readonly db: DatabaseSync
  readonly insertRecord: StatementSync
  readonly insertTask: StatementSync
  readonly updateTask: StatementSync
  readonly statusOf: StatementSync
  readonly addToTotal: StatementSync
  readonly keyAt: StatementSync
  lastPosition: number
}

const parameters = (count: number): string => Array.from({ length: count }, () => '?').join(', ')

const openSession = (path: string): Session => {
  const db = connectWriter(path)
  try {
    return {
      db,
      insertRecord: db.prepare(
        `INSERT INTO records (${recordColumns.join(', ')}, checksum) VALUES (${parameters(recordColumns.length + 1)})`,
      ),
      insertTask: db.prepare(
        `INSERT INTO tasks (first_position, position, ${taskColumns.join(', ')}) VALUES (${parameters(taskColumns.length + 2)})`,
      ),
      updateTask: db.prepare(
        `UPDATE tasks SET position = ?, ${taskColumns
          .filter((name) => name !== 'id')
          .map((name) => `${name} = ?`)
          .join(', ')} WHERE id = ?`,
      ),
      statusOf: db.prepare('SELECT status FROM tasks WHERE id = ?'),
      addToTotal: db.prepare('UPDATE totals SET tasks = tasks + ? WHERE status = ?'),
      keyAt: db.prepare('SELECT stream, seq FROM records WHERE position = ?'),
      lastPosition: db.prepare(lastPositionSql).get()!['position'] as number,
    }
  } catch (cause) {
    db.close()
    throw cause
  }
}

const store = (session: Session, batch: Batch): void => {
  const from = skipStored(session, batch)
  if (from === batch.length) return
  inTransaction(session.db, () => {
    const changes = new Map<string, number>()
    for (let offset = from; offset < batch.length; offset += batchWidth) storeEntry(session, batch, offset, changes)
    for (const [status, change] of changes) if (change !== 0) session.addToTotal.run(change, status)
  })
  session.lastPosition = batch[batch.length - batchWidth] as number
}

/** Offset of the first entry that is not stored yet. */
const skipStored = ({ keyAt, lastPosition }: Session, batch: Batch): number => {
  let offset = 0
  for (; offset < batch.length && (batch[offset] as number) <= lastPosition; offset += batchWidth) {
    const stored = keyAt.get(batch[offset]!) as { stream: string; seq: number } | undefined
    const [position, stream, seq] = batch.slice(offset, offset + 3)
    // By the stream's own name: it may have been put aside since.
    if (stored && (stored.seq !== seq || streamOf(stored.stream) !== streamOf(stream as string)))
      throw new Error(`position ${position} holds ${stored.stream} ${stored.seq}, not ${stream} ${seq}: there is another writer`)
  }
  for (let at = offset, expected = lastPosition + 1; at < batch.length; at += batchWidth, expected++)
    if (batch[at] !== expected) throw new Error(`position ${batch[at]} came where ${expected} was due`)
  return offset
}

const storeEntry = (session: Session, batch: Batch, offset: number, changes: Map<string, number>): void => {
  const record = recordCells(batch, offset)
  session.insertRecord.run(...record, checksumOf(record))
  const task = taskCells(batch, offset)
  const [status] = task as [string | null]
  if (status !== null) storeTask(session, record[0] as number, record[2] as number, task, status, changes)
}

const storeTask = (session: Session, position: number, seq: number, task: Cell[], status: string, changes: Map<string, number>): void => {
  // The first record of a stream makes its task: a question less for each submission.
  const before = seq === 0 ? undefined : session.statusOf.get(task[task.length - 1]!)
  if (before === undefined) session.insertTask.run(position, position, ...task)
  else {
    session.updateTask.run(position, ...task)
    const previous = before['status'] as string
    changes.set(previous, (changes.get(previous) ?? 0) - 1)
  }
  changes.set(status, (changes.get(status) ?? 0) + 1)
}
