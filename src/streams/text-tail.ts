import type { AttemptKey } from '../domain/exit.ts'
import type { LogStore } from '../ports/log-store.ts'

/** The last bytes of a stream as text, and the stream's size. Invalid UTF-8 is replaced; a character that the cut divides is left out.
 * At most `tailBytes`; of a stream above its cap at most the half that is always kept, so that it does not matter how much was given back before. */
export const readTextTail = async (
  logs: LogStore,
  key: AttemptKey,
  stream: 'stdout' | 'stderr',
  tailBytes: number,
  capBytes: number,
): Promise<{ readonly text: string; readonly size: number }> => {
  const size = await logs.size(key, stream)
  if (size === 0) return { text: '', size }
  const from = Math.max(0, size - (size > capBytes ? Math.min(tailBytes, Math.ceil(capBytes / 2)) : tailBytes))
  let bytes = Buffer.alloc(0)
  for (let at = from; at < size;) {
    const chunk = await logs.read(key, stream, at, size - at)
    if (chunk.bytes.length === 0) break
    bytes = chunk.offset === at ? Buffer.concat([bytes, chunk.bytes]) : Buffer.from(chunk.bytes)
    at = chunk.offset + chunk.bytes.length
  }
  return { text: bytes.subarray(from === 0 ? 0 : dividedBytes(bytes)).toString('utf8'), size }
}

/** How many bytes at the start continue a character whose beginning is missing: at most three. */
const dividedBytes = (bytes: Uint8Array): number => {
  let count = 0
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count++
  return count
}
