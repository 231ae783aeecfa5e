import type { LogPiece } from '../../runner/api.ts'
import { controlPrefix, resultPrefix } from '../../streams/control-lines.ts'
import { createLineSplitter, type Line } from '../../streams/lines.ts'

/** A line of a log on the wire (contracts §6), a piece of a long one (`partial`: it goes on in the next), or bytes that are gone (`gap`). */
export interface LogLineDocument {
  /** Of the first byte, in the stream. */
  readonly offset: number
  readonly stream: 'stdout' | 'stderr'
  readonly attempt: number
  /** RFC 3339: when a line that was printed after the request was read; null for older ones, because nothing recorded it. */
  readonly time: string | null
  readonly line?: string
  readonly partial?: true
  /** Bytes that were given back, from `offset` on. */
  readonly gap?: number
}

/** Longest piece of a line that is held and sent as one, in bytes: a line of 100 MB passes in pieces. */
const pieceBytesMax = 65_536

const prefixes = [controlPrefix, resultPrefix].map((prefix) => Buffer.from(prefix))
const isControl = (bytes: Uint8Array): boolean => prefixes.some((prefix) => prefix.equals(bytes.subarray(0, prefix.length)))

/** The lines of one stream of one attempt as they are completed, without the control lines that a task prints for the runner.
 * `oldBytes`: how many bytes were there when the request came. Invalid UTF-8 is replaced. */
const createDocumenter = ({ stream, attempt }: Pick<LogPiece, 'stream' | 'attempt'>, oldBytes: number, now: () => number) => {
  const splitter = createLineSplitter(pieceBytesMax)
  let skipping = false
  const documents = (lines: readonly Line[]): LogLineDocument[] =>
    lines.flatMap(({ offset, bytes, begins, ends }) => {
      if (begins) skipping = stream === 'stdout' && isControl(bytes)
      if (skipping) return []
      const time = offset < oldBytes ? null : new Date(now()).toISOString()
      return [{ offset, stream, attempt, time, line: new TextDecoder().decode(bytes), ...(ends ? {} : { partial: true as const }) }]
    })
  return {
    push(piece: LogPiece): LogLineDocument[] {
      if (piece.gap === 0) return documents(splitter.push(piece))
      const gone = { offset: piece.offset - piece.gap, stream, attempt, time: null, gap: piece.gap }
      return [...documents(splitter.end()), gone, ...documents(splitter.push(piece))]
    },
    end: (): LogLineDocument[] => documents(splitter.end()),
  }
}

/** A task's log as lines. `oldBytes` tells how much of a stream was there already; `now` is Unix time in milliseconds. */
export async function* logLines(
  pieces: AsyncIterable<LogPiece>,
  oldBytes: (piece: LogPiece) => number,
  now: () => number,
): AsyncGenerator<LogLineDocument> {
  const documenters = new Map<string, ReturnType<typeof createDocumenter>>()
  for await (const piece of pieces) {
    const name = `${piece.stream} ${piece.attempt}`
    const documenter = documenters.get(name) ?? createDocumenter(piece, oldBytes(piece), now)
    documenters.set(name, documenter)
    yield* documenter.push(piece)
  }
  for (const documenter of documenters.values()) yield* documenter.end()
}
