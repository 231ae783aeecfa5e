import type { FastifyInstance, FastifyReply } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import type { TaskRow } from '../../ports/journal.ts'
import type { LogOptions, LogPiece, Runner } from '../../runner/api.ts'
import { attemptBegins } from '../../runner/await-attempt.ts'
import { parseRange, type ByteRange } from './byte-range.ts'
import { runnerOf } from './identity.ts'
import { logLines, type LogLineDocument } from './log-lines.ts'
import { logsQuery, parseQuery, parseTaskId } from './query.ts'
import type { OpenAnswers } from './open-answers.ts'
import { sendBytes, whileConnected } from './send-bytes.ts'
import type { HttpServerOptions, LogSizes } from './options.ts'

type Stream = 'stdout' | 'stderr'
const both: readonly Stream[] = ['stdout', 'stderr']

/** `GET /api/v1/tasks/{id}/logs`: bytes as they are, with `Range`, or lines as JSON; as far as they go, or followed to the end of the task. */
export const registerLogRoute = (app: FastifyInstance, { logs, clock, logger }: HttpServerOptions, answers: OpenAnswers): void => {
  app.get('/api/v1/tasks/:id/logs', async (request, reply) => {
    const id = parseTaskId(request.params)
    const { stream, follow, attempt, offset } = parseQuery(logsQuery, request.query)
    const runner = runnerOf(request)
    const row = runner.task(id).status()
    const shown = attempt ?? row.attempt
    // A follower may wait for the attempt that comes next.
    if (shown > row.attempt + (follow ? 1 : 0)) throw notThere(row, shown)
    const signal = follow ? answers.hold('logs', reply) : whileConnected(reply)
    const streams = stream === 'all' ? both : [stream]
    for (const name of streams) await assertReadable(logs, { taskId: id, attempt: shown }, name, offset ?? 0)
    const options = {
      streams,
      follow,
      signal,
      ...(attempt === undefined ? {} : { attempt }),
      ...(offset === undefined ? {} : { offset }),
    }
    if (acceptsLines(request.headers.accept)) {
      const sizes = new Map<string, number>()
      for (const name of streams) sizes.set(name, await logs.size({ taskId: id, attempt: shown }, name))
      const oldBytes = (piece: LogPiece): number => (piece.attempt > shown ? 0 : (sizes.get(piece.stream) ?? 0))
      const lines = encode(logLines(piecesOf(runner, row, options), oldBytes, () => clock.now()))
      return sendBytes(reply, { status: 200, headers: { 'content-type': 'application/x-ndjson' } }, lines, signal, logger)
    }
    if (follow || stream === 'all' || shown === 0)
      return sendBytes(reply, { status: 200, headers: plain }, toText(piecesOf(runner, row, options)), signal, logger)
    return sendFile(request.headers.range, offset ?? 0, { reply, runner, logs, logger, row, stream, attempt: shown, signal })
  })
}

const plain = { 'content-type': 'text/plain; charset=utf-8' }

const acceptsLines = (accept: string | undefined): boolean => accept?.includes('application/x-ndjson') === true

const notThere = ({ id, attempt }: TaskRow, wanted: number) =>
  new RunnerError('NOT_FOUND', `the task ${id} has no attempt ${wanted}`, { path: 'query.attempt', hint: `It has had ${attempt}` })

/** A task that was never started has printed nothing; a follower waits for the attempt that comes. */
async function* piecesOf(
  runner: Runner,
  { id, attempt }: TaskRow,
  options: LogOptions & { readonly signal: AbortSignal },
): AsyncGenerator<LogPiece> {
  const task = runner.task(id)
  const wanted = options.attempt ?? attempt
  if (options.follow ? wanted <= attempt || (await attemptBegins(task, wanted, options.signal)) : wanted > 0) yield* task.logs(options)
}

const assertReadable = async (logs: LogSizes, key: { taskId: string; attempt: number }, stream: Stream, offset: number): Promise<void> => {
  if (offset === 0 || key.attempt === 0) return
  const hole = await logs.hole(key, stream)
  if (hole && offset >= hole.from && offset < hole.to) throw insideHole(hole.to)
}

const insideHole = (next: number) =>
  new RunnerError('OUT_OF_RANGE', 'these bytes were given back, because the log was over its cap', {
    path: 'offset',
    hint: `The next byte that is there has the offset ${next}`,
  })

interface FileRequest {
  readonly reply: FastifyReply
  readonly runner: Runner
  readonly logs: LogSizes
  readonly logger: HttpServerOptions['logger']
  readonly row: TaskRow
  readonly stream: Stream
  readonly attempt: number
  readonly signal: AbortSignal
}

/** One stream of one attempt as a file of the size that it has now: an answer has a length, and a part of it can be asked for. */
const sendFile = async (
  range: string | undefined,
  offset: number,
  { reply, runner, logs, logger, row, stream, attempt, signal }: FileRequest,
): Promise<void> => {
  const key = { taskId: row.id, attempt }
  const [size, hole] = [await logs.size(key, stream), await logs.hole(key, stream)]
  const asked = parseRange(range, size)
  if (asked === 'unsatisfiable') {
    void reply.header('content-range', `bytes */${size}`)
    throw new RunnerError('OUT_OF_RANGE', `the log has ${size} bytes so far`, { path: 'Range', hint: 'Ask for less, or follow it' })
  }
  const { from, to } = asked ?? { from: Math.min(offset, size), to: size }
  if (hole && from >= hole.from && from < hole.to) throw insideHole(hole.to)
  const across = hole !== null && from < hole.from && to > hole.from
  const pieces = runner.task(row.id).logs({ streams: [stream], attempt, offset: from, signal })
  if (across && !asked) return sendBytes(reply, { status: 200, headers: plain }, toText(pieces), signal, logger)
  // RFC 9110 §15.3.7: an answer may hold less than was asked for, when its Content-Range says so.
  const served: ByteRange = { from, to: across ? hole.from : to }
  const headers = {
    ...plain,
    'accept-ranges': 'bytes',
    'content-length': served.to - served.from,
    ...(asked ? { 'content-range': `bytes ${served.from}-${served.to - 1}/${size}` } : {}),
  }
  return sendBytes(reply, { status: asked ? 206 : 200, headers }, exactly(pieces, served), signal, logger)
}

/** The bytes of a range, no more; a source that ends early is an error, because the length was promised. */
async function* exactly(pieces: AsyncIterable<LogPiece>, { from, to }: ByteRange): AsyncGenerator<Uint8Array> {
  let next = from
  if (next < to)
    for await (const { offset, bytes } of pieces) {
      if (offset !== next) break
      const part = bytes.subarray(0, to - next)
      yield part
      next += part.length
      if (next === to) break
    }
  if (next !== to) throw new Error(`the log ended at ${next} of ${to}`)
}

/** Bytes as they come, with a line that says so where some were given back. */
async function* toText(pieces: AsyncIterable<LogPiece>): AsyncGenerator<Uint8Array> {
  for await (const { gap, bytes } of pieces) {
    if (gap > 0) yield new TextEncoder().encode(`\n[env-runner: ${gap} bytes of this log were given back]\n`)
    yield bytes
  }
}

/** One JSON document per line. */
async function* encode(documents: AsyncIterable<LogLineDocument>): AsyncGenerator<Uint8Array> {
  for await (const document of documents) yield new TextEncoder().encode(`${JSON.stringify(document)}\n`)
}
