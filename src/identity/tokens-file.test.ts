import { describe, expect, it } from 'vitest'
import { RunnerError } from '../domain/errors.ts'
import { knownCallersOf, parseTokensFile } from './tokens-file.ts'

const hash = (digit: string) => digit.repeat(64)
const token = (more = '', digit = 'a') =>
  `[[tokens]]\nname = "ci-${digit}"\nsha256 = "${hash(digit)}"\ntenant = "acme"\nrole = "submit"\n${more}\n`
const certificate = (more: string) => `[[certificates]]\nname = "host"\ntenant = "*"\nrole = "admin"\n${more}\n`
const problemOf = (text: string): string => {
  try {
    parseTokensFile(text, 'tokens.toml')
  } catch (cause) {
    expect(cause).toBeInstanceOf(RunnerError)
    expect(cause).toMatchObject({ code: 'CONFIG_INVALID', path: 'auth.tokens_file', hint: expect.any(String) })
    return (cause as RunnerError).message
  }
  throw new Error('it was accepted')
}

it('knows callers by token, by fingerprint and by common name; "*" is every tenant', () => {
  const callers = knownCallersOf(
    parseTokensFile(
      token('expires_at = 2027-01-31T00:00:00Z') +
        certificate(`sha256 = "${hash('b')}"`) +
        certificate('common_name = "host.acme.example"').replace('"host"', '"other"'),
      'tokens.toml',
    ),
  )
  expect([...callers.tokens]).toEqual([
    [hash('a'), { principal: { name: 'ci-a', tenant: 'acme', role: 'submit' }, expiresAt: Date.UTC(2027, 0, 31) }],
  ])
  expect([...callers.fingerprints]).toEqual([
    [hash('b'), { principal: { name: 'host', tenant: null, role: 'admin' }, expiresAt: Infinity }],
  ])
  expect([...callers.commonNames.keys()]).toEqual(['host.acme.example'])
})
it('takes a time of another offset, also as text, and a fingerprint as openssl prints it', () => {
  const { tokens, certificates } = parseTokensFile(
    token('expires_at = "2027-01-31T02:00:00+02:00"') + certificate(`sha256 = "${'AB:'.repeat(31)}AB"`),
    'tokens.toml',
  )
  expect([tokens[0]!.expires_at, certificates[0]!.sha256]).toEqual([Date.UTC(2027, 0, 31), 'ab'.repeat(32)])
})
it('takes an empty file: nobody is known', () => {
  expect(parseTokensFile('', 'tokens.toml')).toEqual({ tokens: [], certificates: [] })
})

describe('refuses, by its place,', () => {
  it.each([
    ['what is no TOML', 'a = \n', 'tokens.toml:1: is not TOML: '],
    ['an unknown table', '[[token]]\nname = "x"\n', 'token is not a key'],
    ['an unknown key', token('rule = "x"'), 'tokens[0].rule is not a key'],
    ['a missing role', token().replace(/role.*/, ''), 'tokens[0].role must be "read", "submit" or "admin"'],
    ['a missing hash', token().replace(/sha256.*/, ''), 'tokens[0].sha256 is missing'],
    ['an unknown role', token().replace('"submit"', '"root"'), 'tokens[0].role must be "read", "submit" or "admin"'],
    ['a tenant that no task can have', token().replace('"acme"', '"a b"'), 'tokens[0].tenant must be a tenant, or "*" for every tenant'],
    ['a hash in capitals', token().replaceAll('a'.repeat(64), 'A'.repeat(64)), 'tokens[0].sha256 must be 64 hexadecimal digits'],
    ['a time without offset', token('expires_at = 2027-01-31T00:00:00'), 'tokens[0].expires_at must be an RFC 3339 time'],
    ['a date', token('expires_at = 2027-01-31'), 'tokens[0].expires_at must be an RFC 3339 time'],
    ['the name of the owner', token().replace('ci-a', 'owner'), 'tokens[0].name is taken'],
    ['a name for logs that would break a line', token().replace('ci-a', String.raw`a\nb`), 'tokens[0].name must be 1 to 64'],
    ['a certificate without a sign', certificate(''), 'certificates[0] must have either sha256 or common_name'],
    ['a certificate with both', certificate(`sha256 = "${hash('b')}"\ncommon_name = "x"`), 'certificates[0] must have either'],
    ['a name twice', token() + token('', 'b').replace('ci-b', 'ci-a'), 'tokens[1].name is the same as tokens[0].name'],
    ['a token twice', token() + token().replace('ci-a', 'ci-b'), 'tokens[1].sha256 is the same as tokens[0].sha256'],
    ['a name of a token and a certificate', token().replace('ci-a', 'host') + certificate('common_name = "x"'), 'certificates[0].name is the same as tokens[0].name'],
  ])('%s', (_, text, problem) => {
    expect(problemOf(text)).toContain(problem)
  }) // prettier-ignore
  it('everything at once, and never with what stands there: it may be a token', () => {
    const secret = 'er_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
    const message = problemOf(`[[tokens]]\nname = "${secret}!"\nsha256 = "${secret}"\ntenant = "${secret}/"\nrole = "${secret}"\n`)
    expect(message.match(/tokens\[0\]\.\w+/g)).toEqual(['tokens[0].name', 'tokens[0].tenant', 'tokens[0].role', 'tokens[0].sha256'])
    expect(message).not.toContain(secret)
    expect(problemOf(`[[tokens]]\nsha256 = ${secret}\n`)).not.toContain(secret)
  })
})
