import type { DatabaseSync } from 'node:sqlite'
import { taskStream, type StreamName } from '../../src/ports/journal.ts'
import { storedName } from './schema.ts'

const taskPrefix = taskStream('')

/** Hides a stream, in the caller's transaction. Its records stay as they are, its task's row goes, its name is free for a new beginning.
 * A stream that was put aside and has not begun again is left alone. */
export const putAside = (db: DatabaseSync, stream: StreamName, reason: string, at: number): void => {
  const { stored } = db.prepare(`SELECT ${storedName('?1')} AS stored`).get(stream) as { stored: string }
  const begun = db.prepare('SELECT 1 FROM records WHERE stream = ? LIMIT 1').get(stored) !== undefined
  if (!begun && stored !== stream) return
  db.prepare('INSERT INTO quarantine (stored, stream, reason, at) VALUES (?, ?, ?, ?)').run(stored, stream, reason, at)
  if (stream.startsWith(taskPrefix)) forgetTask(db, stream.slice(taskPrefix.length))
}

const forgetTask = (db: DatabaseSync, id: string): void => {
  const gone = db.prepare('DELETE FROM tasks WHERE id = ? RETURNING status').get(id)
  if (gone) db.prepare('UPDATE totals SET tasks = tasks - 1 WHERE status = ?').run(gone['status']!)
}
