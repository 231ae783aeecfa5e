import type { DatabaseSync } from 'node:sqlite'
import { RunnerError } from '../../src/domain/errors.ts'
import { taskStream } from '../../src/ports/journal.ts'
import { faultOf, parseRow, type Cell } from './entry.ts'
import { beyondRepair } from './errors.ts'
import { putAside } from './quarantine.ts'
import { inTransaction, recordColumns, recount, storedName, streamOf } from './schema.ts'

/** More than this much damage at the end is not a torn write but a broken disk: a person has to look. */
const tornRecordsMax = 1_000

interface Torn {
  readonly position: number
  readonly warning: string
}

/** Cuts records at the very end that were torn, and takes each task concerned back to its record before: a task without any is
 * forgotten, one that cannot be taken back is put aside. A bad record with a good one behind it is left for its readers to meet.
 * @returns a warning for each change
 * @throws RunnerError `JOURNAL_CORRUPT` */
export const mendTail = (db: DatabaseSync, path: string): string[] => {
  const torn = findTorn(db)
  if (torn.length === 0) return []
  if (torn.length > tornRecordsMax) throw beyondRepair(path, `more than ${tornRecordsMax} records at its end are damaged`)
  return inTransaction(db, () => {
    db.prepare('DELETE FROM records WHERE position >= ?').run(torn.at(-1)!.position)
    const warnings = [...torn.map(({ warning }) => warning).reverse(), ...takeBackTasks(db)]
    recount(db)
    return warnings
  })
}

/** Newest first. */
const findTorn = (db: DatabaseSync): Torn[] => {
  const newestFirst = db.prepare(`SELECT ${recordColumns.join(', ')}, checksum FROM records ORDER BY position DESC`)
  newestFirst.setReturnArrays(true)
  const torn: Torn[] = []
  for (const stored of newestFirst.iterate() as Iterable<unknown> as Iterable<Cell[]>) {
    const cells = stored.slice(0, -1)
    const fault = faultOf(cells, stored.at(-1)!)
    if (fault === null || torn.length > tornRecordsMax) break
    const [position, stream, seq] = cells
    torn.push({
      position: position as number,
      warning: `the last record (position ${position}, ${streamOf(String(stream))} seq ${seq}) was torn and has been cut: ${fault}`,
    })
  }
  return torn
}

/** Tasks whose last record is gone; found by position, since the torn record's own words are not to be trusted. */
const takeBackTasks = (db: DatabaseSync): string[] => {
  const ahead = db.prepare('SELECT id FROM tasks WHERE position > (SELECT coalesce(max(position), 0) FROM records)').all()
  return ahead.map(({ id }) => takeBack(db, id as string))
}

const takeBack = (db: DatabaseSync, id: string): string => {
  const stream = taskStream(id)
  const before = db
    .prepare(`SELECT position, row FROM records WHERE stream = ${storedName('?1')} AND row IS NOT NULL ORDER BY seq DESC LIMIT 1`)
    .get(stream)
  if (before === undefined) {
    db.prepare('DELETE FROM tasks WHERE id = ?').run(id)
    return `the task ${id} is forgotten: the torn record was its first`
  }
  try {
    const { status } = parseRow(id, before['row'] as Cell)
    db.prepare('UPDATE tasks SET position = ?, status = ? WHERE id = ?').run(before['position'] as number, status, id)
    return `the task ${id} is taken back to ${status}`
  } catch (cause) {
    if (!(cause instanceof RunnerError)) throw cause
    const at = db.prepare('SELECT max(at) AS at FROM records').get()!['at'] as number
    putAside(db, stream, cause.message, at)
    return `the task ${id} is put aside: ${cause.message}`
  }
}
