import { describe, expect, it } from 'vitest'
import { withoutEntry, withToken } from './edit-tokens-file.ts'
import { parseTokensFile, type TokenEntry } from './tokens-file.ts'

const entry = (name: string, digit: string, more: Partial<TokenEntry> = {}): TokenEntry => ({
  name,
  sha256: digit.repeat(64),
  tenant: 'acme',
  role: 'submit',
  ...more,
})
const read = (text: string) => parseTokensFile(text, 't.toml')
const hand = `# Who may call.

# The build machines.
[[tokens]]
name = "ci"
sha256 = "${'a'.repeat(64)}"
tenant = "acme"
role = "submit"

# The host of the scheduler.
[[certificates]]
name = "scheduler"
common_name = "scheduler.acme.example"
tenant = "*"
role = "admin" # drains
`

it('adds a token to nothing, and to what people wrote, of which nothing changes', () => {
  expect(read(withToken('', 't.toml', entry('x', 'b')))).toEqual({ tokens: [entry('x', 'b')], certificates: [] })
  const grown = withToken(hand, 't.toml', entry('x', 'b', { expires_at: Date.UTC(2027, 0, 31) }))
  expect(grown.startsWith(hand)).toBe(true)
  expect(read(grown).tokens).toEqual([entry('ci', 'a'), entry('x', 'b', { expires_at: Date.UTC(2027, 0, 31) })])
  expect(read(withToken(hand.trimEnd(), 't.toml', entry('x', 'b'))).tokens).toHaveLength(2)
})
it('takes back what it added', () => {
  for (const before of [hand, ''])
    expect(withoutEntry(withToken(before, 't.toml', entry('x', 'b')), 't.toml', 'x').trimEnd()).toBe(before.trimEnd())
})
it('removes a token or a certificate, and leaves the comments of the others', () => {
  const withoutToken = withoutEntry(hand, 't.toml', 'ci')
  expect(withoutToken).toContain('# The host of the scheduler.\n[[certificates]]\nname = "scheduler"')
  expect(withoutToken.endsWith('role = "admin" # drains\n')).toBe(true)
  expect(read(withoutToken)).toMatchObject({ tokens: [], certificates: [{ name: 'scheduler' }] })
  expect(read(withoutEntry(hand, 't.toml', 'scheduler'))).toMatchObject({ tokens: [{ name: 'ci' }], certificates: [] })
})

describe('is refused', () => {
  it.each(['ci', 'scheduler'])('a name that is there already: %s', (name) => {
    expect(() => withToken(hand, 't.toml', entry(name, 'b'))).toThrow(expect.objectContaining({ code: 'INVALID_SPEC', path: '--name' }))
  })
  it('a token that is there already, as the file would be wrong', () => {
    expect(() => withToken(hand, 't.toml', entry('x', 'a'))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
  it('a name that is not there', () => {
    expect(() => withoutEntry(hand, 't.toml', 'nobody')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
  it('a file that is wrong', () => {
    expect(() => withToken('x = 1', 't.toml', entry('x', 'b'))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
  it('a file that cannot be changed by tables: nothing of it is rewritten', () => {
    const inline = `tokens = [{ name = "ci", sha256 = "${'a'.repeat(64)}", tenant = "acme", role = "read" }]\n`
    for (const change of [() => withToken(inline, 't.toml', entry('x', 'b')), () => withoutEntry(inline, 't.toml', 'ci')])
      expect(change).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('[[tokens]]') }))
  })
})
