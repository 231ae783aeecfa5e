import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { readTlsFiles } from '../adapters/filesystem/tls-files.ts'
import { createSystemClock } from '../adapters/system/clock.ts'
import { createGrpcCredentials } from '../adapters/system/grpc-credentials.ts'
import { openHttpListener, type HttpListener } from '../adapters/system/http-listener.ts'
import { loadProtos } from '../adapters/system/protos.ts'
import { packageVersion } from '../adapters/system/version.ts'
import { formatAddress, isLoopback, parseAddress } from './config/address.ts'
import { createRunner, type CreateRunnerOptions, type RunningRunner } from './index.ts'
import { silentLogger } from './ports/logger.ts'
import { createGrpcServer } from './servers/grpc/server.ts'

/** A runner that listens. */
export interface Daemon {
  readonly runner: RunningRunner
  /** `http://HOST:PORT` of `http.listen`, or `https:` where `tls` is set, with the port that was taken. */
  readonly http: string
  /** The same for `http.also`. */
  readonly also: readonly string[]
  /** `HOST:PORT` of `grpc.listen`, with the port that was taken; with TLS where `tls` is set. */
  readonly grpc: string
  /** Reads the files of `auth` and `tls` again: what they say holds from the next call, or connection, on. A file that is wrong changes nothing; the log says why. */
  reloadCredentials(): Promise<void>
  /** Refuses new tasks, waits for the running ones until the drain's deadline, then stops listening. */
  drain(): Promise<void>
  /** Stops at once; what runs belongs to the next process. Also ends a drain under way. */
  stop(): Promise<void>
}

/** What a message may carry beside a payload: the names around it, and strings that hold JSON inside strings. */
const messageSlackBytes = 1_048_576
/** How long answers under way may take at the end, in milliseconds. */
const closeGraceMs = 1_000

/** Starts what `env-runner serve` is: `createRunner` and its addresses.
 * @throws RunnerError as `createRunner`, and `ADDRESS_UNAVAILABLE` */
export const startDaemon = async (
  options: CreateRunnerOptions = {},
  /** @internal As of `createRunner`. */
  around?: Parameters<typeof createRunner>[1],
): Promise<Daemon> => {
  const runner = await createRunner(options, around)
  const listeners: HttpListener[] = []
  /** Whatever shows the certificate of `tls`. */
  const showing: Pick<HttpListener, 'setTls'>[] = []
  const urls: string[] = []
  const { config, metrics } = runner
  const { logger = silentLogger } = options
  const clock = createSystemClock()
  setLogVerbosity(logVerbosity.NONE) // it would print on stderr what it also throws
  const grpc = createGrpcServer({
    runner,
    authenticator: runner.authenticator,
    metrics,
    clock,
    logger,
    protos: loadProtos(),
    version: packageVersion(),
    httpBase: () => urls[0] ?? null,
    cpuShortMs: () => runner.config.classes.cpu_short.timeout_seconds * 1_000,
    messageBytesMax: config.limits.payload_bytes + messageSlackBytes,
    streamsMax: config.grpc.streams_max,
    streamsPerConnectionMax: config.grpc.streams_per_connection_max,
    idleMs: config.grpc.idle_seconds * 1_000,
  })
  void runner.draining.then(() => grpc.drain())
  const close = async (mode: 'drain' | 'detach'): Promise<void> => {
    grpc.drain()
    await runner.close(mode)
    await Promise.all([grpc.close(closeGraceMs), ...listeners.map((listener) => listener.close(closeGraceMs))])
  }
  const readTls = () => readTlsFiles(config.tls, { logger, now: () => clock.now() })
  const reloadCredentials = async (): Promise<void> => {
    await runner.reloadTokens()
    try {
      const tls = await readTls()
      if (tls) for (const one of showing) one.setTls(tls)
    } catch (cause) {
      logger.error({ err: cause }, 'the files of TLS are wrong: the certificate of before is still shown')
    }
  }
  try {
    const tls = await readTls()
    const warnOfClearText = (host: string, address: string): void => {
      if (tls === null && !isLoopback(host))
        logger.warn({ address }, 'tokens cross the network in the clear on this address: set tls.cert_file, or end TLS at a proxy')
    }
    for (const text of [config.http.listen, ...config.http.also]) {
      const address = parseAddress(text)
      const listener = await openHttpListener(runner.handleRequest, address, tls)
      listeners.push(listener)
      showing.push(listener)
      warnOfClearText(address.host, text)
      urls.push(`http${tls ? 's' : ''}://${formatAddress({ ...address, port: listener.port ?? address.port })}`)
    }
    const shown = createGrpcCredentials(tls)
    showing.push(shown)
    const bound: string[] = []
    for (const text of [config.grpc.listen, ...config.grpc.also]) {
      const address = parseAddress(text)
      bound.push(formatAddress({ ...address, port: await grpc.bind(address, shown.credentials) }))
      warnOfClearText(address.host, text)
    }
    const [http, ...also] = urls as [string, ...string[]]
    return { runner, http, also, grpc: bound[0]!, reloadCredentials, drain: () => close('drain'), stop: () => close('detach') }
  } catch (cause) {
    await close('detach')
    throw cause
  }
}
