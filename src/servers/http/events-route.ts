import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import { beforeHorizon } from '../../ports/journal.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Runner } from '../../runner/api.ts'
import { createEventStream, parseCursor, type EventCursor, type EventStream } from './event-stream.ts'
import { runnerOf } from './identity.ts'
import type { OpenAnswers } from './open-answers.ts'
import type { HttpServerOptions } from './options.ts'
import { eventStreamQuery, parseQuery } from './query.ts'
import { sendBytes } from './send-bytes.ts'

/** Between two heartbeats, in milliseconds: proxies end a connection that is silent for a minute. */
const heartbeatMs = 15_000
/** Heartbeats in a row at which a client that is sent something has taken nothing: after five minutes its place is another's. It may come back with its cursor. */
const deafBeatsMax = 20

/** `GET /api/v1/events`: what happens to every task that the caller may see, as server-sent events; goes on until the client or the runner goes. */
export const registerEventsRoute = (app: FastifyInstance, { clock, logger }: HttpServerOptions, answers: OpenAnswers): void => {
  app.get('/api/v1/events', async (request, reply) => {
    const { type, since, after } = parseQuery(eventStreamQuery, request.query)
    const runner = runnerOf(request)
    const cursor = beginOf(runner, lastEventId(request.headers['last-event-id']), after, since)
    const signal = answers.hold('events', reply)
    const stream = createEventStream(runner.records(cursor.position, { signal }), cursor, type ? new Set(type) : null)
    const silence = every(clock, heartbeatMs, createPulse(reply.raw, stream))
    try {
      await sendBytes(reply, { status: 200, headers }, stream.bytes, signal, logger)
    } finally {
      silence()
    }
  })
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // nginx would hold events back
}

/** A browser sends it when it connects again, and it comes first: the address still says where the stream began at first. */
const lastEventId = (header: string | readonly string[] | undefined): EventCursor | null => {
  if (header === undefined || header === '') return null
  const cursor = typeof header === 'string' ? parseCursor(header) : null
  if (cursor) return cursor
  throw new RunnerError('INVALID_SPEC', 'this is no id of an event', {
    path: 'Last-Event-ID',
    hint: 'Send the id of the last event that you got',
  })
}

/** Where the stream begins; without any wish: now. */
const beginOf = (runner: Runner, last: EventCursor | null, after: EventCursor | undefined, since: number | undefined): EventCursor => {
  if (after !== undefined && since !== undefined)
    throw new RunnerError('INVALID_SPEC', 'after and since both say where to begin', { path: 'query.since', hint: 'Leave one of them out' })
  const { lastPosition, horizon } = runner.status()
  const wanted = last ?? after
  if (wanted === undefined) return { position: since === undefined ? lastPosition : runner.positionSince(since) - 1, index: 0 }
  if (wanted.position < horizon) throw beforeHorizon(wanted.position, horizon)
  if (wanted.position <= lastPosition) return wanted
  throw new RunnerError('OUT_OF_RANGE', `the journal ends at ${lastPosition}: that event is of another one`, {
    path: last ? 'Last-Event-ID' : 'query.after',
    hint: 'Begin again, without it or with ?since=',
  })
}

/** One heartbeat after the other: to a client that takes what it is sent, and the end of one that does not. */
const createPulse = (raw: ServerResponse, stream: EventStream): (() => void) => {
  let [before, deafBeats] = ['', 0]
  return () => {
    const heartbeat = stream.heartbeat()
    deafBeats = raw.writableNeedDrain && heartbeat === before ? deafBeats + 1 : 0
    before = heartbeat
    if (deafBeats === deafBeatsMax) raw.destroy()
    else if (!raw.destroyed && !raw.writableNeedDrain) raw.write(heartbeat)
  }
}

/** Calls `run` again and again until the returned end is called. */
const every = (clock: Clock, ms: number, run: () => void): (() => void) => {
  let cancel = (): void => {}
  const arm = (): void => {
    cancel = clock.timer(ms, () => {
      run()
      arm()
    })
  }
  arm()
  return () => cancel()
}
