import type { DatabaseSync } from 'node:sqlite'
import { beforeHorizon, taskStream, type Cursor, type StreamName } from '../../src/ports/journal.ts'
import { hasEnded, inTransaction, storedName } from './schema.ts'

/** What a writer does beside appending. */
export type Chore = { readonly forget: readonly StreamName[] } | { readonly moveCursor: Cursor } | { readonly removeCursor: string }

/** Pages given back to the file system after a removal: 32 MiB, so that no commit waits long. What is free beyond them is given back after the next ones. */
const vacuumPages = 4_096

const taskPrefix = taskStream('')

/** Does a chore in a transaction of its own. @throws RunnerError `OUT_OF_RANGE`, Error */
export const doChore = (db: DatabaseSync, chore: Chore): void => {
  if ('forget' in chore) {
    inTransaction(db, () => forget(db, chore.forget))
    db.exec(`PRAGMA incremental_vacuum(${vacuumPages})`)
  } else if ('moveCursor' in chore) inTransaction(db, () => moveCursor(db, chore.moveCursor))
  else db.prepare('DELETE FROM cursors WHERE name = ?').run(chore.removeCursor)
}

const horizonOf = (db: DatabaseSync): number => db.prepare('SELECT position FROM horizon').get()!['position'] as number

const forget = (db: DatabaseSync, streams: readonly StreamName[]): void => {
  const extent =
    db.prepare(`SELECT ${storedName('?1')} AS stored, (SELECT max(position) FROM records WHERE stream = ${storedName('?1')}) AS last,
    (SELECT max(position) FROM records) AS end`)
  const removeRecords = db.prepare('DELETE FROM records WHERE stream = ?')
  const removeTask = db.prepare(`DELETE FROM tasks WHERE id = ? AND ${hasEnded} RETURNING status`)
  const countDown = db.prepare('UPDATE totals SET tasks = tasks - 1 WHERE status = ?')
  let horizon = horizonOf(db)
  for (const stream of streams) {
    const { stored, last, end } = extent.get(stream) as { stored: string; last: number | null; end: number }
    if (last === null) continue
    if (last === end) throw new Error(`${stream} holds the last record of the journal`)
    if (stream.startsWith(taskPrefix)) {
      const task = removeTask.get(stream.slice(taskPrefix.length))
      if (task === undefined) throw new Error(`${stream} has not ended`)
      countDown.run(task['status']!)
    }
    removeRecords.run(stored)
    horizon = Math.max(horizon, last)
  }
  db.prepare('UPDATE horizon SET position = ?').run(horizon)
}

const moveCursor = (db: DatabaseSync, { name, position, at }: Cursor): void => {
  const horizon = horizonOf(db)
  if (position < horizon) throw beforeHorizon(position, horizon)
  db.prepare('INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position, at = excluded.at').run(
    name,
    position,
    at,
  )
}
