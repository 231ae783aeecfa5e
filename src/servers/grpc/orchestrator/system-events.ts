import type { Json } from '../../../domain/json.ts'
import type { Runner } from '../../../runner/api.ts'
import type { SystemEvent } from '../generated/orchestrator/v1/SystemEvent.ts'
import { stopping } from '../stopping.ts'

export interface EventsRequest {
  /** Empty: all. */
  readonly types: readonly string[]
  /** Unix seconds, inclusive. */
  readonly since: number
}

/** The public events of the journal from a time on, then as they are committed; without a seam, because both are the same journal behind the same cursor.
 * @throws RunnerError `RUNNER_UNREACHABLE` when the runner stops */
export async function* systemEvents(runner: Runner, { types, since }: EventsRequest, signal: AbortSignal): AsyncGenerator<SystemEvent> {
  const wanted = new Set(types)
  const after = runner.positionSince(Math.max(0, since) * 1_000) - 1
  for await (const { at, public: events } of runner.records(after, { signal }))
    for (const { type, data } of events)
      if (wanted.size === 0 || wanted.has(type))
        yield {
          event_type: type,
          resource_id: textOf(data['task_id'] ?? data['runner_id'] ?? ''),
          data: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, textOf(value)])),
          timestamp: Math.floor(at / 1_000),
        }
  if (!signal.aborted) throw stopping()
}

/** A string as it is, unless it is no text at all; anything else as JSON. */
const textOf = (value: Json): string => (typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value))
