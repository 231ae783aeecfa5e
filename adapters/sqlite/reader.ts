import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { RunnerError } from '../../src/domain/errors.ts'
import { taskStatuses, type TaskStatus } from '../../src/domain/result.ts'
import { arrayStream, beforeHorizon, taskStream, type JournalReader, type StreamName } from '../../src/ports/journal.ts'
import { decodeRow, readRecord, type Cell } from './entry.ts'
import { corruptStream, isDamage, unavailable } from './errors.ts'
import { arraysForgettable, firstGapSql, forgetBoundSql, tasksForgettableSql } from './retention-queries.ts'
import { lastPositionSql, liveStatuses, recordColumns, storedName, streamOf } from './schema.ts'
import { findTaskSql, listTasksQuery, oldestPendingSql, tasksInStatusSql } from './task-queries.ts'

/** Told of a task that `eachLiveTask` passed over because its row cannot be read. */
export type Unreadable = (stream: StreamName, reason: string) => void

/** The read side on one connection. Every record is checked against its checksum as it is read, every stream for gaps.
 * Throws `RunnerError` alone: `JOURNAL_CORRUPT` (of a stream: its name is the error's `path`), `JOURNAL_UNAVAILABLE`. */
export const createReader = (db: DatabaseSync, unreadable: Unreadable = () => undefined): JournalReader => {
  const statements = prepareAll(db)
  return {
    lastPosition: () => reading(() => statements.lastPosition.get()!['position'] as number),
    lastAt: () => reading(() => (statements.last.get()?.['at'] as number | undefined) ?? 0),
    readStream: (stream, fromSeq, limit) => readStream(statements.stream, stream, fromSeq, limit),
    readAfter: (position, limit) =>
      reading(() => {
        const records = rows(statements.after, position, limit).map(toRecord)
        const horizon = horizonOf(statements.horizon) // afterwards: what was removed while they were read is noticed too
        if (position < horizon) throw beforeHorizon(position, horizon)
        return records
      }),
    horizon: () => reading(() => horizonOf(statements.horizon)),
    positionSince: (since) =>
      reading(() => {
        const found = statements.since.get(since)?.['position'] as number | undefined
        return Math.max(found ?? (statements.lastPosition.get()!['position'] as number) + 1, horizonOf(statements.horizon) + 1)
      }),
    findTask: (taskId) =>
      reading(() => {
        const cells = statements.task.get(taskId) as Cell[] | undefined
        return cells ? decodeRow(cells) : null
      }, taskStream(taskId)),
    listTasks: (filter) =>
      reading(() => {
        const { sql, parameters } = listTasksQuery(
          filter,
          filter.after === undefined ? Number.MAX_SAFE_INTEGER : placeOf(statements.place, filter.after),
        )
        return rows(asArrays(db.prepare(sql)), ...parameters).map(decodeRow)
      }),
    eachLiveTask: (visit) => {
      const bad: RunnerError[] = []
      const live = reading(() => asArrays(db.prepare(tasksInStatusSql(liveStatuses))))
      for (const cells of iterating(live)) {
        const row = decodeOr(cells, (error) => bad.push(error))
        if (row) visit(row)
      }
      for (const error of bad) unreadable(error.path!, error.message) // not while the connection is in the middle of reading
    },
    oldestPendingAt: () => reading(() => statements.oldestPending.get()!['at'] as number | null),
    countTasks: (tenant) => reading(() => counted(tenant === undefined ? statements.totals.all() : statements.totalsOfTenant.all(tenant))),
    countArray: (arrayId) => reading(() => counted(statements.totalsOfArray.all(arrayId))),
    unfinishedArrays: () =>
      reading(() => statements.unfinishedArrays.all().map(({ stream }) => streamOf(stream as string).slice(arrayStream('').length))),
    forgettable: (before, limit) =>
      reading(() => {
        const bound = statements.forgetBound.get(before)!['bound'] as number
        const arrays = arraysForgettable(db, bound, limit)
        const tasks = statements.tasksForgettable.all(bound, limit - arrays.length)
        return [...arrays, ...tasks.map(({ id }) => taskStream(id as string))]
      }),
    firstGap: () => reading(() => (statements.firstGap.get()?.['missing'] as number | undefined) ?? null),
    cursors: () =>
      reading(() =>
        statements.cursors
          .all()
          .map(({ name, position, at }) => ({ name: name as string, position: position as number, at: at as number })),
      ),
    quarantined: () =>
      reading(() =>
        statements.quarantined
          .all()
          .map(({ stream, reason, at }) => ({ stream: stream as string, reason: reason as string, at: at as number })),
      ),
  }
}

const prepareAll = (db: DatabaseSync) => {
  const record = `SELECT ${recordColumns.join(', ')}, checksum FROM records`
  return {
    last: db.prepare('SELECT at FROM records ORDER BY position DESC LIMIT 1'),
    lastPosition: db.prepare(lastPositionSql),
    stream: asArrays(db.prepare(`${record} WHERE stream = ${storedName('?1')} AND seq >= ?2 ORDER BY seq LIMIT ?3`)),
    after: asArrays(
      db.prepare(`${record} WHERE position > ?1 AND stream NOT IN (SELECT stored FROM quarantine) ORDER BY position LIMIT ?2`),
    ),
    since: db.prepare('SELECT position FROM records WHERE at >= ? ORDER BY at, position LIMIT 1'),
    task: asArrays(db.prepare(findTaskSql)),
    oldestPending: db.prepare(oldestPendingSql),
    place: db.prepare('SELECT first_position FROM tasks WHERE id = ?'),
    totals: db.prepare('SELECT status, tasks FROM totals'),
    totalsOfTenant: db.prepare('SELECT status, count(*) AS tasks FROM tasks WHERE tenant = ? GROUP BY status'),
    totalsOfArray: db.prepare('SELECT status, count(*) AS tasks FROM tasks WHERE array_id = ? GROUP BY status'),
    unfinishedArrays: db.prepare(unfinishedArraysSql),
    horizon: db.prepare('SELECT position FROM horizon'),
    forgetBound: db.prepare(forgetBoundSql),
    tasksForgettable: db.prepare(tasksForgettableSql),
    firstGap: db.prepare(firstGapSql),
    cursors: db.prepare('SELECT name, position, at FROM cursors ORDER BY name'),
    quarantined: db.prepare('SELECT stream, reason, at FROM quarantine ORDER BY rowid'),
  }
}

const horizonOf = (statement: StatementSync): number => statement.get()!['position'] as number

const counted = (rows: readonly Record<string, unknown>[]): Record<TaskStatus, number> => {
  const counts = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>
  for (const { status, tasks } of rows) counts[status as TaskStatus] = tasks as number
  return counts
}

/** Two looks into the index of streams for each array that there ever was. */
const unfinishedArraysSql = `SELECT stream FROM records r WHERE stream >= 'array:' AND stream < 'array;' AND seq = 0
  AND NOT EXISTS (SELECT 1 FROM records WHERE stream = r.stream AND seq = 1) AND stream NOT IN (SELECT stored FROM quarantine) ORDER BY stream`

/** Arrays instead of objects: a quarter less time for a row. */
const asArrays = (statement: StatementSync): StatementSync => {
  statement.setReturnArrays(true)
  return statement
}

const rows = (statement: StatementSync, ...parameters: Cell[]): Cell[][] => statement.all(...parameters) as unknown as Cell[][]

const toRecord = (stored: Cell[]) => readRecord(stored.slice(0, -1), stored.at(-1)!)

/** The rows of a statement one by one; leaving the loop early ends the read. */
function* iterating(statement: StatementSync): Generator<Cell[]> {
  const cursor = statement.iterate()
  try {
    for (let next = reading(() => cursor.next()); !next.done; next = reading(() => cursor.next())) yield next.value as unknown as Cell[]
  } finally {
    cursor.return?.()
  }
}

/** @param stream that is being read, so that damage can be told of it */
const reading = <T>(read: () => T, stream?: StreamName): T => {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause
    if (!isDamage(cause)) throw unavailable('the journal could not be read', cause)
    const reason = (cause as Error).message
    throw stream === undefined
      ? new RunnerError('JOURNAL_CORRUPT', `the journal could not be read: ${reason}`, { cause })
      : corruptStream(stream, reason, cause)
  }
}

const readStream = (statement: StatementSync, stream: StreamName, fromSeq: number, limit: number) =>
  reading(() => {
    const records = rows(statement, stream, fromSeq, limit).map(toRecord)
    const gap = records.findIndex(({ seq }, index) => seq !== fromSeq + index)
    if (gap >= 0) throw corruptStream(stream, `seq ${fromSeq + gap} is missing`)
    return records
  }, stream)

const placeOf = (statement: StatementSync, taskId: string): number => {
  const place = statement.get(taskId)?.['first_position'] as number | undefined
  if (place === undefined)
    throw new RunnerError('NOT_FOUND', `there is no task ${JSON.stringify(taskId)} to go on after`, {
      path: 'after',
      hint: 'Start again from the first page',
    })
  return place
}

const decodeOr = (cells: Cell[], failed: (error: RunnerError) => void) => {
  try {
    return decodeRow(cells)
  } catch (cause) {
    failed(cause as RunnerError)
    return null
  }
}
