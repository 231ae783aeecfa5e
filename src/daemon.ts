import { openHttpListener, type HttpListener } from '../adapters/system/http-listener.ts'
import { formatAddress, parseAddress } from './config/address.ts'
import { createRunner, type CreateRunnerOptions, type RunningRunner } from './index.ts'

/** A runner that listens. */
export interface Daemon {
  readonly runner: RunningRunner
  /** `http://HOST:PORT` of `http.listen`, with the port that was taken. */
  readonly http: string
  /** The same for `http.also`. */
  readonly also: readonly string[]
  /** Refuses new tasks, waits for the running ones until the drain's deadline, then stops listening. */
  drain(): Promise<void>
  /** Stops at once; what runs belongs to the next process. Also ends a drain under way. */
  stop(): Promise<void>
}

/** How long answers under way may take at the end, in milliseconds. */
const closeGraceMs = 1_000

/** Starts what `env-runner serve` is: `createRunner` and its addresses.
 * @throws RunnerError as `createRunner`, and `ADDRESS_UNAVAILABLE` */
export const startDaemon = async (options: CreateRunnerOptions = {}): Promise<Daemon> => {
  const runner = await createRunner(options)
  const listeners: HttpListener[] = []
  const close = async (mode: 'drain' | 'detach'): Promise<void> => {
    await runner.close(mode)
    await Promise.all(listeners.map((listener) => listener.close(closeGraceMs)))
  }
  try {
    const urls: string[] = []
    for (const text of [runner.config.http.listen, ...runner.config.http.also]) {
      const address = parseAddress(text)
      const listener = await openHttpListener(runner.handleRequest, address)
      listeners.push(listener)
      urls.push(`http://${formatAddress({ ...address, port: listener.port ?? address.port })}`)
    }
    const [http, ...also] = urls as [string, ...string[]]
    return { runner, http, also, drain: () => close('drain'), stop: () => close('detach') }
  } catch (cause) {
    await close('detach')
    throw cause
  }
}
