import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { RunnerError } from '../../src/domain/errors.ts'
import { secureContext, serverOptions, type TlsMaterial } from './tls.ts'

/** A TCP address, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string }

export interface HttpListener {
  /** The port that was taken; null on a Unix socket. */
  readonly port: number | null
  /** Takes no more connections, ends idle ones, waits `graceMs` for answers under way, then cuts them. Idempotent. */
  close(graceMs: number): Promise<void>
  /** What connections that come from now on see; those that are there stay as they are. Without effect on an address without TLS. */
  setTls(material: TlsMaterial): void
}

/** A client that never finishes its request holds nothing for longer; 408 is the answer. Answers may take as long as a task. */
const requestMsMax = 30_000

/** sun_path holds 108 bytes with its NUL (unix(7)). */
const socketPathBytesMax = 107

/** Opens one address for a handler of requests, with TLS where `tls` is given. A Unix socket is for its owner alone (mode 0600); the caller has removed a stale
 * one.
 * @param requestMs how long a client may take to send a request, in milliseconds
 * @throws RunnerError `ADDRESS_UNAVAILABLE` */
export const openHttpListener = async (
  handler: RequestListener,
  address: ListenAddress,
  tls: TlsMaterial | null = null,
  requestMs = requestMsMax,
): Promise<HttpListener> => {
  const name = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
  if ('socketPath' in address && Buffer.byteLength(address.socketPath) > socketPathBytesMax)
    throw new RunnerError('ADDRESS_UNAVAILABLE', `the path of the socket is longer than ${socketPathBytesMax} bytes: ${name}`, {
      path: 'data_dir',
      hint: 'Choose a shorter data_dir',
    })
  const timeouts = {
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: requestMs / 6, // Node looks every 30 s by itself, so that a limit of 30 s would be one of 60
    keepAliveTimeout: 5_000,
  }
  const tlsServer = tls && createTlsServer({ ...timeouts, ...serverOptions(tls), ...secureContext(tls) }, handler)
  const server: Server = tlsServer ?? createServer(timeouts, handler)
  await listen(server, address, name)
  let closing: Promise<void> | null = null
  return {
    port: 'socketPath' in address ? null : (server.address() as AddressInfo).port,
    close: (graceMs) => (closing ??= close(server, graceMs)),
    setTls: (material) => tlsServer?.setSecureContext(secureContext(material)),
  }
}

const listen = (server: Server, address: ListenAddress, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(unavailable(cause, name)))
    server.once('listening', resolve)
    if (!('socketPath' in address)) return void server.listen({ host: address.host, port: address.port })
    // The socket is bound before `listen` returns: with this mask it never exists with a wider mode, as it would before a chmod.
    const mask = process.umask(0o177)
    try {
      server.listen({ path: address.socketPath })
    } finally {
      process.umask(mask)
    }
  })

const unavailable = (cause: NodeJS.ErrnoException, name: string): RunnerError => {
  const [message, hint] =
    cause.code === 'EADDRINUSE'
      ? [`another process listens on ${name}`, 'Stop it, or choose another address; port 0 is any free one']
      : [`${name} cannot be listened on: ${cause.message}`, 'Choose an address of this host']
  return new RunnerError('ADDRESS_UNAVAILABLE', message, { path: 'http.listen', hint, cause })
}

const close = (server: Server, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
