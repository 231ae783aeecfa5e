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
  if (classes.length === 0 || statuses.length === 0) return { sql: `${fromTasks} WHERE 0`, parameters: [] }
  const isAll = classes.length * statuses.length === taskClasses.length * taskStatuses.length
  const page = 't.first_position < ?1'
  const wanted = [
    { column: 't.array_id', value: filter.arrayId },
    { column: 't.workflow_id', value: filter.workflowId },
    { column: 't.tenant', value: filter.tenant },
  ].filter((one): one is { column: string; value: string } => one.value !== undefined)
  const [narrowest] = wanted
  const parameters = [before, filter.limit, ...wanted.map(({ value }) => value)]
  if (!narrowest && isAll) return { sql: `${fromTasks} WHERE ${page} ORDER BY t.first_position DESC LIMIT ?2`, parameters }
  // The plus keeps a column from being looked up: an array or a workflow is narrower than any class or tenant.
  const also = [...wanted.map((one, index) => `${one === narrowest ? '' : '+'}${one.column} = ?${index + 3}`), page].join(' AND ')
  const isOfFew = narrowest !== undefined && narrowest.column !== 't.tenant'
  const arms = isOfFew
    ? statuses.map((status) => `t.status = '${status}' AND +t.class IN (${classes.map((name) => `'${name}'`).join(', ')}) AND ${also}`)
    : ranges(classes, statuses, ` AND ${also}`)
  return { sql: `${merged(arms, 'DESC')} LIMIT ?2`, parameters }
}
