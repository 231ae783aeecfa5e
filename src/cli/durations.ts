const units: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
]

/** Milliseconds for people: `250ms`, `3.2s`, `4m 10s`, `2d 3h`. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`
  const at = units.findIndex(([, size]) => ms >= size)
  const [[unit, size], next] = [units[at]!, units[at + 1]]
  const rest = next ? Math.floor((ms % size) / next[1]) : 0
  return `${Math.floor(ms / size)}${unit}${next && rest > 0 ? ` ${rest}${next[0]}` : ''}`
}

export const ago = (ms: number): string => (ms < 1_000 ? 'now' : `${duration(ms)} ago`)
