import {
  Metadata,
  status as grpcStatus,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js'
import { isLoopback } from '../../config/address.ts'
import { RunnerError } from '../../domain/errors.ts'
import { unauthenticated, type Authenticator, type Credentials } from '../../identity/authenticator.ts'
import { shownCertificate } from '../../identity/certificate.ts'
import type { Principal } from '../../identity/principal.ts'
import { createRecheck } from '../../identity/recheck.ts'
import { restrictTo } from '../../identity/restrict.ts'
import type { ServerMetrics, StreamKind } from '../../observability/server-metrics.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Runner } from '../../runner/api.ts'
import { toServiceError } from './status.ts'
import { stopping } from './stopping.ts'

/** What a handler is given beside its request. */
export interface CallContext {
  /** Narrowed to who calls. */
  readonly runner: Runner
  readonly principal: Principal
  /** Aborts when the client has gone, cancels, or its deadline is over. */
  readonly signal: AbortSignal
  readonly metadata: Metadata
  /** Sent with the status of a call that succeeds. */
  readonly trailers: Metadata
}

export interface CallOptions {
  readonly runner: Runner
  readonly authenticator: Authenticator
  readonly metrics: ServerMetrics
  readonly clock: Clock
  readonly logger: Logger
  /** Streams open at once, over all connections. */
  readonly streamsMax: number
}

/** Makes handlers of gRPC out of functions of a request: identity, cancellation, errors, backpressure and measurement are the same for all. */
export interface Calls {
  unary<Request, Response>(
    handle: (request: Request, context: CallContext) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response>
  /** A call that waits for a task and is answered once: it takes a place among the streams, and is ended as they are. */
  held<Request, Response>(
    kind: StreamKind,
    handle: (request: Request, context: CallContext) => Promise<Response>,
  ): handleUnaryCall<Request, Response>
  /** Messages are pulled: the next one is asked for when the client has taken what was written. */
  stream<Request, Response>(
    kind: StreamKind,
    handle: (request: Request, context: CallContext) => AsyncIterable<Response>,
  ): handleServerStreamingCall<Request, Response>
  /** Ends every stream, so that a server may stop: clients are told UNAVAILABLE, and come back. */
  close(): void
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>

export const createCalls = ({ runner, authenticator, metrics, clock, logger, streamsMax }: CallOptions): Calls => {
  const narrowed = new WeakMap<Principal, Runner>()
  const streams = new Set<AbortController>()
  const recheck = createRecheck(clock)
  let closed = false

  const runnerOf = (principal: Principal): Runner => {
    let own = narrowed.get(principal)
    if (!own) narrowed.set(principal, (own = restrictTo(principal, runner)))
    return own
  }

  const contextOf = (call: Call, principal: Principal, signal: AbortSignal): CallContext => {
    return { runner: runnerOf(principal), principal, signal, metadata: call.metadata, trailers: new Metadata() }
  }

  const observe = (call: Call, startedAt: number, code: grpcStatus): void =>
    metrics.observeGrpc({ method: call.getPath().slice(1), code: grpcStatus[code], seconds: (clock.monotonic() - startedAt) / 1_000 })

  const failureOf = (call: Call, cause: unknown): ReturnType<typeof toServiceError> => {
    const failure = toServiceError(cause)
    if (failure.code === grpcStatus.INTERNAL) logger.error({ err: cause, method: call.getPath() }, 'a call failed')
    return failure
  }

  /** Takes a place among the streams, and ends the stream when its caller may not have it any more. Returns the end of both.
   * @throws RunnerError `TOO_MANY_STREAMS`, `RUNNER_UNREACHABLE` */
  const open = (call: Call, principal: Principal, gone: AbortController): (() => void) => {
    if (closed) throw stopping()
    if (streams.size >= streamsMax)
      throw new RunnerError('TOO_MANY_STREAMS', `${streamsMax} streams are open already`, {
        hint: 'Close some, or try again later; grpc.streams_max is the limit',
      })
    streams.add(gone)
    const forget = recheck.watch(
      () => isSame(principal, authenticator.authenticate(credentialsOf(call))),
      () => gone.abort(unauthenticated()),
    )
    return () => {
      streams.delete(gone)
      forget()
    }
  }

  /** @param kind null: answered at once, and no place is taken */
  const answered =
    <Request, Response>(
      kind: StreamKind | null,
      handle: (request: Request, context: CallContext) => Response | Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, answer) => {
      const startedAt = clock.monotonic()
      const gone = new AbortController()
      const ended = kind === null ? () => {} : metrics.stream(kind)
      let leave = (): void => {}
      call.once('cancelled', () => gone.abort())
      const done = settle(answer)
      void (async () => {
        try {
          const principal = authenticator.authenticate(credentialsOf(call as Call))
          if (kind !== null) leave = open(call as Call, principal, gone)
          const context = contextOf(call as Call, principal, gone.signal)
          const response = await handle(call.request, context)
          observe(call as Call, startedAt, grpcStatus.OK)
          done(null, response, context.trailers)
        } catch (cause) {
          const failure = failureOf(call as Call, gone.signal.aborted ? reasonOf(gone.signal) : cause)
          observe(call as Call, startedAt, failure.code)
          done(failure)
        } finally {
          leave()
          ended()
        }
      })()
    }

  return {
    unary: (handle) => answered(null, handle),
    held: answered,
    stream: (kind, handle) => (call) => {
      const startedAt = clock.monotonic()
      const gone = new AbortController()
      const ended = metrics.stream(kind)
      let leave = (): void => {}
      call.once('cancelled', () => gone.abort())
      call.on('error', () => gone.abort()) // the connection broke while something was being written
      void (async () => {
        try {
          const principal = authenticator.authenticate(credentialsOf(call as Call))
          leave = open(call as Call, principal, gone)
          const context = contextOf(call as Call, principal, gone.signal)
          const messages = begun(handle(call.request, context))
          call.sendMetadata(new Metadata()) // the client knows from when on it hears everything
          for await (const message of messages) {
            if (gone.signal.aborted) break
            if (!call.write(message)) await drained(call as Call, gone.signal)
          }
          gone.signal.throwIfAborted()
          observe(call as Call, startedAt, grpcStatus.OK)
          call.end(context.trailers)
        } catch (cause) {
          const failure = failureOf(call as Call, gone.signal.aborted ? reasonOf(gone.signal) : cause)
          observe(call as Call, startedAt, failure.code)
          if (!call.cancelled) call.emit('error', failure)
        } finally {
          leave()
          ended()
        }
      })()
    },
    close() {
      closed = true
      for (const gone of streams.values()) gone.abort(stopping())
    },
  }
}

/** Why a call was ended from outside: what we said, else its client went. */
const reasonOf = ({ reason }: AbortSignal): unknown =>
  reason instanceof RunnerError ? reason : new RunnerError('CANCELLED', 'the call was cancelled, or its deadline is over')

/** The same, begun: where a follower starts is settled now, and not when the first message is asked for. */
const begun = <Message>(messages: AsyncIterable<Message>): AsyncIterable<Message> => {
  const iterator = messages[Symbol.asyncIterator]()
  const first = iterator.next()
  first.catch(() => undefined) // told to whoever iterates
  let isFirst = true
  const next = (): Promise<IteratorResult<Message>> => (isFirst ? first : iterator.next())
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        const promise = next()
        isFirst = false
        return promise
      },
      return: async () => iterator.return?.() ?? { done: true, value: undefined },
    }),
  }
}

/** At most one answer: a call that was cancelled may be answered by the library before. */
const settle = <Response>(answer: sendUnaryData<Response>): sendUnaryData<Response> => {
  let settled = false
  return (...result) => {
    if (settled) return
    settled = true
    answer(...result)
  }
}

const drained = (call: Call, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    call.on('drain', done)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })

const credentialsOf = (call: Call): Credentials => {
  const [authorization] = call.metadata.get('authorization')
  return {
    authorization: typeof authorization === 'string' ? authorization : undefined,
    // The library tells of certificates that TLS has verified, and of no others.
    certificate: shownCertificate(call.getAuthContext().sslPeerCertificate, true),
    isLoopback: isLoopback(hostOf(call.getPeer())) && proxyMetadata.every((name) => call.metadata.get(name).length === 0),
  }
}

/** By which a proxy says that it stands between: then the other end of the connection is the proxy, not the caller. */
const proxyMetadata = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const

/** Whether the caller is who he was, with the same rights. */
const isSame = (before: Principal, now: Principal): boolean =>
  now.name === before.name && now.tenant === before.tenant && now.role === before.role

/** Of `HOST:PORT` or `[HOST]:PORT`. */
const hostOf = (peer: string): string =>
  peer
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:/, '')
