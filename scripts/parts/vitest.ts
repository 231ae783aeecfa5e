import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countFileVariable } from './count-reporter.ts'
import type { Count } from './count.ts'

const root = join(import.meta.dirname, '../..')

/** Runs test projects (names in vitest.config.ts), shows their output, and returns their counts. A run that left no counts, or whose exit code contradicts them, is a failure. */
export const runVitest = (projects: readonly string[], args: readonly string[]): Count => {
  const dir = mkdtempSync(join(tmpdir(), 'env-runner-test-'))
  try {
    const file = join(dir, 'counts.json')
    const { status } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--passWithNoTests',
        '--reporter=default',
        `--reporter=${join(root, 'scripts/parts/count-reporter.ts')}`,
        ...projects.map((project) => `--project=${project}`),
        ...args,
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, [countFileVariable]: file } },
    )
    const count = JSON.parse(readFileSync(file, 'utf8')) as Count
    return status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count
  } catch (error) {
    process.stdout.write(`the tests left no counts: ${String(error)}\n`)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(dir, { recursive: true })
  }
}
