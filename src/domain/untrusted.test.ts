import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunnerError } from './errors.ts'
import { assertSafeDocument, nearestName } from './untrusted.ts'

const limits = { unitsMax: 1_000, depthMax: 16 }
const refusal = (document: unknown): RunnerError => {
  try {
    assertSafeDocument(document, limits)
  } catch (cause) {
    return cause as RunnerError
  }
  throw new Error('the document was not refused')
}
const nested = (depth: number): unknown => {
  let value: unknown = 'x'
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value }
  return value
}

describe('a document from outside', () => {
  it('passes when it is JSON of a moderate size and depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), (document) => {
        fc.pre(!/"(__proto__|constructor|prototype)":/.test(JSON.stringify(document)))
        expect(() => assertSafeDocument(document, { unitsMax: 1_000_000, depthMax: 16 })).not.toThrow()
      }),
    )
  })

  it.each([
    ['NaN', { a: [0, NaN] }, 'a[1]'],
    ['Infinity', { a: { b: -Infinity } }, 'a.b'],
    ['a function', { a: () => 1 }, 'a'],
    ['a symbol', { a: Symbol('s') }, 'a'],
    ['a bigint', { a: 1n }, 'a'],
    ['the key __proto__', JSON.parse('{"a": {"__proto__": {"isAdmin": true}}}'), 'a.__proto__'],
    ['the key constructor', { a: [{ constructor: 1 }] }, 'a[0].constructor'],
    ['the key prototype', { prototype: {} }, 'prototype'],
  ])('is refused for %s, with its path', (_, document, path) => {
    expect(refusal(document)).toMatchObject({ code: 'INVALID_SPEC', path })
  })

  it('is refused beyond its depth, however deep, without overflowing the stack', () => {
    expect(() => assertSafeDocument(nested(16), limits)).not.toThrow()
    expect(refusal(nested(17))).toMatchObject({ code: 'LIMIT_EXCEEDED' })
    expect(refusal(nested(10_000))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      path: expect.stringMatching(/^[^.]*(?:[.[][^.[]*){5}…$/) as string,
    })
    expect(refusal(nested(1_000_000))).toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })

  it.each([
    ['one long string', { a: 'x'.repeat(1_001) }],
    ['one long key', { ['k'.repeat(1_001)]: 1 }],
    ['many small strings', { a: Array.from({ length: 1_001 }, () => 'x') }],
    ['many numbers', Array.from({ length: 126 }, () => 1)],
    ['many empty objects', Array.from({ length: 126 }, () => ({}))],
    ['many empty strings', Array.from({ length: 100_000 }, () => '')],
  ])('is refused beyond its size: %s', (_, document) => {
    expect(refusal(document)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  })

  it('is refused at 50 MB before its parts are looked at', () => {
    const large = { payload: { context: { text: 'x'.repeat(50_000_000) }, list: Array.from({ length: 1_000_000 }, (_, index) => index) } }
    const from = performance.now()
    expect(refusal(large)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(performance.now() - from).toBeLessThan(500)
  })

  it('never says more than a few hundred characters about where it is wrong', () => {
    const { path, message } = refusal({ ['k'.repeat(900)]: { constructor: 1 } })
    expect(path!.length + message.length).toBeLessThan(600)
  })

  it('is left as it is', () => {
    const document = { a: [1, { b: 'x' }], c: null }
    assertSafeDocument(document, limits)
    expect(document).toEqual({ a: [1, { b: 'x' }], c: null })
  })
})

describe('the nearest name', () => {
  it.each([
    ['comand', ['command', 'entrypoint'], 'command'],
    ['timeout', ['timeout_seconds', 'mounts'], undefined],
    ['timeuot_seconds', ['timeout_seconds', 'mounts'], 'timeout_seconds'],
    ['evn', ['env', 'network'], 'env'],
    ['x', ['env'], undefined],
    ['', ['id'], undefined],
    ['Command', ['command'], 'command'],
  ])('of %j among %j is %j', (name, known, expected) => {
    expect(nearestName(name, known)).toBe(expected)
  })

  it('is the name itself where it is known', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (known) => {
        expect(nearestName(known[0]!, known)).toBe(known[0])
      }),
    )
  })

  it('is found at once, however long the mistyped name is', () => {
    const from = performance.now()
    expect(nearestName('x'.repeat(1_000_000), ['command', 'entrypoint'])).toBeUndefined()
    expect(performance.now() - from).toBeLessThan(500)
  })
})
