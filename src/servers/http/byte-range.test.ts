import { expect, it } from 'vitest'
import { parseRange } from './byte-range.ts'

it.each([
  ['bytes=0-', { from: 0, to: 10 }],
  ['bytes=3-5', { from: 3, to: 6 }],
  ['bytes=3-500', { from: 3, to: 10 }],
  ['bytes=-4', { from: 6, to: 10 }],
  ['bytes=-400', { from: 0, to: 10 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-3', null],
  ['bytes=-', null],
  ['bytes=0-1,4-5', null],
  ['lines=0-1', null],
  ['bytes=a-b', null],
  ['bytes=99999999999999999999-', null],
  [undefined, null],
])('reads %s of ten bytes as %o', (header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected)
})
it('can satisfy nothing of an empty file', () => {
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable')
})
