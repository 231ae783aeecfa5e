import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Count } from './count.ts'

const root = join(import.meta.dirname, '../..')

export interface Check {
  readonly name: string
  /** A program of this repository and its arguments. */
  readonly run: readonly [program: string, ...args: string[]]
  /** How to put right what it finds, or to see it again. */
  readonly again: string
}

const types: Check = { name: 'types', run: ['node_modules/typescript/bin/tsc', '-p', '.'], again: 'npm run typecheck' }
const layers: Check = {
  name: 'layers',
  run: ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', 'machines', 'src', 'adapters'],
  again: 'npm run layers',
}
const diagrams: Check = { name: 'diagrams', run: ['scripts/generate-diagrams.ts', '--check'], again: 'npm run diagrams' }
const protos: Check = { name: 'types of proto/', run: ['scripts/generate-grpc-types.ts', '--check'], again: 'npm run protos' }
const reference: Check = {
  name: 'configuration reference',
  run: ['scripts/generate-config-reference.ts', '--check'],
  again: 'npm run docs',
}
const lint: Check = { name: 'lint', run: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'], again: 'npm run lint' }
const format: Check = {
  name: 'format',
  run: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  again: 'npm run format',
}

/** Seconds; before every run of the tests. */
export const quickChecks: readonly Check[] = [types, layers, diagrams, protos, reference]
export const allChecks: readonly Check[] = [...quickChecks, lint, format]

/** Runs every check, also after one that failed; shows the output of those alone. */
export const runChecks = (checks: readonly Check[]): Count => {
  let failed = 0
  for (const { name, run, again } of checks) {
    const [program, ...args] = run
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, program), ...args], { cwd: root, encoding: 'utf8' })
    const ok = status === 0
    process.stdout.write(ok ? `✓ ${name}\n` : `✗ ${name} (${again})\n${stdout}${stderr}\n`)
    if (!ok) failed += 1
  }
  return { passed: checks.length - failed, failed }
}
