import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { json } from 'node:stream/consumers'
import { RunnerError } from '../domain/errors.ts'
import { fromProblem } from '../servers/http/problem.ts'

/** Where a runner is asked. */
export type Endpoint =
  /** The socket in its data directory. */
  | { readonly socketPath: string }
  /** An address of its HTTP server; `ca` is PEM and stands in the place of the authorities that this host trusts. */
  | { readonly url: URL; readonly token: string | null; readonly ca: Buffer | null }

/** A runner in another process. */
export interface Connection {
  /** For messages: its address, or the path of its socket. */
  readonly name: string
  /** A call with a JSON answer.
   * @throws RunnerError what the runner refused with, or `RUNNER_UNREACHABLE` */
  call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<Answer>
  /** The bytes of an answer as they come. Ends early, without an error, when the signal aborts.
   * @throws RunnerError as `call`; `RUNNER_UNREACHABLE` also when the runner goes away in between */
  bytes(path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>): AsyncGenerator<Uint8Array, void>
}

/** Opens nothing yet: every call has a connection of its own, so that one is as good after a restart of the runner as before. */
export const connectTo = (endpoint: Endpoint): Connection => {
  const name = 'socketPath' in endpoint ? endpoint.socketPath : endpoint.url.origin
  const unreachable = (why: string, cause?: unknown): RunnerError =>
    new RunnerError('RUNNER_UNREACHABLE', `the runner at ${name} cannot be reached: ${why}`, { hint: hints(endpoint, cause), cause })

  const send = (
    method: string,
    path: string,
    { body, headers, signal }: { body?: unknown; headers?: Readonly<Record<string, string>>; signal?: AbortSignal | undefined },
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body) // before there is a request that a throw would leave open
      const type = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const options: RequestOptions = { method, path, headers: { ...type, ...headers }, agent: false, ...(signal && { signal }) }
      start(endpoint, options, resolve)
        .on('error', (cause) => reject(unreachable(cause.message, cause)))
        .end(text)
    })

  const refusal = async (response: IncomingMessage): Promise<RunnerError> =>
    fromProblem(await json(response).catch(() => null)) ?? unreachable(`it answered ${response.statusCode}`)

  return {
    name,
    async call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal) {
      const response = await send(method, path, { body, signal })
      try {
        if (response.statusCode! >= 400) throw await refusal(response)
        return (await json(response)) as Answer
      } catch (cause) {
        throw cause instanceof RunnerError ? cause : unreachable('its answer broke off', cause)
      }
    },
    async *bytes(path, signal, headers = {}) {
      try {
        const response = await send('GET', path, { headers, signal })
        if (response.statusCode! >= 400) throw await refusal(response)
        for await (const chunk of response) yield chunk as Buffer
      } catch (cause) {
        if (signal.aborted) return
        throw cause instanceof RunnerError ? cause : unreachable('its answer broke off', cause)
      }
    },
  }
}

const start = (endpoint: Endpoint, options: RequestOptions, answered: (response: IncomingMessage) => void) => {
  if ('socketPath' in endpoint) return requestHttp({ ...options, socketPath: endpoint.socketPath }, answered)
  const { url, token, ca } = endpoint
  const headers = { ...(options.headers as Record<string, string>), ...(token !== null && { authorization: `Bearer ${token}` }) }
  const path = url.pathname.replace(/\/$/, '') + options.path!
  const all = { ...options, headers, path, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || undefined }
  return url.protocol === 'https:' ? requestHttps({ ...all, ...(ca && { ca }) }, answered) : requestHttp(all, answered)
}

/** What most often helps. */
const hints = (endpoint: Endpoint, cause: unknown): string => {
  if ('socketPath' in endpoint) return 'Call as the user of the runner; env-runner doctor examines it'
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return 'Name the authority of its certificate: --ca FILE'
  if (code.startsWith('HPE_') || code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return 'Name its HTTP address, as http:// or https://; gRPC has another port'
  return 'Check the address, and that env-runner serve runs there'
}
