import { randomFillSync } from 'node:crypto'
import type { Random } from '../../src/ports/random.ts'

/** UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, a counter within the millisecond, and chance; ids of one process sort by creation. */
export const createSystemRandom = (): Random => {
  const pool = Buffer.alloc(1_024)
  let [used, lastMs, counter] = [pool.length, 0, 0]
  const chance = (size: number): string => {
    if (used + size > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += size
    return pool.toString('hex', used - size, used)
  }
  return {
    id() {
      const now = Date.now()
      if (now > lastMs) [lastMs, counter] = [now, 0]
      else if (++counter > 0xfff) [lastMs, counter] = [lastMs + 1, 0] // borrow from the next millisecond
      const time = lastMs.toString(16).padStart(12, '0')
      const tail = chance(8)
      const variant = ((Number.parseInt(tail[0]!, 16) & 0x3) | 0x8).toString(16)
      return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`
    },
  }
}
