import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RunnerError } from '../../src/domain/errors.ts'

/** A TCP address, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string }

export interface HttpListener {
  /** The port that was taken; null on a Unix socket. */
  readonly port: number | null
  /** Takes no more connections, ends idle ones, waits `graceMs` for answers under way, then cuts them. Idempotent. */
  close(graceMs: number): Promise<void>
}

/** sun_path holds 108 bytes with its NUL (unix(7)). */
const socketPathBytesMax = 107

/** Opens one address for a handler of requests. A Unix socket is for its owner alone (mode 0600); the caller has removed a stale one.
 * @throws RunnerError `ADDRESS_UNAVAILABLE` */
export const openHttpListener = async (handler: RequestListener, address: ListenAddress): Promise<HttpListener> => {
  const name = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
  if ('socketPath' in address && Buffer.byteLength(address.socketPath) > socketPathBytesMax)
    throw new RunnerError('ADDRESS_UNAVAILABLE', `the path of the socket is longer than ${socketPathBytesMax} bytes: ${name}`, {
      path: 'data_dir',
      hint: 'Choose a shorter data_dir',
    })
  // 30 s to send a request: a client that never finishes one holds nothing for longer. Answers may take as long as a task.
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 30_000, keepAliveTimeout: 5_000 }, handler)
  await listen(server, address, name)
  let closing: Promise<void> | null = null
  return {
    port: 'socketPath' in address ? null : (server.address() as AddressInfo).port,
    close: (graceMs) => (closing ??= close(server, graceMs)),
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
