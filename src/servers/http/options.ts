import type { Clock } from '../../ports/clock.ts'
import type { LogStore } from '../../ports/log-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Runner } from '../../runner/api.ts'

/** The sizes of the log files; their bytes come from the runner. */
export type LogSizes = Pick<LogStore, 'size' | 'hole'>

/** What the routes stand on. */
export interface HttpServerOptions {
  readonly runner: Runner
  readonly logs: LogSizes
  readonly clock: Clock
  readonly logger: Logger
  /** Largest body in bytes. */
  readonly bodyBytesMax: number
}
