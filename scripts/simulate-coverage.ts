// npm run simulate:coverage: how much of the engine simulation alone reaches. What no seed reaches, no seed can find wrong.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { conclude } from './parts/count.ts'

const root = join(import.meta.dirname, '..')
const lineShareMin = 85
const seeds = ['--seed', '1', '--seeds', '150', '--tasks', '20']

/** Files of types alone: nothing of them is left to run. */
const isTypesAlone = (path: string): boolean => {
  const { outputText } = ts.transpileModule(readFileSync(join(root, path), 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.ESNext, removeComments: true },
  })
  return /^\s*(export \{\};?)?\s*$/.test(outputText)
}
const typesAlone = globSync('src/runner/**/*.ts', { cwd: root }).filter(isTypesAlone)

rmSync(join(root, 'coverage/simulate'), { recursive: true, force: true })
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/c8/bin/c8.js'),
    '--all',
    '--src=src/runner',
    '--include=src/runner/**/*.ts',
    ...['**/*.test.ts', ...typesAlone].map((path) => `--exclude=${path}`),
    '--reporter=text',
    '--reporter=lcovonly',
    '--reports-dir=coverage/simulate',
    '--temp-directory=coverage/simulate/raw',
    '--check-coverage',
    `--lines=${String(lineShareMin)}`,
    process.execPath,
    join(root, 'scripts/simulate.ts'),
    ...seeds,
  ],
  { cwd: root, stdio: 'inherit' },
)
process.stdout.write(
  `lines of src/runner under simulation: at least ${String(lineShareMin)} % ${status === 0 ? 'reached' : 'not reached, or a seed failed'}\n`,
)
conclude(status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
