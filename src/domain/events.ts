import type { JsonObject } from './json.ts'

/** Names on every sink (contracts §6). */
export const publicEventTypes = [
  'task_submitted', 'task_started', 'task_progress', 'task_retrying', 'task_completed', 'task_failed', 'task_cancelled',
  'slurm_job_submitted', 'slurm_job_completed', 'workflow_started', 'workflow_completed', 'workflow_failed',
  'service_started', 'service_stopped', 'runner_online', 'runner_draining', 'runner_offline',
] as const // prettier-ignore
export type PublicEventType = (typeof publicEventTypes)[number]

/** An event that leaves the runner, as the journal keeps it; a sink adds the envelope. */
export interface PublicEvent {
  readonly type: PublicEventType
  readonly data: JsonObject
}

/** The envelope of contracts §6: one line, record or entry of any sink, and the data of a server-sent event. */
export interface EventEnvelope {
  readonly type: PublicEventType
  /** RFC 3339 in UTC: when it was journalled. */
  readonly timestamp: string
  readonly source: 'env-runner'
  readonly data: JsonObject
}

/** @param at Unix milliseconds, of its record */
export const eventEnvelope = ({ type, data }: PublicEvent, at: number): EventEnvelope => ({
  type,
  timestamp: new Date(at).toISOString(),
  source: 'env-runner',
  data,
})

/** What a task may say about itself while it runs: a line in `$ENV_RUNNER_EVENTS`, or `::env-runner::{json}` on stdout. */
export interface Progress {
  /** 0 to 100; null when the task names a step only. */
  readonly percent: number | null
  readonly step: string | null
  readonly message: string | null
}

/** The file in the work directory that a task sees as `$ENV_RUNNER_EVENTS`. */
export const eventsFileName = '.env-runner-events'
