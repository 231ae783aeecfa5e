import type { Clock } from '../ports/clock.ts'
import type { Counters } from '../ports/counters.ts'
import type { Executor } from '../ports/executor.ts'
import type { Host } from '../ports/host.ts'
import type { Journal } from '../ports/journal.ts'
import type { Logger } from '../ports/logger.ts'
import type { LogStore } from '../ports/log-store.ts'
import type { Random } from '../ports/random.ts'
import type { Workspace } from '../ports/workspace.ts'
import type { RunnerSettings } from './settings.ts'

/** Everything outside that the engine works with, and what it was told. */
export interface EngineContext {
  readonly clock: Clock
  readonly random: Random
  readonly host: Host
  readonly journal: Journal
  readonly executor: Executor
  readonly workspace: Workspace
  readonly logs: LogStore
  /** Within the engine always the present ones: `Engine.reconfigure` replaces its fields. */
  readonly settings: RunnerSettings
  readonly logger: Logger
  readonly counters: Counters
}
