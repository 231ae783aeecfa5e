import { createHash } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { Credentials } from './authenticator.ts'

/** What a connection shows, in the words of `Credentials`. `verified`: TLS has checked it against our authorities. */
export const shownCertificate = (peer: PeerCertificate | undefined, verified: boolean): Credentials['certificate'] => {
  // Node says "no certificate" by an empty object.
  if (peer?.raw === undefined) return null
  if (!verified) return 'unverified'
  const commonName: unknown = peer.subject.CN
  return {
    sha256: createHash('sha256').update(peer.raw).digest('hex'),
    // Several common names come as a list: none of them is the name.
    commonName: typeof commonName === 'string' ? commonName : '',
    expiresAt: Date.parse(peer.valid_to),
  }
}
