import type { SecureContextOptions, TlsOptions } from 'node:tls'

/** What an address needs to speak TLS; PEM. */
export interface TlsMaterial {
  /** The chain, our own certificate first. */
  readonly cert: Buffer
  readonly key: Buffer
  /** The authorities of client certificates; null: none is asked for. */
  readonly clientCa: Buffer | null
}

/** How long a client may take for its handshake, in milliseconds. */
const handshakeTimeoutMs = 10_000

/** What a server is made with. A client may show a certificate, and is let in without one or with a wrong one: whoever answers decides what that is worth. */
export const serverOptions = ({ clientCa }: TlsMaterial): TlsOptions => ({
  handshakeTimeout: handshakeTimeoutMs,
  requestCert: clientCa !== null,
  rejectUnauthorized: false,
})

/** What connections see; may be replaced while a server listens. */
export const secureContext = ({ cert, key, clientCa }: TlsMaterial): SecureContextOptions => ({
  cert,
  key,
  minVersion: 'TLSv1.2',
  ...(clientCa && { ca: clientCa }),
})
