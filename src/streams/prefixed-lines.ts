import type { LogChunk } from '../ports/log-store.ts'
import { createByteBuffer } from './byte-buffer.ts'

/** Where a scan can be taken up again, by a new scanner with nothing in hand. */
export interface ScanPosition {
  readonly offset: number
  /** False when `offset` is inside a line that is of no interest. */
  readonly atLineStart: boolean
}

export interface PrefixedLines {
  push(chunk: LogChunk): void
  /** The stream has ended: a last line without an end counts. */
  end(): void
  /** Goes on elsewhere; the line in hand is dropped. */
  seek(position: ScanPosition): void
  /** Of the next byte to push. */
  readonly offset: number
  /** Every line before it was told, or is of no interest. */
  readonly position: ScanPosition
}

export interface PrefixedLinesOptions {
  /** What a line of interest begins with. None is the beginning of another. */
  readonly prefixes: readonly string[]
  /** A longer line is not told; it is counted by `tooLong`. Bytes, the line's end not included; at least as long as a prefix. */
  readonly lineBytesMax: number
  readonly from?: ScanPosition
  /** What follows the prefix. `bytes` is valid during the call. */
  readonly found: (prefix: string, bytes: Buffer) => void
  readonly tooLong: () => void
}

const LF = 10
const CR = 13

/** Finds the few lines that begin with a prefix in a stream of any size. Other lines are not split but searched over: a flood of output costs a search
 * for `\n<prefix>` per chunk (GB/s) and no memory. Holds at most one line of interest, up to `lineBytesMax`. */
export const createPrefixedLines = ({ prefixes, lineBytesMax, from, found, tooLong }: PrefixedLinesOptions): PrefixedLines => {
  const heads = prefixes.map((prefix) => ({ prefix, head: Buffer.from(prefix), needle: Buffer.from(`\n${prefix}`) }))
  const headBytesMax = Math.max(...heads.map(({ head }) => head.length))
  const held = createByteBuffer() // the beginning of a line that is, or may become, of interest
  let offset = from?.offset ?? 0
  let atLineStart = from?.atLineStart ?? true // of what is held, or of the next byte

  const prefixOf = (line: Buffer): string | undefined => heads.find(({ head }) => head.equals(line.subarray(0, head.length)))?.prefix
  const mayBecome = (line: Buffer): boolean =>
    heads.some(({ head }) => line.length < head.length && line.equals(head.subarray(0, line.length)))
  const tell = (prefix: string, line: Buffer): void => {
    const bytes = line.at(-1) === CR ? line.subarray(0, -1) : line
    if (bytes.length > lineBytesMax) tooLong()
    else found(prefix, bytes.subarray(Buffer.byteLength(prefix)))
  }

  /** Takes what these bytes have of the line that begins at `at`; the index after its end, or after the bytes. */
  const takeLine = (bytes: Buffer, at: number): number => {
    if (held.length < headBytesMax) {
      const start = Buffer.concat([held.view(), bytes.subarray(at, at + headBytesMax - held.length)])
      if (prefixOf(start) === undefined && !mayBecome(start)) return skip(at)
    }
    const end = bytes.indexOf(LF, at)
    const rest = bytes.subarray(at, end === -1 ? bytes.length : end)
    if (held.length + rest.length > lineBytesMax + 1) {
      tooLong()
      return skip(at)
    }
    held.append(rest)
    if (end === -1) return bytes.length
    finish()
    return end + 1
  }
  const skip = (at: number): number => {
    held.clear()
    atLineStart = false
    return at
  }
  const finish = (): void => {
    const line = held.view()
    const prefix = prefixOf(line)
    if (prefix !== undefined) tell(prefix, line)
    held.clear()
    atLineStart = true
  }

  /** The start of the next line that is or may become of interest, or the end of the bytes. `next` remembers what was found for each prefix. */
  const findStart = (bytes: Buffer, at: number, next: number[]): number => {
    let nearest = -1
    heads.forEach(({ needle }, index) => {
      if (next[index] !== -1 && next[index]! < at) next[index] = bytes.indexOf(needle, at)
      if (next[index] !== -1 && (nearest === -1 || next[index]! < nearest)) nearest = next[index]!
    })
    const lastEnd = nearest === -1 ? bytes.lastIndexOf(LF) : nearest
    if (lastEnd < at) return bytes.length
    if (nearest === -1 && bytes.length - lastEnd - 1 > headBytesMax) return bytes.length
    atLineStart = true
    return lastEnd + 1
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.length)
      if (chunk.offset !== offset) this.seek({ offset: chunk.offset, atLineStart: false }) // beyond a gap we are inside some line
      const next = heads.map(() => -2)
      for (let at = 0; at < bytes.length;) at = atLineStart ? takeLine(bytes, at) : findStart(bytes, at, next)
      offset = chunk.offset + bytes.length
    },
    end() {
      if (held.length > 0) finish()
    },
    seek(position) {
      held.clear()
      offset = position.offset
      atLineStart = position.atLineStart
    },
    get offset() {
      return offset
    },
    get position() {
      return { offset: offset - held.length, atLineStart }
    },
  }
}
