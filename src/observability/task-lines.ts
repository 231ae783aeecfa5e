import { parseAttemptName } from '../domain/exit.ts'
import type { TaskRow } from '../ports/journal.ts'
import { mapFields, taskFields, type Logger } from '../ports/logger.ts'

/** A logger that completes lines about a task with its tenant, workflow and class out of the journal, and its attempt unless the line names one. Such lines
 * name the task (`task_id`) or, as adapters do, an attempt by the name of its traces (`attempt: 'ID.1'`). Other lines, and lines that have a tenant, pass as they are.
 * @param find may throw: then the line tells what it knows */
export const withTaskFields = (logger: Logger, find: (taskId: string) => TaskRow | null): Logger =>
  mapFields(logger, (given) => {
    const fields = byId(given)
    const { task_id: id, tenant } = fields as { task_id?: unknown; tenant?: unknown }
    if (typeof id !== 'string' || tenant !== undefined) return fields
    try {
      const row = find(id)
      return row === null ? fields : { ...taskFields(row), ...fields }
    } catch {
      return fields
    }
  })

const byId = (fields: object): object => {
  const { attempt } = fields as { attempt?: unknown }
  const key = typeof attempt === 'string' ? parseAttemptName(attempt) : null
  return key === null ? fields : { task_id: key.taskId, ...fields, attempt: key.attempt }
}
