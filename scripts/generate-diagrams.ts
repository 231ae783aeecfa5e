// npm run diagrams [-- --check]: draws every machine of machines/*/*.machine.ts into diagrams/; with --check, says what is out of date and exits 1.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { instance } from '@viz-js/viz'
import { StateMachine, type AnyStateMachine } from 'xstate'
import { chartOf } from './diagrams/chart.ts'
import { meaningsOf } from './diagrams/meanings.ts'
import { mermaidOf } from './diagrams/mermaid.ts'
import { pageOf, type Drawn } from './diagrams/page.ts'
import { svgOf } from './diagrams/svg.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, 'diagrams')

const load = async (source: string): Promise<Drawn> => {
  const exports = Object.values((await import(join(root, source))) as Record<string, unknown>)
  const machine = exports.find((one): one is AnyStateMachine => one instanceof StateMachine)
  if (!machine) throw new Error(`${source} exports no machine`)
  const chart = chartOf(machine)
  return { chart, source, meanings: meaningsOf(source, readFileSync(join(root, source), 'utf8')), mermaid: mermaidOf(chart) }
}

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const machines = await Promise.all(globSync('machines/*/*.machine.ts', { cwd: root }).sort().map(load))
const viz = await instance()
const files = new Map([
  ...machines.flatMap(({ chart, mermaid }) => [[`${chart.id}.mmd`, mermaid] as const, [`${chart.id}.svg`, svgOf(viz, chart)] as const]),
  ['README.md', pageOf(machines)] as const,
])
const stale = [...files].filter(([name, text]) => readOrNull(join(target, name)) !== text)

if (process.argv.includes('--check')) {
  for (const [name] of stale) process.stderr.write(`diagrams/${name} is not what the machines say: run "npm run diagrams"\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  mkdirSync(target, { recursive: true })
  for (const [name, text] of stale) writeFileSync(join(target, name), text)
  process.stdout.write(`${String(files.size)} files in diagrams/, ${String(stale.length)} written\n`)
}
