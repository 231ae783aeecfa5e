import type { Principal } from './principal.ts'

/** Someone who may call, until he may not. */
export interface KnownCaller {
  readonly principal: Principal
  /** Unix milliseconds; `Infinity`: never. */
  readonly expiresAt: number
}

/** How callers are found by what they show. */
export interface KnownCallers {
  /** By SHA-256 of the token, 64 hexadecimal digits in lower case. */
  readonly tokens: ReadonlyMap<string, KnownCaller>
  /** By SHA-256 of the certificate's DER form, written the same way. */
  readonly fingerprints: ReadonlyMap<string, KnownCaller>
  /** By the common name of the certificate's subject. */
  readonly commonNames: ReadonlyMap<string, KnownCaller>
}

export const nobody: KnownCallers = { tokens: new Map(), fingerprints: new Map(), commonNames: new Map() }
