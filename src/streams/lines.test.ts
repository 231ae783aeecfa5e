import fc from 'fast-check'
import { from } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { createLineSplitter, lines, type Line } from './lines.ts'

const split = (chunks: readonly Uint8Array[], lineBytesMax = 1_000): Line[] => {
  const splitter = createLineSplitter(lineBytesMax)
  let offset = 0
  const found = chunks.flatMap((bytes) => {
    const lines = splitter.push({ offset, bytes })
    offset += bytes.length
    return lines
  })
  return [...found, ...splitter.end()]
}
const texts = (found: readonly Line[]): string[] => found.map(({ bytes }) => Buffer.from(bytes).toString())
const plain = (found: readonly Line[]) => found.map((line) => ({ ...line, bytes: [...line.bytes] }))
const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const points = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end))
}

describe('splitting into lines', () => {
  it('knows LF and CR LF, keeps a lone CR, and takes a last line without an end', () => {
    expect(texts(split([Buffer.from('a\r\n\r\nb\rc\n\nd')]))).toEqual(['a', '', 'b\rc', '', 'd'])
    expect(split([Buffer.from('a\n')])).toHaveLength(1)
    expect(split([])).toEqual([])
  })
  it('tells the offset of each line', () => {
    expect(split([Buffer.from('ab\r\nc\n'), Buffer.from('é\nx')]).map(({ offset }) => offset)).toEqual([0, 4, 6, 9])
  })
  it('gives the same lines wherever the stream is cut', () => {
    const byte = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(10, 13, 0xc3, 0xa9) }, fc.nat(255))
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }).chain((some) => fc.tuple(fc.constant(some), fc.array(byte, { maxLength: 60 }))),
        fc.array(fc.nat(200)),
        fc.integer({ min: 4, max: 40 }),
        ([some, more], cuts, max) => {
          const bytes = Uint8Array.from([...some, ...more])
          expect(plain(split(cutAt(bytes, cuts), max))).toEqual(plain(split([bytes], max)))
        },
      ),
      { numRuns: 2_000 },
    )
  })
  it('loses and invents no byte, and keeps pieces below the cap', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 4, max: 20 }), (bytes, max) => {
        for (const { offset, bytes: piece } of split([bytes], max)) {
          expect(piece.length).toBeLessThanOrEqual(max)
          expect([...bytes.subarray(offset, offset + piece.length)]).toEqual([...piece])
        }
      }),
    )
  })
  it('passes on a long line in pieces that join to the line, and cuts no character', () => {
    const text = 'né€🎉'.repeat(50)
    const found = split([Buffer.from(`${text}\nshort\n`)], 16)
    expect(texts(found.slice(0, -1)).join('')).toBe(text)
    expect(found.map(({ begins, ends }) => [begins, ends])).toEqual([
      [true, false],
      ...found.slice(1, -2).map(() => [false, false]),
      [false, true],
      [true, true],
    ])
    for (const piece of texts(found)) expect(piece).not.toContain('\ufffd')
  })
  it('ends a line at a gap and begins another after it', () => {
    const splitter = createLineSplitter(100)
    expect(splitter.push({ offset: 0, bytes: Buffer.from('ab') })).toEqual([])
    const found = [...splitter.push({ offset: 90, bytes: Buffer.from('yz\n') }), ...splitter.end()]
    expect(found.map(({ offset, bytes }) => [offset, Buffer.from(bytes).toString()])).toEqual([
      [0, 'ab'],
      [90, 'yz'],
    ])
  })
  it('holds no more than the cap of a line of 100 MB', () => {
    const splitter = createLineSplitter(4_096)
    const bytes = Buffer.alloc(65_536, 'x')
    const before = process.memoryUsage().arrayBuffers
    const lengths = new Set<number>()
    for (let offset = 0; offset < 100 << 20; offset += bytes.length)
      for (const { bytes: piece } of splitter.push({ offset, bytes })) lengths.add(piece.length)
    expect([...lengths]).toEqual([4_096])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 << 20)
  })
  it('takes a line that comes byte by byte without copying it each time', () => {
    const splitter = createLineSplitter(1 << 20)
    const byte = Buffer.of(120)
    for (let offset = 0; offset < 1 << 19; offset++) splitter.push({ offset, bytes: byte })
    expect(splitter.end()).toMatchObject([{ offset: 0, bytes: { length: 1 << 19 } }])
  }, 5_000)
  it('works as an operator', () => {
    const found: string[] = []
    from([{ offset: 0, bytes: Buffer.from('a\nb') }])
      .pipe(lines(100))
      .subscribe((line) => found.push(Buffer.from(line.bytes).toString()))
    expect(found).toEqual(['a', 'b'])
  })
})
