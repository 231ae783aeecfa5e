import { join } from 'node:path'
import { destination } from 'pino'
import type { Logger as PinoLogger } from 'pino'
import { createRotatingFile } from '../../adapters/filesystem/rotating-file.ts'
import { createSystemClock } from '../../adapters/system/clock.ts'
import type { Config } from '../config/schema.ts'
import { createLogger, type LogLevel } from '../observability/logging.ts'

/** The log of `env-runner serve`: on stderr at once, and in a file. */
export interface DaemonLog {
  readonly logger: PinoLogger
  /** Absolute path of the file, `env-runner.log` in `logs.dir`. */
  readonly path: string
  /** The data directory is ours: the file is written from now on, what was logged before included. */
  open(): void
  /** Resolves when everything is in the file, or cannot be. */
  close(): Promise<void>
}

/** Held for a stderr that takes nothing, in UTF-16 units. */
const heldUnitsMax = 2 ** 20

export const createDaemonLog = ({ runner, logs }: Config, level: LogLevel = logs.level): DaemonLog => {
  const path = join(logs.dir, 'env-runner.log')
  const stderr = destination({ dest: 2, sync: true, maxLength: heldUnitsMax }) // synchronous: the last words before an end are out
  stderr.on('error', () => {}) // nobody reads it, or its disk is full: no reason to end a daemon
  const file = createRotatingFile({
    path,
    bytesMax: logs.file_bytes_max,
    ageMsMax: logs.file_seconds_max * 1_000,
    filesMax: logs.files_max,
    clock: createSystemClock(),
    onLost: (lines) => logger.warn({ path, lines }, 'lines are missing in the log file: it could not be written'),
    onTrouble: (cause) => logger.warn({ path, err: cause }, 'the log file cannot be written; it is tried again, and stderr has every line'),
  })
  const logger = createLogger({ level, runnerId: runner.id, sinks: [stderr, file] })
  return { logger, path, open: () => file.open(), close: () => file.close() }
}
