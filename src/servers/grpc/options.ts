import type { PackageDefinition } from '@grpc/proto-loader'
import type { Metrics } from '../../observability/metrics.ts'
import type { CallOptions } from './calls.ts'

/** What the services stand on. */
export interface GrpcServerOptions extends Omit<CallOptions, 'metrics'> {
  readonly metrics: Metrics
  /** The contracts, as `adapters/system/protos.ts` loads them. */
  readonly protos: PackageDefinition
  /** Of the program. */
  readonly version: string
  /** `http://HOST:PORT` under which logs can be fetched; null where HTTP is not served. */
  readonly httpBase: () => string | null
  /** Longest run time of the class `cpu_short`, in milliseconds. */
  readonly cpuShortMs: () => number
  /** Largest message that is taken, in bytes. */
  readonly messageBytesMax: number
  readonly streamsPerConnectionMax: number
  /** After so long without a sign of life a connection is asked for one, in milliseconds. */
  readonly idleMs: number
}
