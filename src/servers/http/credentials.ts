import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { isLoopback } from '../../config/address.ts'
import type { Credentials } from '../../identity/authenticator.ts'
import { shownCertificate } from '../../identity/certificate.ts'

/** Headers by which a proxy says that it stands between: then the other end of the connection is the proxy, not the caller. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const

/** Both ends of the connection are this host's, and nothing says that a proxy passed the request on. A Unix socket and a connection that has
 * ended have no ends: they are not loopback. */
export const isFromLoopback = ({ socket, headers }: IncomingMessage): boolean =>
  [socket.localAddress, socket.remoteAddress].every((end) => end !== undefined && isLoopback(end.replace(/^::ffff:/, ''))) &&
  proxyHeaders.every((name) => headers[name] === undefined)

/** What a request shows of its caller. */
export const credentialsOf = (request: IncomingMessage): Credentials => ({
  authorization: request.headers.authorization,
  certificate: certificateOf(request.socket),
  isLoopback: isFromLoopback(request),
})

const certificateOf = (socket: Socket | TLSSocket): Credentials['certificate'] =>
  'getPeerCertificate' in socket ? shownCertificate(socket.getPeerCertificate(), socket.authorized) : null
