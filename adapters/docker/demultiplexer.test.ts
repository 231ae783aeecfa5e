import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDemultiplexer, type OutputStream } from './demultiplexer.ts'

const frame = (type: number, payload: Buffer | string): Buffer => {
  const bytes = Buffer.from(payload)
  const header = Buffer.alloc(8)
  header[0] = type
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}

const demultiplex = (chunks: readonly Buffer[]) => {
  const pieces: { stream: OutputStream; bytes: Buffer }[] = []
  const demultiplexer = createDemultiplexer({ write: (stream, bytes) => pieces.push({ stream, bytes: Buffer.from(bytes) }) })
  for (const chunk of chunks) demultiplexer.push(chunk)
  const of = (stream: OutputStream) => Buffer.concat(pieces.filter((piece) => piece.stream === stream).map(({ bytes }) => bytes))
  return { stdout: of('stdout'), stderr: of('stderr'), pieces, ...demultiplexer.end() }
}

/** What `docker logs` sent for `printf 'out\n'; printf '\377\0\n' >&2; printf tail`, with an empty frame between. */
const recorded = Buffer.concat([
  Buffer.from('01000000000000046f75740a', 'hex'),
  Buffer.from('0200000000000003ff000a', 'hex'),
  frame(2, ''),
  Buffer.from('01000000000000047461696c', 'hex'),
])
const whole = { stdout: Buffer.from('out\ntail'), stderr: Buffer.from([0xff, 0, 0x0a]), truncated: false }

describe('the demultiplexer', () => {
  it.each(Array.from({ length: recorded.length + 1 }, (_, at) => at))('gives the same bytes when the stream is cut at %i', (at) => {
    expect(demultiplex([recorded.subarray(0, at), recorded.subarray(at)])).toMatchObject(whole)
  })

  it('gives the same bytes when each comes alone', () => {
    expect(demultiplex([...recorded].map((byte) => Buffer.from([byte])))).toMatchObject(whole)
  })

  it.each(Array.from({ length: recorded.length + 1 }, (_, at) => at))(
    'tells whether a stream that ends at %i broke off, and gives what came',
    (at) => {
      const { stdout, stderr, truncated } = demultiplex([recorded.subarray(0, at)])
      expect(truncated).toBe(![0, 12, 23, 31, recorded.length].includes(at))
      expect(whole.stdout.subarray(0, stdout.length)).toEqual(stdout)
      expect(whole.stderr.subarray(0, stderr.length)).toEqual(stderr)
    },
  )

  it('keeps every byte of both streams in order, however frames and chunks are cut', () => {
    const anyFrame = fc.record({ type: fc.constantFrom(0, 1, 2), payload: fc.uint8Array({ maxLength: 40 }) })
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 20 }), fc.array(fc.nat(900), { maxLength: 30 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ type, payload }) => frame(type, Buffer.from(payload))))
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const result = demultiplex(at.slice(1).map((to, index) => bytes.subarray(at[index], to)))
        const of = (types: readonly number[]) =>
          Buffer.concat(frames.filter(({ type }) => types.includes(type)).map(({ payload }) => Buffer.from(payload)))
        expect([result.stdout, result.stderr, result.truncated]).toEqual([of([0, 1]), of([2]), false])
        expect(result.pieces.every((piece) => piece.bytes.length > 0)).toBe(true)
      }),
    )
  })

  it('keeps the order between the streams within a chunk', () => {
    const { pieces } = demultiplex([Buffer.concat([frame(1, 'a'), frame(2, 'b'), frame(1, 'c'), frame(2, 'd')])])
    expect(pieces.map(({ stream, bytes }) => `${stream}:${bytes.toString()}`)).toEqual(['stdout:a', 'stderr:b', 'stdout:c', 'stderr:d'])
  })

  it('takes stdin frames as stdout, as the engine documents them', () => {
    expect(demultiplex([frame(0, 'in')]).stdout.toString()).toBe('in')
  })

  it('passes the payload of a frame of 4 GiB on without gathering it', () => {
    const header = Buffer.from('01000000ffffffff', 'hex')
    const chunk = Buffer.alloc(65_536, 7)
    let passed = 0
    const demultiplexer = createDemultiplexer({ write: (_, bytes) => void (passed += bytes.buffer === chunk.buffer ? bytes.length : 0) })
    demultiplexer.push(header)
    for (let i = 0; i < 1_000; i++) demultiplexer.push(chunk)
    expect(passed).toBe(1_000 * chunk.length) // the very bytes that were pushed: nothing was copied
    expect(demultiplexer.end()).toEqual({ truncated: true })
  })

  it('goes on after a frame of the greatest length', () => {
    const chunk = Buffer.alloc(2 ** 24)
    let passed = 0
    const demultiplexer = createDemultiplexer({ write: (stream, bytes) => void (passed += stream === 'stdout' ? bytes.length : 0) })
    demultiplexer.push(Buffer.from('01000000ffffffff', 'hex'))
    for (let i = 0; i < 255; i++) demultiplexer.push(chunk)
    demultiplexer.push(chunk.subarray(1))
    demultiplexer.push(frame(2, 'x'))
    expect([passed, demultiplexer.end().truncated]).toEqual([2 ** 32 - 1, false])
  })

  it.each([
    ['an unknown type', '0400000000000001'],
    ['a type that is a letter', '48656c6c6f20776f'],
    ['padding in the first byte', '0101000000000001'],
    ['padding in the second byte', '0100010000000001'],
    ['padding in the third byte', '0100000100000001'],
  ])('refuses %s, and says what it saw', (_, header) => {
    expect(() => demultiplex([frame(1, 'fine'), Buffer.from(header, 'hex')])).toThrow(
      expect.objectContaining({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining(header) as string }),
    )
  })

  it('makes an error of what the engine reports about itself', () => {
    expect(() => demultiplex([frame(1, 'fine'), frame(3, 'Error grabbing logs: unexpected EOF\n')])).toThrow(
      expect.objectContaining({ code: 'ENGINE_UNAVAILABLE', message: 'the engine broke off the log: Error grabbing logs: unexpected EOF' }),
    )
  })

  it('bounds what it keeps of such a report', () => {
    const header = Buffer.from('03000000ffffffff', 'hex')
    expect(() => demultiplex([header, Buffer.alloc(1_024, 'e')])).toThrow(/e{1024}$/)
  })
})
