import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePythonLiteral } from './python-literal.ts'

describe("a Python client's str(value)", () => {
  it.each([
    ["{'command': ['x'], 'retry': True, 'a': None}", { command: ['x'], retry: true, a: null }],
    ['[]', []],
    ['{}', {}],
    ['()', []],
    ["('a',)", ['a']],
    ["(1, 'b')", [1, 'b']],
    ["['it\\'s', \"it's\", 'say \"x\"']", ["it's", "it's", 'say "x"']],
    ["'\\n\\t\\\\\\x41\\u00e9\\U0001f600'", '\n\t\\Aé😀'],
    ['-1.5e-07', -1.5e-7],
    ['1.0', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ["{'a': {'b': [1, 2, {'c': False}]}, }", { a: { b: [1, 2, { c: false }] } }],
    ["{'ключ': 'значение'}", { ключ: 'значение' }],
  ])('%s', (text, meaning) => expect(parsePythonLiteral(text)).toEqual(meaning))

  it.each([
    '', 'x', 'hello world', "'open", "'a' 'b'", '{1: 2}', '{1, 2}', "{'a': 1, 'a': 2}", "{'a' 1}", '[1 2]', '[1,,2]', '[,]', '(1)', '1_000', '0x10', '007', '1j', 'nan', 'inf',
    '-inf', '9007199254740993', 'Trueish', 'None()', "b'bytes'", "f'{x}'", "r'x'", "'''x'''", "'\\q'", "'\\x4'", "'\\U00110000'", '[1] # comment', '__import__("os")',
    "{'__proto__': {}}", 'datetime.datetime(2020, 1, 1)', 'null', 'true', '"a\nb"', '1e999',
  ])('stays a string where it says anything else: %j', (text) => expect(parsePythonLiteral(text)).toBeUndefined()) // prettier-ignore

  it('is bounded in depth and length', () => {
    expect(parsePythonLiteral('['.repeat(60) + ']'.repeat(60))).toBeDefined()
    expect(parsePythonLiteral('['.repeat(100_000))).toBeUndefined()
    expect(parsePythonLiteral(`'${'x'.repeat(1_048_577)}'`)).toBeUndefined()
  })

  it('means what Python means by it', () => {
    const value = fc.jsonValue({ maxDepth: 4 }).map((json) => JSON.parse(JSON.stringify(json)) as unknown)
    const values = fc.sample(value, 300)
    const script = 'import json,sys\nprint(json.dumps([repr(v) for v in json.load(sys.stdin)]))'
    const { stdout, status } = spawnSync('python3', ['-c', script], { input: JSON.stringify(values), encoding: 'utf8', maxBuffer: 2 ** 26 })
    if (status === null) return // no Python here
    for (const [index, text] of (JSON.parse(stdout) as string[]).entries()) {
      const meaning = parsePythonLiteral(text)
      if (meaning === undefined) expect(JSON.stringify(values[index])).toMatch(/\d{16,}|e[+-]?\d|__proto__|constructor|prototype/)
      else expect(meaning).toEqual(values[index])
    }
  })
})
