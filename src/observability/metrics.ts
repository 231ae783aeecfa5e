import type { TaskStatus } from '../domain/result.ts'

/** One HTTP request that was answered, or broke off. */
export interface HttpObservation {
  /** The pattern of the route (`/api/v1/tasks/:id`), never the path that was asked for; `none` where no route matched. */
  readonly route: string
  /** As HTTP spells it; what is none of its own words counts as `other`. */
  readonly method: string
  /** Of the answer; 499 where the client went away before it. */
  readonly status: number
  readonly seconds: number
}

/** One gRPC call that ended. */
export interface GrpcObservation {
  /** `package.Service/Method` of a method that is served, `none` for any other. */
  readonly method: string
  /** The status in words: `OK`, `NOT_FOUND`, … */
  readonly code: string
  readonly seconds: number
}

/** What a stream carries, over gRPC or HTTP: a closed set, as every label is. */
export const streamKinds = ['results', 'events', 'watch', 'logs', 'run', 'wait'] as const
export type StreamKind = (typeof streamKinds)[number]

/** The numbers of one runner. Two runners of a process share nothing but the numbers of the process itself. */
export interface Metrics {
  /** Everything in Prometheus's text format. Never rejects: what cannot be asked is left out, and counted. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>
  /** The numbers that agents ask for by gRPC (contracts §1), of the tasks that the caller may see. Always has `tasks_tracked_total`,
   * `tasks_pending`, `tasks_running` (anything between its first place and its end), `tasks_completed` and `tasks_failed` (cancelled ones too). */
  values(tasks: Readonly<Record<TaskStatus, number>>): Record<string, number>
  observeHttp(request: HttpObservation): void
  observeGrpc(call: GrpcObservation): void
  /** A stream was opened. Returns what is to be called when it has ended: idempotent. */
  stream(kind: StreamKind): () => void
}
