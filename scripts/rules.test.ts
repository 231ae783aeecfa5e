import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** A copy of the project's rules around other files: what is planted is found by the configuration that everybody uses. */
const plant = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'env-runner-rules-'))
  for (const path of ['eslint.config.js', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json', 'scripts/eslint']) {
    await cp(join(root, path), join(dir, path), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  return dir
}

interface Found {
  readonly path: string
  readonly rule: string
}

const runTool = (dir: string, tool: string, args: readonly string[]): string => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: dir,
    encoding: 'utf8',
  })
  if (!stdout.startsWith('{') && !stdout.startsWith('[')) throw new Error(`${tool} ended with ${String(status)}: ${stderr}`)
  return stdout
}

const lint = (dir: string): Found[] => {
  const report = JSON.parse(runTool(dir, 'eslint/bin/eslint.js', ['--format', 'json', 'machines', 'src', 'adapters'])) as {
    filePath: string
    messages: { ruleId: string | null; message: string }[]
  }[]
  return report.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => ({ path: filePath.slice(dir.length + 1), rule: ruleId ?? message })),
  )
}

const cruise = (dir: string): Found[] => {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'machines', 'src', 'adapters']
  const report = JSON.parse(runTool(dir, 'dependency-cruiser/bin/dependency-cruise.mjs', args)) as {
    summary: { violations: { from: string; rule: { name: string } }[] }
  }
  return report.summary.violations.map(({ from, rule }) => ({ path: from, rule: rule.name }))
}

/** One file for each violation; every file has one, and is found by one rule. */
const lintViolations: readonly { readonly what: string; readonly rule: string; readonly text: string; readonly path?: string }[] = [
  { what: 'Date.now', rule: 'no-restricted-properties', text: 'export const f = (): number => Date.now()' },
  { what: 'new Date()', rule: 'no-restricted-syntax', text: 'export const f = (): Date => new Date()' },
  { what: 'Date()', rule: 'no-restricted-syntax', text: 'export const f = (): string => Date()' },
  { what: 'performance.now', rule: 'no-restricted-globals', text: 'export const f = (): number => performance.now()' },
  { what: 'setTimeout', rule: 'no-restricted-globals', text: 'export const f = (run: () => void): unknown => setTimeout(run, 1)' },
  { what: 'setInterval', rule: 'no-restricted-globals', text: 'export const f = (run: () => void): unknown => setInterval(run, 1)' },
  { what: 'setImmediate', rule: 'no-restricted-globals', text: 'export const f = (run: () => void): unknown => setImmediate(run)' },
  { what: 'a timer by way of globalThis', rule: 'no-restricted-globals', text: 'export const f = (): unknown => globalThis.setTimeout' },
  { what: 'AbortSignal.timeout', rule: 'no-restricted-properties', text: 'export const f = (): AbortSignal => AbortSignal.timeout(1)' },
  { what: 'Math.random', rule: 'no-restricted-properties', text: 'export const f = (): number => Math.random()' },
  { what: 'crypto.randomUUID', rule: 'no-restricted-properties', text: 'export const f = (): string => crypto.randomUUID()' },
  {
    what: 'randomUUID by import',
    rule: '@typescript-eslint/no-restricted-imports',
    text: "import { randomUUID } from 'node:crypto'\nexport const f = (): string => randomUUID()",
  },
  ...['fs', 'fs/promises', 'child_process', 'net', 'os', 'http', 'timers/promises', 'sqlite', 'worker_threads', 'process'].map((name) => ({
    what: `an import of ${name}`,
    rule: '@typescript-eslint/no-restricted-imports',
    text: `import * as outside from 'node:${name}'\nexport const f = (): unknown => outside`,
  })),
  {
    what: 'an import of fs without its prefix',
    rule: '@typescript-eslint/no-restricted-imports',
    text: "import * as outside from 'fs'\nexport const f = (): unknown => outside",
  },
  { what: 'a dynamic import of fs', rule: 'no-restricted-syntax', text: "export const f = (): Promise<unknown> => import('node:fs')" },
  { what: 'process.env', rule: 'no-restricted-globals', text: "export const f = (): string | undefined => process.env['A']" },
  { what: 'fetch', rule: 'no-restricted-globals', text: "export const f = (): Promise<unknown> => fetch('http://127.0.0.1')" },
  { what: 'console', rule: 'no-restricted-globals', text: 'export const f = (): void => console.log(1)' },
  { what: 'an effect in a machine', rule: 'no-restricted-properties', path: 'machines', text: 'export const f = (): number => Date.now()' },
  ...[
    'rx.interval(1)',
    'rx.timer(1)',
    'rx.timer(1, 2)',
    'rx.of(1).pipe(rx.debounceTime(1))',
    'rx.of(1).pipe(rx.throttleTime(1))',
    'rx.of(1).pipe(rx.auditTime(1))',
    'rx.of(1).pipe(rx.sampleTime(1))',
    'rx.of(1).pipe(rx.bufferTime(1, null, 10))',
    'rx.of(1).pipe(rx.delay(1))',
    'rx.of(1).pipe(rx.timeout(1))',
    'rx.of(1).pipe(rx.timeout({ each: 1 }))',
    'rx.of(1).pipe(rx.timestamp())',
    'rx.of(1).pipe(rx.retry({ delay: 1 }))',
    'rx.of(1).pipe(rx.repeat({ delay: 1 }))',
    'new rx.ReplaySubject(1, 1)',
    'rx.asyncScheduler',
  ].map((code) => ({
    what: code,
    rule: 'env-runner/rxjs-scheduler',
    text: `import * as rx from 'rxjs'\nexport const f = (): unknown => ${code}`,
  })),
  {
    what: 'a timer under another name',
    rule: 'env-runner/rxjs-scheduler',
    text: "import { interval as every } from 'rxjs'\nexport const f = (): unknown => every(1)",
  },
  ...[
    'rx.of(1).pipe(rx.shareReplay())',
    'rx.of(1).pipe(rx.shareReplay(1))',
    'rx.of(1).pipe(rx.mergeMap((n) => rx.of(n)))',
    'rx.of(rx.of(1)).pipe(rx.mergeAll())',
  ].map((code) => ({
    what: code,
    rule: 'env-runner/rxjs-bounded',
    path: 'src/streams',
    text: `import * as rx from 'rxjs'\nexport const f = (): unknown => ${code}`,
  })),
  {
    what: 'a floating promise',
    rule: '@typescript-eslint/no-floating-promises',
    text: 'export const f = (promise: Promise<void>): void => {\n  promise.finally(() => undefined)\n}',
  },
  { what: 'an explicit any', rule: '@typescript-eslint/no-explicit-any', text: 'export const f = (value: any): boolean => value === 1' },
  {
    what: 'a switch that forgets a case',
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    text: "export const f = (value: 'a' | 'b'): number => {\n  switch (value) {\n    case 'a':\n      return 1\n  }\n  return 2\n}",
  },
  {
    what: 'a type imported as a value',
    rule: '@typescript-eslint/consistent-type-imports',
    text: "import { type Observable } from 'rxjs'\nimport { Subject } from 'rxjs'\nexport type A = Observable<Subject<1>>",
  },
]

const allowed: Readonly<Record<string, string>> = {
  'src/runner/allowed.ts': `import { createHash } from 'node:crypto'
import type { Server } from 'node:net'
import * as rx from 'rxjs'
export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
export const day = (at: number): string => new Date(at).toISOString()
export const listens = (server: Server): boolean => server.listening
export const timed = (scheduler: rx.SchedulerLike): unknown => [
  rx.interval(1, scheduler),
  rx.timer(1, 2, scheduler),
  rx.of(1).pipe(rx.timeout({ each: 1, scheduler }), rx.bufferTime(1, null, 10, scheduler), rx.timestamp(scheduler)),
  rx.of(1).pipe(rx.retry({ delay: () => rx.timer(1, scheduler) }), rx.retry(3)),
  new rx.ReplaySubject(1),
]
const setTimeout = (delayMs: number): number => delayMs
export const own = (): number => setTimeout(1)
`,
  'src/streams/allowed.ts': `import * as rx from 'rxjs'
export const bounded = rx.of(1).pipe(rx.mergeMap((n) => rx.of(n), 4), rx.shareReplay({ bufferSize: 1, refCount: true }))
`,
  'adapters/system/allowed.ts':
    "import { readFileSync } from 'node:fs'\nexport const read = (): string => `${readFileSync('/proc/uptime', 'utf8')}${Date.now()}`\n",
}

describe('the linter', () => {
  const files = lintViolations.map(({ path = 'src/runner', text }, index) => ({ path: `${path}/planted-${index}.ts`, text: `${text}\n` }))
  let dir: string
  let found: Found[]

  beforeAll(async () => {
    dir = await plant({ ...Object.fromEntries(files.map(({ path, text }) => [path, text])), ...allowed })
    found = lint(dir)
  }, 120_000)
  afterAll(() => rm(dir, { recursive: true }))

  it.each(lintViolations.map(({ what, rule }, index) => ({ what, rule, path: files[index]!.path })))('refuses $what', ({ path, rule }) => {
    expect(new Set(found.filter((one) => one.path === path).map((one) => one.rule))).toEqual(new Set([rule]))
  })

  it('allows what computes, what is given its scheduler, types of builtin modules, and effects in adapters', () => {
    expect(found.filter(({ path }) => path in allowed)).toEqual([])
  })
})

/** Importing file, what it imports, and the rule that finds it. */
const importViolations: readonly (readonly [from: string, to: string, rule: string])[] = [
  ['machines/bad.ts', '../src/ports/target.ts', 'layer-machines'],
  ['machines/bad-package.ts', 'rxjs', 'layer-machines'],
  ['src/domain/bad.ts', '../ports/target.ts', 'layer-src-domain'],
  ['src/domain/bad-core.ts', 'node:util', 'layer-src-domain'],
  ['src/ports/bad.ts', '../runner/target.ts', 'layer-src-ports'],
  ['src/streams/bad.ts', '../runner/target.ts', 'layer-src-streams'],
  ['src/runner/bad.ts', '../servers/target.ts', 'layer-src-runner'],
  ['src/config/bad.ts', '../cli/target.ts', 'layer-src-config'],
  ['src/servers/bad.ts', '../cli/target.ts', 'layer-src-servers'],
  ['src/cli/bad.ts', '../../adapters/simulated/target.ts', 'layer-src-cli'],
  ['src/runner/bad-adapter.ts', '../../adapters/system/target.ts', 'only-roots-know-adapters'],
  ['adapters/native/bad.ts', '../../src/runner/target.ts', 'adapters-know-ports-alone'],
  ['adapters/native/bad-neighbour.ts', '../sqlite/target.ts', 'adapters-stand-alone'],
  ['src/runner/bad-test.ts', './some.test.ts', 'product-without-tests'],
  ['adapters/system/bad-package.ts', 'fast-check', 'product-without-dev-dependencies'],
  ['src/runner/bad-path.ts', './nowhere.ts', 'resolvable'],
]

describe('the layer check', () => {
  const targets = ['src/ports', 'src/runner', 'src/servers', 'src/cli', 'adapters/system', 'adapters/sqlite', 'adapters/simulated']
  let dir: string
  let found: Found[]

  beforeAll(async () => {
    dir = await plant({
      ...Object.fromEntries(targets.map((target) => [`${target}/target.ts`, 'export const target = 1\n'])),
      ...Object.fromEntries(importViolations.map(([from, to]) => [from, `import * as it from '${to}'\nexport const held = it\n`])),
      'src/runner/some.test.ts': 'export const test = 1\n',
      'src/runner/egg.ts': "import type { Hen } from './hen.ts'\nexport interface Egg { hen: Hen }\n",
      'src/runner/hen.ts': "import type { Egg } from './egg.ts'\nexport interface Hen { egg: Egg }\n",
      'adapters/sqlite/allowed.ts': "import { target } from '../system/target.ts'\nexport const held = target\n",
      'src/index.ts': "import { target } from '../adapters/sqlite/target.ts'\nexport const held = target\n",
    })
    found = cruise(dir)
  }, 60_000)
  afterAll(() => rm(dir, { recursive: true }))

  it.each(importViolations)('refuses %s → %s', (from, _to, rule) => {
    expect(found.filter(({ path }) => path === from).map((one) => one.rule)).toContain(rule)
  })

  it('refuses cycles, of types too', () => {
    expect(found).toContainEqual({ path: 'src/runner/egg.ts', rule: 'no-cycles' })
  })

  it('allows the shared clock to adapters, and adapters to the composition roots', () => {
    expect(found.filter(({ path }) => ['adapters/sqlite/allowed.ts', 'src/index.ts'].includes(path))).toEqual([])
  })
})
