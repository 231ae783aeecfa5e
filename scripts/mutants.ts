// npm run mutants: plants each bug of test/mutants/ in a copy of the tree, and asks whether explore or simulate finds it.
// usage: mutants.ts [NAME …]        default: all of them
import { spawn } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { conclude } from './parts/count.ts'
import { applyTo, parsePatch, type Patch } from './parts/patch.ts'

const root = join(import.meta.dirname, '..')
const foundShareMin = 0.95
/** Copies of the tree that are worked in at a time. */
const copies = 2
/** Of one check. The slowest takes a tenth of it on an idle core; a mutant that keeps it busy for longer is found by that. */
const limitMs = 180_000

/** The cheap one first; the first that finds something ends it. */
const checks: readonly (readonly [name: string, script: string, ...args: string[]])[] = [
  ['explore', 'scripts/explore.ts', '--quick'],
  ['simulate', 'scripts/simulate.ts', '--seed', '1', '--seeds', '80', '--tasks', '20'],
]

interface Mutant {
  readonly name: string
  readonly patch: Patch
}

/** `broken`: the tree with the bug in it does not even run, which shows nothing. */
interface Verdict {
  readonly by: string | null
  readonly broken: boolean
  readonly seconds: number
}

const makeCopy = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'env-runner-mutants-'))
  for (const part of ['machines', 'src', 'adapters', 'scripts', 'package.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  return dir
}

/** Runs one check to its end, or to the first thing that it finds. */
const ask = (dir: string, [, script, ...args]: (typeof checks)[number]): Promise<'found' | 'nothing' | 'broken'> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(dir, script), ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    const end = (answer: 'found' | 'nothing' | 'broken'): void => {
      clearTimeout(limit)
      child.kill('SIGKILL')
      resolve(answer)
    }
    const limit = setTimeout(() => end('found'), limitMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (/^seed \d+ violates:$|^ *violated: /m.test(output)) end('found')
    })
    child.on('error', () => end('broken'))
    child.on('close', (code) => end(code === 0 ? 'nothing' : 'broken'))
  })

const judge = async (dir: string): Promise<Verdict> => {
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1_000
  for (const check of checks) {
    const answer = await ask(dir, check)
    if (answer !== 'nothing') return { by: answer === 'found' ? check[0] : null, broken: answer === 'broken', seconds: seconds() }
  }
  return { by: null, broken: false, seconds: seconds() }
}

const judgeMutant = async (dir: string, { patch }: Mutant): Promise<Verdict> => {
  const paths = [...new Set(patch.changes.map(({ path }) => path))]
  const originals = paths.map((path) => [path, readFileSync(join(dir, path), 'utf8')] as const)
  for (const [path, content] of originals) writeFileSync(join(dir, path), applyTo(content, path, patch))
  try {
    return await judge(dir)
  } finally {
    for (const [path, content] of originals) writeFileSync(join(dir, path), content)
  }
}

const tell = (name: string, says: string, { by, broken, seconds }: Verdict): void => {
  const verdict = by ?? (broken ? 'BROKEN' : 'SURVIVED')
  process.stdout.write(`${name.padEnd(32)} ${verdict.padEnd(9)} ${seconds.toFixed(1).padStart(6)} s  ${says}\n`)
}

const mutants: readonly Mutant[] = globSync('test/mutants/*.patch', { cwd: root })
  .sort()
  .map((path) => ({ name: basename(path, '.patch'), patch: parsePatch(readFileSync(join(root, path), 'utf8')) }))
  .filter(({ name }) => process.argv.length === 2 || process.argv.slice(2).includes(name))

const dirs = Array.from({ length: copies }, makeCopy)
let [found, stale] = [0, 0]
try {
  const healthy = await judge(dirs[0]!)
  process.stdout.write(
    `without a bug: ${healthy.by ?? (healthy.broken ? 'broken' : 'nothing is found')}, ${healthy.seconds.toFixed(1)} s\n`,
  )
  if (healthy.by === null && !healthy.broken) {
    const left = [...mutants]
    const work = async (dir: string): Promise<void> => {
      for (let mutant = left.shift(); mutant; mutant = left.shift()) {
        try {
          const verdict = await judgeMutant(dir, mutant)
          if (verdict.by !== null) found++
          tell(mutant.name, mutant.patch.says, verdict)
        } catch (error) {
          stale++
          process.stdout.write(`${mutant.name}: the patch no longer applies: ${error instanceof Error ? error.message : String(error)}\n`)
        }
      }
    }
    await Promise.all(dirs.map(work))
  }
} finally {
  for (const dir of dirs) rmSync(dir, { recursive: true })
}

process.stdout.write(`mutants found ${found} of ${mutants.length}\n`)
const isEnough = mutants.length > 0 && stale === 0 && found >= foundShareMin * mutants.length
conclude({ passed: found, failed: isEnough ? 0 : Math.max(1, mutants.length - found) })
