import { createHash } from 'node:crypto'

/** Random bytes in a token. */
export const tokenRandomBytes = 32

/** `er_` makes a token findable by secret scanners; the rest is 32 random bytes in base64url. */
export const tokenPattern = /^er_[A-Za-z0-9_-]{43}$/

/** A token of `tokenRandomBytes` random bytes. */
export const formatToken = (random: Uint8Array): string => `er_${Buffer.from(random).toString('base64url')}`

/** What is kept of a token: its SHA-256, 32 bytes. One round without salt is enough, because a token is 256 random bits that we made: there is nothing to
 * guess, which is what slow hashes and salts are for. */
export const tokenDigest = (token: string): Buffer => createHash('sha256').update(token).digest()
