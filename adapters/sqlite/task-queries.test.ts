import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import type { TaskFilter } from '../../src/ports/journal.ts'
import { liveStatuses, migrations } from './schema.ts'
import { listTasksQuery, tasksInStatusSql } from './task-queries.ts'

/** How SQLite would go about a query on the newest schema, a line for each step. */
const planOf = (sql: string): string[] => {
  const db = new DatabaseSync(':memory:')
  for (const step of migrations) db.exec(step)
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
  db.close()
  return plan.map(({ detail }) => String(detail))
}

const filters: Omit<TaskFilter, 'limit'>[] = [
  { status: ['failed'] },
  { status: ['pending', 'running'] },
  { class: 'gpu' },
  { class: 'gpu', status: ['completed', 'failed'] },
  { tenant: 'acme' },
  { tenant: 'acme', status: ['running'] },
  { tenant: 'acme', class: 'gpu', status: ['pending', 'cancelled'] },
]

it.each(filters)('reads the tasks of %j out of one index, without sorting and without passing over others', (filter) => {
  const plan = planOf(listTasksQuery({ ...filter, limit: 10 }, 1_000).sql)
  const searches = plan.filter((step) => step.startsWith('SEARCH t'))
  const equal = filter.tenant === undefined ? 'tasks_by_class (class=? AND status=?' : 'tasks_by_tenant (tenant=? AND class=? AND status=?'
  expect(new Set(searches)).toEqual(new Set([`SEARCH t USING INDEX ${equal} AND rowid<?)`]))
  expect(plan.filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([])
})

it.each([
  [{ arrayId: 'a' }, 'tasks_by_array (array_id=? AND status=?'],
  [
    { arrayId: 'a', status: ['failed', 'cancelled'], tenant: 'acme', workflowId: 'w', class: 'gpu' },
    'tasks_by_array (array_id=? AND status=?',
  ],
  [{ workflowId: 'w', tenant: 'acme' }, 'tasks_by_workflow (workflow_id=? AND status=?'],
] satisfies [Omit<TaskFilter, 'limit'>, string][])('reads the tasks of %j out of the narrowest index, without sorting', (filter, equal) => {
  const plan = planOf(listTasksQuery({ ...filter, limit: 10 }, 1_000).sql)
  const searches = plan.filter((step) => step.startsWith('SEARCH t'))
  expect(new Set(searches)).toEqual(new Set([`SEARCH t USING INDEX ${equal} AND rowid<?)`]))
  expect(plan.filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([])
})

it('reads live tasks in order of submission without sorting them', () => {
  const plan = planOf(tasksInStatusSql(liveStatuses))
  expect(plan.filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([])
  expect(plan).toContain('MERGE (UNION ALL)')
})
