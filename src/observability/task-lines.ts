import type { TaskRow } from '../ports/journal.ts'
import { isOn, taskFields, type Logger } from '../ports/logger.ts'

/** A logger that completes lines about a task which name only its id, as an adapter does: with its tenant, workflow and class out of the journal, and its
 * attempt unless the line names one. Lines that have a tenant, or no task, pass as they are.
 * @param find may throw: then the line stays as it is */
export const withTaskFields = (logger: Logger, find: (taskId: string) => TaskRow | null): Logger => {
  const complete = (fields: object): object => {
    const { task_id: id, tenant } = fields as { task_id?: unknown; tenant?: unknown }
    if (typeof id !== 'string' || tenant !== undefined) return fields
    try {
      const row = find(id)
      return row === null ? fields : { ...taskFields(row), ...fields }
    } catch {
      return fields
    }
  }
  return {
    trace: (fields, message) => void (isOn(logger, 'trace') && logger.trace!(complete(fields), message)),
    debug: (fields, message) => void (isOn(logger, 'debug') && logger.debug(complete(fields), message)),
    info: (fields, message) => logger.info(complete(fields), message),
    warn: (fields, message) => logger.warn(complete(fields), message),
    error: (fields, message) => logger.error(complete(fields), message),
    isLevelEnabled: (level) => isOn(logger, level),
  }
}
