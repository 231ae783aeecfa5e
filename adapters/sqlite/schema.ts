import type { DatabaseSync } from 'node:sqlite'
import { endedStatuses, taskStatuses } from '../../src/domain/result.ts'

/** `envr`: tells our files from other programs' SQLite files. */
export const applicationId = 0x65_6e_76_72

/** True of a task that has ended. SQLite uses the index `tasks_ended` where it finds these words. */
export const hasEnded = `status IN ('completed', 'failed', 'cancelled')`

/** Each step is run once, in order; the number of steps is the file's `user_version`. A step that was released is never edited.
 *
 * - `records`     what happened. `row` is the task's row after the record, without what the submission fixed; it stands before
 *                 `data`, because SQLite reads a long record from its front. A position is never used twice: whoever removes
 *                 ended streams leaves the last record of the file in place.
 * - `tasks`       an index over the last record of every task, in order of submission. What lists filter by is repeated here.
 *                 Each list is a merge of `(class, status)` or `(tenant, class, status)` ranges, each in the order of the rowid: no list
 *                 sorts, and none reads a row that it does not give back. What few tasks have, an array or a workflow, has an index of those alone.
 * - `totals`      tasks by status. Counting a million index entries takes 40 ms; this is read in microseconds.
 * - `quarantine`  streams that nobody reads. `stored` is their name in `records`; the next beginning of the same stream is stored
 *                 under `<stream>#<times put aside>`, so that putting aside touches no record, readable or not.
 * - `cursors`     how far readers outside have come; streams that one of them has not passed are kept.
 * - `horizon`     one row: the highest position that was removed with a stream. Behind it positions are dense.
 * `tasks_ended` is read from its front by retention, and costs a task one entry, at its end. */
export const migrations: readonly string[] = [
  `CREATE TABLE records (
     position INTEGER PRIMARY KEY, stream TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, type TEXT NOT NULL,
     checksum INTEGER NOT NULL, row TEXT, state TEXT, public TEXT, data TEXT NOT NULL);
   CREATE UNIQUE INDEX records_by_stream ON records (stream, seq);
   CREATE INDEX records_by_time ON records (at);
   CREATE TABLE tasks (
     first_position INTEGER PRIMARY KEY, id TEXT NOT NULL, position INTEGER NOT NULL, status TEXT NOT NULL, class TEXT NOT NULL,
     tenant TEXT NOT NULL, workflow_id TEXT, priority INTEGER NOT NULL, cpu_millicores INTEGER NOT NULL,
     memory_bytes INTEGER NOT NULL, submitted_at INTEGER NOT NULL, spec_digest TEXT NOT NULL);
   CREATE UNIQUE INDEX tasks_by_id ON tasks (id);
   CREATE INDEX tasks_by_class ON tasks (class, status);
   CREATE INDEX tasks_by_tenant ON tasks (tenant, class, status);
   CREATE TABLE totals (status TEXT PRIMARY KEY, tasks INTEGER NOT NULL) WITHOUT ROWID;
   INSERT INTO totals VALUES ${taskStatuses.map((status) => `('${status}', 0)`).join(', ')};
   CREATE TABLE quarantine (stored TEXT PRIMARY KEY, stream TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL);`,
  `ALTER TABLE tasks ADD COLUMN array_id TEXT;
   ALTER TABLE tasks ADD COLUMN array_index INTEGER;
   ALTER TABLE tasks ADD COLUMN array_concurrency INTEGER;
   CREATE INDEX tasks_by_array ON tasks (array_id, status) WHERE array_id IS NOT NULL;
   CREATE INDEX tasks_by_workflow ON tasks (workflow_id, status) WHERE workflow_id IS NOT NULL;`,
  `CREATE INDEX tasks_ended ON tasks (position) WHERE ${hasEnded};
   CREATE TABLE cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE horizon (position INTEGER NOT NULL);
   INSERT INTO horizon VALUES (0);`,
]

/** `user_version` of the files that this program writes. */
export const schemaVersion = migrations.length

export const liveStatuses = taskStatuses.filter((status) => !endedStatuses.has(status))

/** Columns of a record in the order in which its checksum covers them; the same on both ways. */
export const recordColumns = ['position', 'stream', 'seq', 'at', 'type', 'row', 'state', 'public', 'data'] as const

/** Columns of a task that an entry brings along, in the order of its cells. */
export const taskColumns = [
  'status', 'class', 'tenant', 'workflow_id', 'array_id', 'array_index', 'array_concurrency', 'priority', 'cpu_millicores', 'memory_bytes',
  'submitted_at', 'spec_digest', 'id',
] as const // prettier-ignore

/** SQL that gives the name under which the stream `parameter` is stored now. */
export const storedName = (parameter: string): string =>
  `coalesce((SELECT stream || '#' || count(*) FROM quarantine WHERE stream = ${parameter} GROUP BY stream), ${parameter})`

/** The highest position that was ever used, should even the last record have been cut. */
export const lastPositionSql =
  'SELECT max(position) AS position FROM (SELECT position FROM horizon UNION ALL SELECT max(position) FROM records)'

/** The inverse: stream names hold no `#` of their own. */
export const streamOf = (stored: string): string => {
  const mark = stored.indexOf('#')
  return mark < 0 ? stored : stored.slice(0, mark)
}

/** Counts again, after a repair. */
export const recount = (db: DatabaseSync): void =>
  db.exec('UPDATE totals SET tasks = (SELECT count(*) FROM tasks WHERE tasks.status = totals.status)')

/** Runs `work` in one transaction; all of it is stored, or nothing. */
export const inTransaction = <T>(db: DatabaseSync, work: () => T): T => {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (cause) {
    if (db.isTransaction) db.exec('ROLLBACK') // SQLite has already rolled back after some errors, such as a full disk
    throw cause
  }
}
