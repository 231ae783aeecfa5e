import { Observable, type OperatorFunction } from 'rxjs'
import type { LogChunk } from '../ports/log-store.ts'
import { createByteBuffer } from './byte-buffer.ts'

/** A line, or a piece of one that is longer than the cap. Bytes are as they were printed, without the line's end (LF or CR LF). */
export interface Line {
  /** Of the first byte, in the stream. */
  readonly offset: number
  readonly bytes: Uint8Array
  /** False for a piece that continues the piece before. */
  readonly begins: boolean
  /** False when more of this line may follow. True also for a last line without an end, and for one that a gap cuts off. */
  readonly ends: boolean
}

export interface LineSplitter {
  /** The lines that these bytes complete, in order. Bytes beyond a gap begin a new line. */
  push(chunk: LogChunk): Line[]
  /** The stream has ended: what is left of the last line. */
  end(): Line[]
}

const LF = 10
const CR = 13

/** Splits a stream into lines, however it is cut into chunks. Holds at most `lineBytesMax` (≥ 4) bytes. A longer line comes in pieces of at most that many,
 * none of which cuts a character of UTF-8 in two. */
export const createLineSplitter = (lineBytesMax: number, offset = 0): LineSplitter => {
  const held = createByteBuffer()
  let lineOffset = offset // of what is held, or of the next byte
  let begins = true

  const tell = (lines: Line[], bytes: Uint8Array, ends: boolean, next: number): void => {
    lines.push({ offset: lineOffset, bytes, begins, ends })
    lineOffset = next
    begins = ends
  }
  /** Holds these bytes and passes on full pieces until what is held fits. */
  const hold = (lines: Line[], bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; at += lineBytesMax) {
      held.append(bytes.subarray(at, at + lineBytesMax))
      while (held.length > lineBytesMax) {
        const length = pieceLength(held.view(), lineBytesMax)
        tell(lines, held.take(length), false, lineOffset + length)
      }
    }
  }
  const finish = (lines: Line[], next: number): void => tell(lines, held.take(held.length), true, next)

  return {
    push(chunk) {
      const lines: Line[] = []
      const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.length)
      if (chunk.offset !== lineOffset + held.length) {
        if (held.length > 0 || !begins) finish(lines, chunk.offset)
        lineOffset = chunk.offset
      }
      let at = 0
      for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, at)) {
        const next = chunk.offset + end + 1
        if (held.length === 0 && begins && end - at <= lineBytesMax) tell(lines, withoutCr(bytes.subarray(at, end)), true, next)
        else {
          hold(lines, bytes.subarray(at, end))
          tell(lines, withoutCr(held.take(held.length)), true, next)
        }
        at = end + 1
      }
      hold(lines, bytes.subarray(at))
      return lines
    },
    end() {
      const lines: Line[] = []
      if (held.length > 0 || !begins) finish(lines, lineOffset + held.length)
      return lines
    },
  }
}

const withoutCr = (bytes: Uint8Array): Uint8Array => (bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes)

/** At most `max` bytes, less so that neither a CR LF nor a character is cut: a character of UTF-8 has at most four bytes, the later ones are 10xxxxxx. */
const pieceLength = (bytes: Uint8Array, max: number): number => {
  let length = max
  while (length > max - 3 && (bytes[length]! & 0xc0) === 0x80) length--
  if ((bytes[length]! & 0xc0) === 0x80) length = max // not UTF-8
  return bytes[length - 1] === CR ? Math.max(1, length - 1) : length
}

/** `createLineSplitter` as an operator. */
export const lines =
  (lineBytesMax: number, offset = 0): OperatorFunction<LogChunk, Line> =>
  (source) =>
    new Observable<Line>((subscriber) => {
      const splitter = createLineSplitter(lineBytesMax, offset)
      const tell = (found: Line[]): void => found.forEach((line) => subscriber.next(line))
      return source.subscribe({
        next: (chunk) => tell(splitter.push(chunk)),
        error: (cause: unknown) => subscriber.error(cause),
        complete: () => {
          tell(splitter.end())
          subscriber.complete()
        },
      })
    })
