import * as z from 'zod'
import { RunnerError } from '../domain/errors.ts'
import type { Connection } from './connection.ts'
import { linesOf } from './lines-of.ts'
import { createPatience } from './patience.ts'

/** A public event as the runner sends it (contracts §6); types of a newer runner pass. */
const envelopeSchema = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.looseObject({ task_id: z.string().optional(), attempt: z.number().optional() }),
})
export type FedEvent = z.output<typeof envelopeSchema>

export interface EventFeedOptions {
  /** What to send; default: every type. */
  readonly types?: readonly string[]
  /** How long a runner that is away is waited for, in milliseconds. */
  readonly patienceMs?: number
  /** Called when the runner has gone, once each time. */
  readonly away?: (cause: RunnerError) => Promise<void>
}

/** What happens from now on, each event once, also over restarts of the runner: it goes on behind the last event that came. The first item is null: whatever happens
 * after it will come.
 * @throws RunnerError `RUNNER_UNREACHABLE` when the runner stays away; `OUT_OF_RANGE` when another journal is in its place */
export async function* followEvents(
  connection: Connection,
  { types, patienceMs, away }: EventFeedOptions = {},
): AsyncGenerator<FedEvent | null, void> {
  const path = `/api/v1/events${types ? `?type=${types.join(',')}` : ''}`
  const patience = createPatience(patienceMs)
  const stop = new AbortController()
  let cursor: string | null = null
  try {
    for (;;) {
      try {
        const headers: Record<string, string> | undefined = cursor === null ? undefined : { 'last-event-id': cursor }
        for await (const block of blocksOf(linesOf(connection.bytes(path, stop.signal, headers)))) {
          patience.renew()
          const isFirst = cursor === null
          cursor = block.id ?? cursor
          if (isFirst && cursor !== null) yield null
          if (block.data !== '') yield envelopeSchema.parse(JSON.parse(block.data))
        }
        throw new RunnerError('RUNNER_UNREACHABLE', `the runner at ${connection.name} has ended`, { hint: 'Start it again' })
      } catch (cause) {
        const isFirst = await patience.spend(cause)
        if (isFirst) await away?.(cause as RunnerError)
      }
    }
  } finally {
    stop.abort()
  }
}

/** Blocks of server-sent events (WHATWG HTML §9.2.6), as far as our server uses them. */
async function* blocksOf(lines: AsyncIterable<string>): AsyncGenerator<{ readonly id: string | null; readonly data: string }> {
  let id: string | null = null
  let data: string[] = []
  for await (const line of lines) {
    const [, field, value] = /^(id|data): ?(.*)$/.exec(line) ?? []
    if (field === 'id') id = value!
    else if (field === 'data') data.push(value!)
    else if (line === '') {
      yield { id, data: data.join('\n') }
      ;[id, data] = [null, []]
    }
  }
}
