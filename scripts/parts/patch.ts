/** A unified diff with a sentence before it. */
export interface Patch {
  /** The first line. */
  readonly says: string
  readonly changes: readonly { readonly path: string; readonly from: string; readonly to: string }[]
}

/** One change for each hunk. The numbers of lines are not looked at: the lines of a hunk must stand in the file once. @throws Error when a line is not of a diff */
export const parsePatch = (text: string): Patch => {
  const lines = text.split('\n')
  const changes: { path: string; from: string; to: string }[] = []
  let path = ''
  for (const line of lines.slice(1)) {
    const change = changes.at(-1)
    if (line.startsWith('--- ') || line === '') continue
    if (line.startsWith('+++ b/')) path = line.slice('+++ b/'.length)
    else if (line.startsWith('@@')) changes.push({ path, from: '', to: '' })
    else if (change === undefined || !/^[ +-]/.test(line)) throw new Error(`"${line}" is no line of a diff`)
    else {
      if (line[0] !== '+') change.from += `${line.slice(1)}\n`
      if (line[0] !== '-') change.to += `${line.slice(1)}\n`
    }
  }
  return { says: lines[0]!, changes }
}

/** Applies what a patch says of one file. @throws Error when a hunk's lines stand there never, or more than once */
export const applyTo = (content: string, path: string, { changes }: Patch): string =>
  changes
    .filter((change) => change.path === path)
    .reduce((now, { from, to }) => {
      const found = now.split(from).length - 1
      if (from === '' || found !== 1) throw new Error(`a hunk fits ${path} in ${found} places instead of one`)
      return now.replace(from, () => to)
    }, content)
