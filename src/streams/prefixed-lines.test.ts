import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPrefixedLines, type ScanPosition } from './prefixed-lines.ts'

const prefixes = ['::a::', '__LONGER__:']

const scan = (chunks: readonly Uint8Array[], { lineBytesMax = 1_000, restarts = new Set<number>() } = {}) => {
  const found: string[] = []
  let tooLong = 0
  const open = (from?: ScanPosition) =>
    createPrefixedLines({
      prefixes,
      lineBytesMax,
      ...(from ? { from } : {}),
      found: (prefix, bytes) => found.push(prefix + bytes.toString('latin1')),
      tooLong: () => tooLong++,
    })
  const all = Buffer.concat(chunks)
  let scanner = open()
  let offset = 0
  chunks.forEach((bytes, index) => {
    scanner.push({ offset, bytes })
    offset += bytes.length
    if (!restarts.has(index)) return
    const { position } = scanner // another scanner goes on with this alone
    scanner = open(position)
    if (position.offset < offset) scanner.push({ offset: position.offset, bytes: all.subarray(position.offset, offset) })
  })
  scanner.end()
  return { found, tooLong }
}

/** What a scanner should find, said the slow and obvious way. */
const expected = (bytes: Uint8Array, lineBytesMax: number): { found: string[]; tooLong: number } => {
  const lines = Buffer.from(bytes).toString('latin1').split('\n')
  const ofInterest = lines
    .filter((line) => prefixes.some((prefix) => line.startsWith(prefix)))
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  const found = ofInterest.filter((line) => line.length <= lineBytesMax)
  return { found, tooLong: ofInterest.length - found.length }
}

const part = fc.constantFrom('::a::', '::a:', '::', '__LONGER__:', '__LONG', '\n', '\n', '\n', '\r\n', 'x', '{"a":1}', 'text text text')
const stream = fc.array(part, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')))
const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const points = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end))
}

describe('finding lines by their prefix', () => {
  it('finds what splitting every line would find, wherever the stream is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400)), fc.integer({ min: 11, max: 60 }), (bytes, cuts, lineBytesMax) => {
        expect(scan(cutAt(bytes, cuts), { lineBytesMax })).toEqual(expected(bytes, lineBytesMax))
      }),
      { numRuns: 5_000 },
    )
  })
  it('finds the same when another scanner goes on at any point', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { minLength: 1 }), fc.array(fc.nat(20)), (bytes, cuts, restarts) => {
        expect(scan(cutAt(bytes, cuts), { restarts: new Set(restarts) }).found).toEqual(expected(bytes, 1_000).found)
      }),
      { numRuns: 2_000 },
    )
  })
  it('drops a line that a gap cuts, and begins again after the next line end', () => {
    const found: string[] = []
    const scanner = createPrefixedLines({
      prefixes,
      lineBytesMax: 100,
      found: (_, bytes) => found.push(bytes.toString()),
      tooLong: () => {},
    })
    scanner.push({ offset: 0, bytes: Buffer.from('::a::cut') })
    scanner.push({ offset: 50, bytes: Buffer.from('::a::inside\n::a::whole\n') })
    scanner.end()
    expect(found).toEqual(['whole'])
  })
  it('holds a bounded part of a line of 100 MB that begins like one of interest, and counts it once', () => {
    const bytes = Buffer.alloc(65_536, 'x')
    let tooLong = 0
    const scanner = createPrefixedLines({ prefixes, lineBytesMax: 1 << 20, found: () => expect.unreachable(), tooLong: () => tooLong++ })
    scanner.push({ offset: 0, bytes: Buffer.from('::a::') })
    for (let offset = 5; offset < 100 << 20; offset += bytes.length) {
      scanner.push({ offset, bytes })
      expect(scanner.offset - scanner.position.offset).toBeLessThanOrEqual(1 << 20)
    }
    scanner.end()
    expect(tooLong).toBe(1)
  })
})
