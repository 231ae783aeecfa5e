import { taskClasses } from '../../src/domain/task-class.ts'
import { taskStatuses, type TaskStatus } from '../../src/domain/result.ts'
import type { TaskFilter } from '../../src/ports/journal.ts'
import { rowColumns, type Cell } from './entry.ts'

export interface Query {
  readonly sql: string
  readonly parameters: readonly Cell[]
}

const fromTasks = `SELECT ${rowColumns} FROM tasks t LEFT JOIN records r ON r.position = t.position`

export const findTaskSql = `${fromTasks} WHERE t.id = ?1`

/** Every range of an index is in order of submission already. SQLite merges such arms as it goes, where `IN` would read and sort
 * them all: 100 of 300,000 tasks come in 0.2 ms instead of 430 (docs/decisions/0001). */
const merged = (arms: readonly string[], order: string): string =>
  `${arms.map((where) => `${fromTasks} WHERE ${where}`).join(' UNION ALL ')} ORDER BY first_position ${order}`

const ranges = (classes: readonly string[], statuses: readonly TaskStatus[], also: string): string[] =>
  classes.flatMap((name) => statuses.map((status) => `t.class = '${name}' AND t.status = '${status}'${also}`))

/** All tasks in these statuses, in order of submission. */
export const tasksInStatusSql = (statuses: readonly TaskStatus[]): string => merged(ranges(taskClasses, statuses, ''), 'ASC')

/** One look into the index for each class, however many wait. */
export const oldestPendingSql = `SELECT min(submitted_at) AS at FROM (${taskClasses
  .map(
    (name) =>
      `SELECT * FROM (SELECT submitted_at FROM tasks WHERE class = '${name}' AND status = 'pending' ORDER BY first_position LIMIT 1)`,
  )
  .join(' UNION ALL ')})`

/** Newest first, those submitted before the task whose first record stands at `before`.
 * Names come from closed sets; what a caller may choose freely is a parameter. */
export const listTasksQuery = (filter: TaskFilter, before: number): Query => {
  const classes = filter.class === undefined ? taskClasses : taskClasses.filter((name) => name === filter.class)
  const statuses = filter.status ? taskStatuses.filter((status) => filter.status?.includes(status)) : taskStatuses
  const page = 't.first_position < ?1'
  if (classes.length === 0 || statuses.length === 0) return { sql: `${fromTasks} WHERE 0`, parameters: [] }
  if (filter.tenant !== undefined) {
    const arms = ranges(classes, statuses, ` AND t.tenant = ?3 AND ${page}`)
    return { sql: `${merged(arms, 'DESC')} LIMIT ?2`, parameters: [before, filter.limit, filter.tenant] }
  }
  if (classes.length * statuses.length === taskClasses.length * taskStatuses.length)
    return { sql: `${fromTasks} WHERE ${page} ORDER BY t.first_position DESC LIMIT ?2`, parameters: [before, filter.limit] }
  return { sql: `${merged(ranges(classes, statuses, ` AND ${page}`), 'DESC')} LIMIT ?2`, parameters: [before, filter.limit] }
}
