import type { Clock } from '../ports/clock.ts'
import { unauthenticated, type Authenticator, type Credentials } from './authenticator.ts'
import type { KnownCaller, KnownCallers } from './known-callers.ts'
import { owner, type Principal } from './principal.ts'
import { tokenDigest, tokenPattern } from './token.ts'

export interface AuthenticatorOptions {
  /** Asked for every call: what a reload brings holds from the next one on. */
  readonly callers: () => KnownCallers
  /** A call over loopback that shows nothing is the owner's. */
  readonly allowLoopback: boolean
  readonly clock: Pick<Clock, 'now'>
}

/** Judges what a caller shows, the strongest sign first: a token, else a certificate, else the place from which he calls. What he shows must be right: a wrong
 * token is refused whatever else would have been enough. */
export const createAuthenticator = ({ callers, allowLoopback, clock }: AuthenticatorOptions): Authenticator => ({
  authenticate(credentials) {
    if (credentials.authorization === undefined && credentials.certificate === null) {
      if (allowLoopback && credentials.isLoopback) return owner
      throw unauthenticated()
    }
    const now = clock.now()
    return stillValid(find(callers(), credentials, now), now)
  },
})

const find = (callers: KnownCallers, { authorization, certificate }: Credentials, now: number): KnownCaller | undefined => {
  if (authorization !== undefined) return byToken(callers, authorization)
  if (certificate === null || certificate === 'unverified' || certificate.expiresAt <= now) return undefined
  return callers.fingerprints.get(certificate.sha256) ?? callers.commonNames.get(certificate.commonName)
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). A look-up by hash needs no constant time: how long it takes can tell of the hash alone, and
 * nobody can choose a token by its hash. */
const byToken = ({ tokens }: KnownCallers, authorization: string): KnownCaller | undefined => {
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1]
  return token !== undefined && tokenPattern.test(token) ? tokens.get(tokenDigest(token).toString('hex')) : undefined
}

const stillValid = (caller: KnownCaller | undefined, now: number): Principal => {
  if (caller === undefined || caller.expiresAt <= now) throw unauthenticated()
  return caller.principal
}
