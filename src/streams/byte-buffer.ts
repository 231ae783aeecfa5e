/** Bytes that wait for more. Appending copies, so that no chunk's memory is kept for its last few bytes; room doubles, so that many small pieces cost no more than one large. */
export interface ByteBuffer {
  readonly length: number
  append(bytes: Uint8Array): void
  /** What is held, without a copy: valid until the next call. */
  view(): Buffer
  /** Takes out the first `length` bytes, as a copy. */
  take(length: number): Buffer
  clear(): void
}

const initialBytes = 256
/** Room beyond this is given back when the buffer is emptied. */
const keptBytes = 65_536

export const createByteBuffer = (): ByteBuffer => {
  let room = Buffer.alloc(0)
  let length = 0
  const clear = (): void => {
    length = 0
    if (room.length > keptBytes) room = Buffer.alloc(0)
  }
  return {
    get length() {
      return length
    },
    append(bytes) {
      if (length + bytes.length > room.length) {
        const larger = Buffer.allocUnsafe(Math.max(initialBytes, 2 * room.length, length + bytes.length))
        room.copy(larger, 0, 0, length)
        room = larger
      }
      room.set(bytes, length)
      length += bytes.length
    },
    view: () => room.subarray(0, length),
    take(taken) {
      const bytes = Buffer.from(room.subarray(0, taken))
      room.copyWithin(0, taken, length)
      length -= taken
      if (length === 0) clear()
      return bytes
    },
    clear,
  }
}
