/** Where keys stand in a TOML file: dotted path → line, counted from 1. Reads the usual spellings (`[table]`, `key =`, `a.b =`);
 * a key inside an inline table is found at the line of that table. Only for messages: the parser decides what the file means. */
export const tomlLines = (text: string): ((path: string) => number | undefined) => {
  const lines = new Map<string, number>()
  let table = ''
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?/.exec(line)
    const assignment = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(line)
    if (header) lines.set((table = normal(header[1]!)), index + 1)
    else if (assignment) {
      const path = table === '' ? normal(assignment[1]!) : `${table}.${normal(assignment[1]!)}`
      if (!lines.has(path)) lines.set(path, index + 1)
    }
  }
  return (path) => {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) if (lines.has(at)) return lines.get(at)
    return undefined
  }
}

const normal = (key: string): string => key.replace(/\s*\.\s*/g, '.').replace(/["']/g, '')
