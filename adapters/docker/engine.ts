import http from 'node:http'
import https from 'node:https'
import { inspect } from 'node:util'
import Docker from 'dockerode'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { assertWanted, givenUp, pause } from '../system/pause.ts'

export interface EngineOptions {
  /** `unix:///PATH` or `tcp://HOST:PORT`. */
  readonly host: string
  /** PEM, for an engine behind TLS. */
  readonly tls?: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } | undefined
  /** Longest wait for the answer to one call, in milliseconds. */
  readonly callMs: number
  /** How long `insist` goes on with an engine that is away, in milliseconds. */
  readonly unavailableMs: number
  readonly clock: Clock
}

/** The engine has answered, with a refusal. Does not cross the port. */
export class EngineRefusal extends Error {
  /** Of HTTP. */
  readonly status: number
  constructor(status: number, words: string) {
    super(words)
    this.status = status
  }
}

/** The engine did not answer: it is not there, breaks off, is just starting or going, or takes longer than `callMs`. Does not cross the port. */
export class EngineAway extends Error {}

/** A time in which the engine could not be reached, Unix milliseconds: from its last answer before to its first one after. */
export interface Outage {
  readonly from: number
  readonly to: number
}

export type Ask<T> = (docker: Docker, abortSignal: AbortSignal) => Promise<T>

export interface Insistence {
  /** Instead of `unavailableMs`. */
  readonly patienceMs?: number
  /** Aborts a call that is under way, instead of `signal`: the engine would carry it out all the same, so that its answer is worth the wait. */
  readonly callSignal?: AbortSignal
}

/** One Docker engine. Streams that `use` opens stay open until `signal` aborts; the deadline is for their beginning. */
export interface Engine {
  /** The client itself: without deadlines, and with errors of its own. */
  readonly docker: Docker
  /** One call.
   * @param deadlineMs instead of `callMs`; null for a call that answers when something happens
   * @throws EngineRefusal, EngineAway; RunnerError `CANCELLED` when the signal aborts */
  ask<T>(signal: AbortSignal, use: Ask<T>, deadlineMs?: number | null): Promise<T>
  /** Calls again, at growing intervals, while the engine is away. `use` must bear repetition.
   * @throws EngineRefusal; RunnerError `ENGINE_UNAVAILABLE`, `CANCELLED` */
  insist<T>(signal: AbortSignal, use: Ask<T>, how?: Insistence): Promise<T>
  /** Whether the engine takes a new connection: one that is stopping keeps old ones until its containers are gone, but listens no more. */
  listens(signal: AbortSignal): Promise<boolean>
  /** A stream of the engine's broke off: until its next answer it counts as away. */
  lost(): void
  /** Oldest first; the last ones alone are kept. */
  outages(): readonly Outage[]
  /** Breaks every connection off. No call may follow. Idempotent. */
  close(): void
}

const outagesMax = 32

/** @throws RunnerError `CONFIG_INVALID` */
export const createEngine = (options: EngineOptions): Engine => {
  const { clock, callMs, unavailableMs } = options
  const agent = createAgent(options)
  const docker = openDocker(options, agent)
  const closing = new AbortController()
  const outages: Outage[] = []
  let lastAnswerAt = clock.now()
  let awaySince: number | null = null

  const answered = (): void => {
    lastAnswerAt = clock.now()
    if (awaySince === null) return
    outages.push({ from: awaySince, to: lastAnswerAt })
    if (outages.length > outagesMax) outages.shift()
    awaySince = null
  }
  const lost = (): void => void (awaySince ??= lastAnswerAt)

  const ask = async <T>(signal: AbortSignal, use: Ask<T>, deadlineMs: number | null = callMs, on = docker): Promise<T> => {
    assertWanted(signal, 'the call of the engine')
    const late = new AbortController()
    const cancel =
      deadlineMs === null ? () => {} : clock.timer(deadlineMs, () => late.abort(new EngineAway(`no answer in ${deadlineMs} ms`)))
    const bound = AbortSignal.any([signal, closing.signal, late.signal])
    try {
      const answer = await unlessAborted(use(on, bound), bound)
      answered()
      return answer
    } catch (cause) {
      if (signal.aborted) throw givenUp(signal, 'the call of the engine')
      const failed: unknown = late.signal.aborted || closing.signal.aborted ? bound.reason : translate(cause)
      if (failed instanceof EngineRefusal) answered()
      else if (isUnreachable(cause)) lost()
      throw failed
    } finally {
      cancel()
    }
  }

  return {
    docker,
    ask: (signal, use, deadlineMs) => ask(signal, use, deadlineMs),
    async insist(signal, use, { patienceMs = unavailableMs, callSignal = signal } = {}) {
      const end = clock.monotonic() + patienceMs
      for (let delayMs = 50; ; delayMs = Math.min(1_000, delayMs * 2)) {
        try {
          assertWanted(signal, 'the call of the engine')
          return await ask(callSignal, use)
        } catch (cause) {
          if (!(cause instanceof EngineAway)) throw cause
          if (closing.signal.aborted || clock.monotonic() >= end) throw engineUnavailable(options.host, cause.message, cause)
        }
        await pause(clock, delayMs, signal, 'the call of the engine')
      }
    },
    async listens(signal) {
      const fresh = createAgent(options)
      try {
        await ask(signal, (on) => on.ping(), callMs, openDocker(options, fresh))
        return true
      } catch (cause) {
        if (!(cause instanceof EngineAway)) throw cause
        lost()
        return false
      } finally {
        fresh.destroy()
      }
    },
    lost,
    outages: () => outages,
    close() {
      closing.abort(new EngineAway('the connection was closed'))
      agent.destroy()
    },
  }
}

/** docker-modem (5.0) formats the options of every request, for a debug log that nobody reads, with `util.inspect` to any depth: through an agent that is
 * every socket and every request under way. Measured, that was 130 ms of CPU for a task at 8 in flight; so an agent of ours says its name and no more. */
const createAgent = ({ tls }: EngineOptions): http.Agent => {
  const agent = tls ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true })
  return Object.defineProperty(agent, inspect.custom, { value: () => 'http.Agent' })
}

/** What is given here stands; where an option is missing the client would take it from the process's environment. */
const openDocker = ({ host, tls }: EngineOptions, agent: http.Agent): Docker => {
  try {
    const protocol = tls ? 'https' : 'http'
    const secrets = { ca: tls?.ca, cert: tls?.cert, key: tls?.key }
    const common = { protocol, agent, pathPrefix: '/', timeout: undefined, ...secrets }
    if (host.startsWith('unix://'))
      return new Docker({ ...common, host: undefined, socketPath: host.slice('unix://'.length) } as Docker.DockerOptions)
    const { protocol: scheme, hostname, port } = new URL(host)
    if (scheme !== 'tcp:' || hostname === '') throw new Error(`${host} is neither unix:///PATH nor tcp://HOST:PORT`)
    return new Docker({ ...common, host: hostname.replace(/^\[|\]$/g, ''), port: port || (tls ? 2376 : 2375) } as Docker.DockerOptions)
  } catch (cause) {
    throw new RunnerError('CONFIG_INVALID', `the engine cannot be addressed: ${wordsOf(cause)}`, { path: 'docker.host', cause })
  }
}

/** Rejects with the abort's reason: the client does not notice the end of an answer that breaks off in its middle. */
const unlessAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  promise.catch(() => {}) // it may still reject, after the abort
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Of an engine that is on its way up or down, or has lost its containerd: answers of HTTP, but none to the question. */
const inTransit =
  /shutting down|context canceled|transport is closing|containerd\.sock|connection refused|grpc: the client connection is closing|daemon is shutting/i

const translate = (cause: unknown): unknown => {
  const { statusCode, json, code } = cause as { statusCode?: number; json?: unknown; code?: string }
  if (typeof statusCode === 'number') {
    const words = (json as { message?: string } | null | undefined)?.message ?? wordsOf(cause).trim()
    const away = [502, 503, 504].includes(statusCode) || (statusCode >= 500 && inTransit.test(words))
    return away ? new EngineAway(words) : new EngineRefusal(statusCode, words)
  }
  return typeof code === 'string' ? new EngineAway(wordsOf(cause), { cause }) : cause
}

const isUnreachable = (cause: unknown): boolean => ['ECONNREFUSED', 'ENOENT'].includes((cause as { code?: string }).code ?? '')

/** An engine that has stayed away for too long. @param words of the last failure */
export const engineUnavailable = (host: string, words: string, cause: unknown): RunnerError =>
  new RunnerError('ENGINE_UNAVAILABLE', `the Docker engine at ${host} does not answer: ${words}`, { hint: hintOf(host, words), cause })

/** An engine behind TLS says little to those whom it does not know: it hangs up. */
const aboutCertificates = /certificate|altname|EPROTO|SSL|TLS|socket hang up|ECONNRESET/i

const hintOf = (host: string, words: string): string => {
  if (/EACCES|EPERM/.test(words)) return 'Let the runner use the socket (group docker)'
  if (host.startsWith('tcp://') && aboutCertificates.test(words))
    return 'If it wants TLS, docker.tls_dir has to hold a certificate that it knows and the authority of its own'
  return 'Start it; `env-runner doctor` examines it'
}

export const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
