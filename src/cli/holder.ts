import { request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { RunnerError } from '../domain/errors.ts'
import { fromProblem } from '../servers/http/problem.ts'

/** The process that holds a data directory, by its socket. */
export interface Holder {
  /** A call with a JSON answer.
   * @throws RunnerError what the holder refused with, or `RUNNER_UNREACHABLE` */
  call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<Answer>
  /** The bytes of an answer as they come. Ends early, without an error, when the signal aborts.
   * @throws RunnerError as `call`; `RUNNER_UNREACHABLE` also when the holder goes away in between */
  bytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void>
}

/** The holder that listens on a socket; null when nobody does.
 * @throws RunnerError `RUNNER_UNREACHABLE` when somebody does, but we may not call or get no answer */
export const findHolder = async (socketPath: string): Promise<Holder | null> => {
  const holder = connectTo(socketPath)
  try {
    await holder.call('GET', '/healthz', undefined, AbortSignal.timeout(5_000))
    return holder
  } catch (cause) {
    const { code } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException
    // EINVAL, ENAMETOOLONG: the path is too long for a socket, so that nobody can listen there.
    if (['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG'].includes(code ?? '')) return null
    throw cause
  }
}

/** What it means for a task that has not ended that nobody runs it. */
export const nobodyHolds = (dataDir: string): string =>
  `no runner holds ${dataDir}; what it started may still run, and the next runner takes the task up`

const connectTo = (socketPath: string): Holder => ({
  async call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal) {
    const response = await send(socketPath, method, path, body, signal)
    try {
      const answer = await json(response)
      if (response.statusCode! < 400) return answer as Answer
      throw fromProblem(answer) ?? unreachable(socketPath, `it answered ${response.statusCode}`)
    } catch (cause) {
      throw cause instanceof RunnerError ? cause : unreachable(socketPath, 'its answer broke off', cause)
    }
  },
  async *bytes(path, signal) {
    try {
      const response = await send(socketPath, 'GET', path, undefined, signal)
      if (response.statusCode! >= 400)
        throw fromProblem(await json(response)) ?? unreachable(socketPath, `it answered ${response.statusCode}`)
      for await (const chunk of response) yield chunk as Buffer
    } catch (cause) {
      if (signal.aborted) return
      throw cause instanceof RunnerError ? cause : unreachable(socketPath, 'its answer broke off', cause)
    }
  },
})

const send = (socketPath: string, method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body) // before there is a request that a throw would leave open
    const headers = text === undefined ? {} : { 'content-type': 'application/json' }
    request({ socketPath, method, path, headers, agent: false, ...(signal && { signal }) }, resolve)
      .on('error', (cause) => reject(unreachable(socketPath, cause.message, cause)))
      .end(text)
  })

const unreachable = (socketPath: string, why: string, cause?: unknown): RunnerError =>
  new RunnerError('RUNNER_UNREACHABLE', `the runner at ${socketPath} cannot be reached: ${why}`, {
    hint: 'Call as the user of the runner; env-runner doctor examines it',
    cause,
  })
