// npm run pack:check: what a user gets. Packs the package, installs it in an empty directory, and uses it there: command line, imports, types.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conclude, sum } from './parts/count.ts'
import { checkThat, runIn } from './parts/steps.ts'

const root = join(import.meta.dirname, '..')
const consumer = join(root, 'test/package')
const dir = mkdtempSync(join(tmpdir(), 'env-runner-pack-'))
// A runner that is root drops to another user, who must be able to pass through to the work directory.
chmodSync(dir, 0o755)
process.env['ENV_RUNNER_LOGS_DIR'] = join(dir, 'logs')
const run = runIn(dir)

const pack = (): string => {
  const { stdout } = runIn(root)('npm', ['pack', '--json', '--pack-destination', dir])
  // `prepack` may print before npm does.
  const report = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as readonly { filename: string }[] | Record<string, { filename: string }>
  const [packed] = Object.values(report)
  if (!packed) throw new Error(`npm pack reported no file: ${stdout}`)
  return packed.filename
}

const install = (tarball: string): void => {
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', `./${tarball}`])
}

const copyConsumer = (name: string): void => writeFileSync(join(dir, name), readFileSync(join(consumer, name)))

// Without bubblewrap a runner refuses to start unless it is told to do without.
if (spawnSync('bwrap', ['--version']).error) process.env['ENV_RUNNER_NATIVE_SANDBOX'] = 'none'

/** Files of the repository that nobody who installs the package has a use for. */
const unwanted = /(^|\/)(test|bench|scripts|node_modules)\/|\.test\.|tsconfig/

const uses = {
  'the package holds the product alone': () => {
    const { stdout } = run('find', ['node_modules/env-runner', '-type', 'f', '-printf', '%P\\n'])
    const extra = stdout.split('\n').filter((path) => unwanted.test(path) || (path.endsWith('.ts') && !path.endsWith('.d.ts')))
    if (extra.length > 0) throw new Error(`unwanted files: ${extra.join(', ')}`)
  },
  'env-runner --help prints how to use it': () => {
    const { stdout } = run('npx', ['--no-install', 'env-runner', '--help'])
    if (!stdout.includes('Usage')) throw new Error(stdout)
  },
  'env-runner run -- true runs a task': () =>
    run('npx', ['--no-install', 'env-runner', 'run', '--data-dir', join(dir, 'data'), '--', 'true']),
  'every export is imported by JavaScript': () => {
    copyConsumer('imports.js')
    run('node', ['imports.js'])
  },
  'a TypeScript consumer type-checks against the declarations': () => {
    for (const name of ['consumer.ts', 'tsconfig.json']) copyConsumer(name)
    for (const types of ['@types/node', 'undici-types'])
      cpSync(join(root, 'node_modules', types), join(dir, 'node_modules', types), { recursive: true })
    run('node', [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'])
  },
  'and runs: tasks, machines and simulation': () => run('node', ['consumer.ts', join(dir, 'library-data')]),
}

try {
  const installed = checkThat({ 'the package is built and packed, and installs in an empty directory': () => install(pack()) })
  const used = installed.failed > 0 ? { passed: 0, failed: 0 } : checkThat(uses)
  conclude(sum([installed, used]))
} finally {
  rmSync(dir, { recursive: true, force: true })
}
