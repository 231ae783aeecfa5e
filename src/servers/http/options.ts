import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../identity/principal.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { ArtifactStore } from '../../ports/artifact-store.ts'
import type { AttemptKey } from '../../domain/exit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Host } from '../../ports/host.ts'
import type { LogStore } from '../../ports/log-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Runner } from '../../runner/api.ts'
import type { Dependency } from './readiness.ts'

/** The sizes of the log files; their bytes come from the runner. */
export type LogSizes = Pick<LogStore, 'size' | 'hole'>

/** Tells who sent a request; asked again while a long answer goes on. @throws RunnerError `UNAUTHENTICATED` */
export type Identify = (request: IncomingMessage) => Principal

/** What the routes stand on. */
export interface HttpServerOptions {
  /** The whole runner. A route asks `runnerOf(request)` instead: the same, as its caller may see it. */
  readonly runner: Runner
  /** Of the program. */
  readonly version: string
  readonly identify: Identify
  readonly logs: LogSizes
  /** Where outputs of tasks can be read from. */
  readonly artifacts: Pick<ArtifactStore, 'read'>
  /** Absolute path of an attempt's work directory, there or not. */
  readonly workDir: (key: AttemptKey) => string
  /** What `/readyz` asks after, beside the runner itself. */
  readonly dependencies: readonly Dependency[]
  readonly host: Pick<Host, 'hostname' | 'cpuMillicores' | 'memoryBytes'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Largest body in bytes. */
  readonly bodyBytesMax: number
  /** Answers that may be held open at once: event streams, followed logs, calls that wait. */
  readonly streamsMax: number
}
