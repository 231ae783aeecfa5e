/** Reads a stream of chunks in pieces of one's own size. */
export interface ByteReader {
  /** The next `length` bytes, or fewer where the stream ends before. For what is small: they are held in memory. */
  take(length: number): Promise<Buffer>
  /** The next `length` bytes in chunks, or fewer where the stream ends before. */
  pass(length: number): AsyncGenerator<Uint8Array, void, undefined>
  /** Reads what is left and drops it. */
  drain(): Promise<void>
}

export const createByteReader = (source: AsyncIterable<Uint8Array>): ByteReader => {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  /** Up to `length` bytes; none only at the end. */
  const next = async (length: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const result = await chunks.next()
      if (result.done) return rest
      rest = result.value
    }
    const piece = rest.subarray(0, length)
    rest = rest.subarray(length)
    return piece
  }
  const pass = async function* (length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      const piece = await next(left)
      if (piece.length === 0) return
      left -= piece.length
      yield piece
    }
  }
  return {
    async take(length) {
      const pieces: Uint8Array[] = []
      for await (const piece of pass(length)) pieces.push(piece)
      return Buffer.concat(pieces)
    },
    pass,
    async drain() {
      while ((await next(Number.MAX_SAFE_INTEGER)).length > 0);
    },
  }
}
