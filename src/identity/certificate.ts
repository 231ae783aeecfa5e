import { createHash } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { Credentials } from './authenticator.ts'

/** A client's certificate in the words of `Credentials`; null for none. Only for one that TLS has verified against our authorities. */
export const shownCertificate = (peer: PeerCertificate | undefined): Credentials['certificate'] => {
  // Node says "no certificate" by an empty object.
  if (peer?.raw === undefined) return null
  const commonName: unknown = peer.subject.CN
  return {
    sha256: createHash('sha256').update(peer.raw).digest('hex'),
    // Several common names come as a list: none of them is the name.
    commonName: typeof commonName === 'string' ? commonName : '',
    expiresAt: Date.parse(peer.valid_to),
  }
}
