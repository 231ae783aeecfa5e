/** Where a walk down a tree stands in a pattern: the parts that may match the next name, in ascending order. */
export type GlobState = readonly number[]

/** A pattern for relative paths, as shells have it: `*` is any text without `/`, `?` one character, `**` any directories, none included; everything else is
 * itself. A name that begins with a dot is matched only where the pattern has the dot. Linear in pattern and path, whatever is put into them. */
export interface Glob {
  /** The leading parts without `*` and `?`: the directory where a walk begins. */
  readonly base: readonly string[]
  /** Before any name below `base`. */
  readonly start: GlobState
  /** After one more name: whether the path so far matches, and how to go on below it (empty: nothing below can match). */
  step(state: GlobState, name: string): { readonly isMatch: boolean; readonly state: GlobState }
}

/** Whether a path is a pattern at all. */
export const isGlob = (path: string): boolean => /[*?]/.test(path)

/** @param parts the parts of a relative path, as between slashes; at least one of them is a pattern */
export const createGlob = (parts: readonly string[]): Glob => {
  const first = parts.findIndex(isGlob)
  const base = parts.slice(0, first)
  const rest = parts.slice(first)
  const pattern = rest.at(-1) === '**' ? [...rest, '*'] : rest
  const withSkips = (states: ReadonlySet<number>): GlobState => {
    const all = new Set(states)
    for (const index of all) if (pattern[index] === '**') all.add(index + 1) // a set hands out what is added while it is walked
    return [...all].sort((a, b) => a - b)
  }
  return {
    base,
    start: withSkips(new Set([0])),
    step(state, name) {
      const next = new Set<number>()
      for (const index of state) {
        const part = pattern[index]
        if (part === '**' ? !name.startsWith('.') : part !== undefined && matchesName(part, name))
          next.add(part === '**' ? index : index + 1)
      }
      const after = withSkips(next)
      return { isMatch: after.includes(pattern.length), state: after.filter((index) => index < pattern.length) }
    },
  }
}

/** Whether a whole path matches. */
export const matchesGlob = ({ base, start, step }: Glob, parts: readonly string[]): boolean => {
  if (parts.length <= base.length || base.some((part, index) => part !== parts[index])) return false
  let at: ReturnType<Glob['step']> = { isMatch: false, state: start }
  for (const name of parts.slice(base.length)) at = step(at.state, name)
  return at.isMatch
}

/** The two-pointer walk: on a mismatch the last `*` takes one character more, so that no pattern costs more than its length times the name's. */
const matchesName = (pattern: string, name: string): boolean => {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  let [at, star, starAt] = [0, -1, 0]
  for (let index = 0; index < name.length;) {
    if (pattern[at] === '*') {
      star = at++
      starAt = index
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[index])) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++starAt
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
