import { readFileSync } from 'node:fs'

/** The version of the package, from its own package.json: two directories up from the sources, three from the compiled program. */
export const packageVersion = (): string => {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { name: string; version: string }
      if (name === 'env-runner') return version
    } catch {
      continue // not there: the other one is
    }
  }
  return 'unknown'
}
