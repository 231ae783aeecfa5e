import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonicalJson, isSameJson } from './json.ts'

/** The same document with the keys of every object in reverse. */
const reversed = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(Object.entries(value).reverse().map(([key, child]) => [key, reversed(child)])) // prettier-ignore
}

it('says the same whatever the order of keys, and is JSON of the same document', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (document) => {
      const plain: unknown = JSON.parse(JSON.stringify(document))
      expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain))
      expect(JSON.parse(canonicalJson(plain))).toEqual(plain)
    }),
  )
})

it('tells different documents apart', () => {
  const texts = [{}, [], { a: [] }, { a: {} }, { a: 1, b: 2 }, { a: 2, b: 1 }, { a: '1' }, { a: 1 }, [1, 2], [2, 1], null, 'null'].map(
    canonicalJson,
  )
  expect(new Set(texts).size).toBe(texts.length)
})

it('leaves out what is undefined', () => {
  expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}')
})

it.each([
  [{ a: 1, b: null }, { a: 1 }, true],
  [{ a: [{ b: null }], c: { d: null } }, { a: [{}], c: {} }, true],
  [{ a: null }, { a: 0 }, false],
  [[null], [], false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [undefined, {}, false],
])('%j and %j say the same: %j', (a, b, same) => expect([isSameJson(a, b), isSameJson(b, a)]).toEqual([same, same])) // prettier-ignore
