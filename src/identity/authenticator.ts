import { RunnerError } from '../domain/errors.ts'
import type { Principal } from './principal.ts'

/** What a connection and its request show of who is there. */
export interface Credentials {
  /** The `Authorization` header or metadata, as it came. */
  readonly authorization: string | undefined
  /** The client's certificate; `unverified` when none of our authorities has signed it, null when it shows none. */
  readonly certificate: ShownCertificate | 'unverified' | null
  /** Both ends of the connection are this host's loopback, and no proxy stands between. */
  readonly isLoopback: boolean
}

/** What identifies a client's certificate. */
export interface ShownCertificate {
  /** Of its DER form, 64 hexadecimal digits in lower case. */
  readonly sha256: string
  /** Of its subject; empty when it has none, or several. */
  readonly commonName: string
  /** Unix milliseconds: a connection may outlive the certificate that opened it. */
  readonly expiresAt: number
}

/** Tells who calls. Asked for every request, synchronously: a token that was revoked is refused from the next request on. */
export interface Authenticator {
  /** @throws RunnerError `UNAUTHENTICATED`: nobody, an unknown or an expired credential, and never which of them */
  authenticate(credentials: Credentials): Principal
}

/** The one refusal: whoever guesses learns nothing from it. */
export const unauthenticated = (): RunnerError =>
  new RunnerError('UNAUTHENTICATED', 'this call shows no credentials, or none that are valid', {
    hint: 'Send Authorization: Bearer TOKEN, or a client certificate; env-runner token create makes a token',
  })
