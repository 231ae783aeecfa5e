import { describe, expect, it } from 'vitest'
import { payloadOf } from './payload.ts'

describe('a payload spread over strings', () => {
  it.each([
    ['{"command": ["x"]}', { command: ['x'] }],
    ["{'command': ['x'], 'retry': True, 'a': None}", { command: ['x'], retry: true, a: null }],
    ['[1, 2]', [1, 2]],
    ["('a', 'b')", ['a', 'b']],
    ['12', 12],
    ['-1.5e3', -1500],
    ['true', true],
    ['True', true],
    ['null', null],
    ['None', null],
    [' 7 ', 7],
    ['acme', 'acme'],
    ['', ''],
    ['"quoted"', '"quoted"'],
    ["'quoted'", "'quoted'"],
    ['12345678901234567890', '12345678901234567890'],
    ['2026-01-01', '2026-01-01'],
    ['1.2.3', '1.2.3'],
    ['{broken', '{broken'],
    ['{1: 2}', '{1: 2}'],
    ['nullable', 'nullable'],
    ['NaN', 'NaN'],
  ])('%j means %j', (text, meaning) => expect(payloadOf({ key: text })).toEqual({ key: meaning }))

  it('takes the members of payload_json before the others', () => {
    expect(payloadOf({ tenant: 'acme', context: '{"a": 1}', payload_json: '{"context": {"b": 2}, "execution": {}}' })).toEqual({
      tenant: 'acme',
      context: { b: 2 },
      execution: {},
    })
  })

  it.each(['[]', 'x', '', "{'a': 1}"])('refuses a payload_json that holds no JSON object: %j', (text) =>
    expect(() => payloadOf({ payload_json: text })).toThrow(
      expect.objectContaining({ code: 'INVALID_SPEC', path: 'payload.payload_json' }) as Error,
    ),
  )

  it('makes no member that changes what objects are', () => {
    const payload = payloadOf(JSON.parse('{"__proto__": "{\\"polluted\\": true}"}') as Record<string, string>)
    expect(Object.keys(payload)).toEqual(['__proto__'])
    expect((payload as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
