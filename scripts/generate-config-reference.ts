/** Writes docs/configuration.md from the schema; with `--check` says whether it is up to date and exits 1 when it is not. */
import { readFileSync, writeFileSync } from 'node:fs'
import { configReference } from '../src/config/reference.ts'

const file = new URL('../docs/configuration.md', import.meta.url)
const reference = configReference()
if (!process.argv.includes('--check')) writeFileSync(file, reference)
else if (readFileSync(file, 'utf8') !== reference) {
  process.stderr.write('docs/configuration.md is out of date: run node scripts/generate-config-reference.ts\n')
  process.exitCode = 1
}
