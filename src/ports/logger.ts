import type { TaskRow } from './journal.ts'

/** Structured logs: fields first, then a constant message. A pino logger is one; so is an object with the four methods that are not optional. */
export interface Logger {
  /** Absent: what would be told there is not told at all. */
  trace?(fields: object, message: string): void
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** Whether lines of a level are wanted: where they are not, they are not even made. Absent: they are. */
  isLevelEnabled?(level: 'trace' | 'debug'): boolean
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, isLevelEnabled: () => false }

/** To be asked before the fields of a line are put together whose level is mostly off: nothing is built for nobody. */
export const isOn = (logger: Logger, level: 'trace' | 'debug'): boolean =>
  logger[level] !== undefined && (logger.isLevelEnabled?.(level) ?? true)

/** The same logger, its lines' fields passed through `change`: only those of lines that are wanted. */
export const mapFields = (logger: Logger, change: (fields: object) => object): Logger => ({
  trace: (fields, message) => void (isOn(logger, 'trace') && logger.trace!(change(fields), message)),
  debug: (fields, message) => void (isOn(logger, 'debug') && logger.debug(change(fields), message)),
  info: (fields, message) => logger.info(change(fields), message),
  warn: (fields, message) => logger.warn(change(fields), message),
  error: (fields, message) => logger.error(change(fields), message),
  isLevelEnabled: (level) => isOn(logger, level),
})

/** What every line about a task carries. */
export interface TaskFields {
  readonly task_id: string
  readonly tenant: string
  readonly workflow_id: string | null
  readonly class: string
  /** Counts from 1; 0 before the first. */
  readonly attempt: number
}

export const taskFields = (row: Pick<TaskRow, 'id' | 'tenant' | 'workflowId' | 'class' | 'attempt'>): TaskFields => ({
  task_id: row.id,
  tenant: row.tenant,
  workflow_id: row.workflowId,
  class: row.class,
  attempt: row.attempt,
})
