import { describe, expect, it } from 'vitest'
import type { Credentials } from './authenticator.ts'
import { createAuthenticator } from './create-authenticator.ts'
import { nobody, type KnownCallers } from './known-callers.ts'
import { owner, type Principal } from './principal.ts'
import { formatToken, tokenDigest, tokenPattern } from './token.ts'

const token = formatToken(new Uint8Array(32).fill(7))
const ci: Principal = { name: 'ci', tenant: 'acme', role: 'submit' }
const host: Principal = { name: 'host', tenant: null, role: 'admin' }
const named: Principal = { name: 'named', tenant: 'acme', role: 'read' }
const callers: KnownCallers = {
  tokens: new Map([[tokenDigest(token).toString('hex'), { principal: ci, expiresAt: 1_000 }]]),
  fingerprints: new Map([['ab'.repeat(32), { principal: host, expiresAt: Infinity }]]),
  commonNames: new Map([['host.example', { principal: named, expiresAt: Infinity }]]),
}
const certificate = (sha256: string, commonName: string, expiresAt = Infinity) => ({ sha256, commonName, expiresAt })

const judge = (shown: Partial<Credentials>, { allowLoopback = false, now = 0, known = callers } = {}): string => {
  const authenticator = createAuthenticator({ callers: () => known, allowLoopback, clock: { now: () => now } })
  try {
    return authenticator.authenticate({ authorization: undefined, certificate: null, isLoopback: false, ...shown }).name
  } catch (cause) {
    expect(cause).toMatchObject({ code: 'UNAUTHENTICATED' })
    return (cause as Error).message
  }
}
const refused = 'this call shows no credentials, or none that are valid'

it('a token is er_ and 256 bits, and what is kept of it is its SHA-256', () => {
  expect(token).toMatch(tokenPattern)
  expect(tokenDigest('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad') // FIPS 180-4's example
})

describe('a token', () => {
  it.each([`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`])('is taken as %o', (authorization) => {
    expect(judge({ authorization })).toBe('ci')
  })
  it.each([
    ['nothing', ''],
    ['no scheme', token],
    ['another scheme', `Basic ${token}`],
    ['a prefix of it', `Bearer ${token.slice(0, -1)}`],
    ['more than it', `Bearer ${token}x`],
    ['another one', `Bearer ${formatToken(new Uint8Array(32))}`],
    ['two', `Bearer ${token} ${token}`],
    ['its hash', `Bearer ${tokenDigest(token).toString('hex')}`],
    ['a megabyte', `Bearer ${'x'.repeat(2 ** 20)}`],
  ])('that is %s is refused, in the same words', (_, authorization) => {
    expect(judge({ authorization })).toBe(refused)
  })
  it('is refused from the moment of its expiry on, in the same words', () => {
    expect(judge({ authorization: `Bearer ${token}` }, { now: 999 })).toBe('ci')
    expect(judge({ authorization: `Bearer ${token}` }, { now: 1_000 })).toBe(refused)
  })
  it('is refused once it is known no more', () => {
    expect(judge({ authorization: `Bearer ${token}` }, { known: nobody })).toBe(refused)
  })
  it('decides alone: a wrong one is refused beside a good certificate and on an allowed loopback', () => {
    const right = certificate('ab'.repeat(32), '')
    expect(judge({ authorization: 'Bearer x', certificate: right, isLoopback: true }, { allowLoopback: true })).toBe(refused)
    expect(judge({ authorization: `Bearer ${token}`, certificate: right })).toBe('ci')
  })
})

describe('a certificate', () => {
  it('is known by its fingerprint before its common name', () => {
    expect(judge({ certificate: certificate('ab'.repeat(32), 'host.example') })).toBe('host')
    expect(judge({ certificate: certificate('cd'.repeat(32), 'host.example') })).toBe('named')
  })
  it('that is unknown, unverified or has expired is refused, on an allowed loopback too', () => {
    for (const shown of [certificate('cd'.repeat(32), ''), 'unverified', certificate('ab'.repeat(32), '', 5)] as const)
      expect(judge({ certificate: shown, isLoopback: true }, { allowLoopback: true, now: 5 })).toBe(refused)
  })
})

describe('nothing', () => {
  it('is the owner on loopback where that is allowed, and nobody else', () => {
    expect(judge({ isLoopback: true }, { allowLoopback: true })).toBe(owner.name)
    expect(judge({ isLoopback: true })).toBe(refused)
    expect(judge({}, { allowLoopback: true })).toBe(refused)
  })
})
