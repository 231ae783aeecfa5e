import type { Principal } from './principal.ts'

/** What a connection and its request show of who is there. */
export interface Credentials {
  /** The `Authorization` header or metadata, as it came. */
  readonly authorization: string | undefined
  /** Of the client's certificate, when TLS has verified one: `sha256` of its DER form, 64 hexadecimal digits in lower case, and the common name of its subject. */
  readonly certificate: { readonly sha256: string; readonly commonName: string } | null
  /** Both ends of the connection are this host's loopback. */
  readonly isLoopback: boolean
}

/** Tells who calls. Asked for every request, synchronously: a token that was revoked is refused from the next request on. */
export interface Authenticator {
  /** @throws RunnerError `UNAUTHENTICATED`: nobody, an unknown or an expired credential, and never which of them */
  authenticate(credentials: Credentials): Principal
}
