/** `[from, to)` in bytes. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** A `Range` header against a representation of `size` bytes (RFC 9110 §14.2): one range of bytes, null where the header is to be ignored
 * (absent, another unit, several ranges, not understood), `unsatisfiable` where nothing of it exists. */
export const parseRange = (header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' => {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { from: size - length, to: size }
  }
  const from = Number(first)
  const to = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < from) return null
  return from < size ? { from, to } : 'unsatisfiable'
}
