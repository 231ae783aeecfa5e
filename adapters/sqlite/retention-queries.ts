import type { DatabaseSync } from 'node:sqlite'
import { arrayStream, type StreamName } from '../../src/ports/journal.ts'
import { hasEnded, storedName } from './schema.ts'

/** A stream may go when its last record stands before this position: `at` never goes back, so that the first record that is young enough parts the journal;
 * readers outside need what lies behind their cursors; and the last record of the file stays, so that its position is not used again. */
export const forgetBoundSql = `SELECT min(
  coalesce((SELECT position FROM records WHERE at >= ?1 ORDER BY at, position LIMIT 1), 9e15),
  coalesce((SELECT min(position) + 1 FROM cursors), 9e15),
  coalesce((SELECT max(position) FROM records), 0)) AS bound`

const arrayOf = `('${arrayStream('')}' || array_id)`

/** A task of an array goes once the array itself has gone. */
export const tasksForgettableSql = `SELECT id FROM tasks WHERE ${hasEnded} AND position < ?1
  AND (array_id IS NULL OR NOT EXISTS (SELECT 1 FROM records WHERE stream = ${storedName(arrayOf)} AND seq = 0)) ORDER BY position LIMIT ?2`

/** Arrays whose tasks were all submitted and have all ended before the bound: two looks into an index for each array, and one for each task of an array that may go. */
export const arraysForgettable = (db: DatabaseSync, bound: number, limit: number): StreamName[] => {
  const expanded = db.prepare(`SELECT substr(stream, ${arrayStream('').length + 1}) AS id FROM records
    WHERE stream >= 'array:' AND stream < 'array;' AND seq = 1 AND position < ? AND instr(stream, '#') = 0
    AND stream NOT IN (SELECT stored FROM quarantine)`)
  const isNeeded = db.prepare(`SELECT 1 FROM tasks WHERE array_id = ? AND NOT (${hasEnded} AND position < ?) LIMIT 1`)
  const found: StreamName[] = []
  for (const { id } of expanded.all(bound)) {
    if (found.length >= limit) break
    if (isNeeded.get(id!, bound) === undefined) found.push(arrayStream(id as string))
  }
  return found
}

export const firstGapSql = `SELECT position + 1 AS missing FROM (SELECT position FROM horizon UNION ALL SELECT position FROM records) r
  WHERE position >= (SELECT position FROM horizon) AND position < (SELECT max(position) FROM records)
  AND NOT EXISTS (SELECT 1 FROM records WHERE position = r.position + 1) ORDER BY position LIMIT 1`
