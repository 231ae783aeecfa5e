import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

/** Stands for npm: notes its call, and leaves what npm leaves. */
const fakeNpm = `
const { appendFileSync, mkdirSync, copyFileSync, symlinkSync, rmSync } = require('node:fs')
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n')
console.log('npm talks')
if (process.env.FAKE_NPM_FAILS) { console.error('npm complains'); process.exit(3) }
mkdirSync('node_modules/node/bin', { recursive: true })
rmSync('node_modules/node/bin/node', { force: true })
if (!process.env.FAKE_NPM_RUNS_NO_SCRIPTS) symlinkSync(process.execPath, 'node_modules/node/bin/node')
copyFileSync('package-lock.json', 'node_modules/.package-lock.json')
`

let dir: string

const writeLock = (versions: Readonly<Record<string, { version: string; optional?: boolean }>>): Promise<void> =>
  writeFile(join(dir, 'package-lock.json'), JSON.stringify({ packages: { '': { version: '0.1.0' }, ...versions } }))

const start = (program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dir, 'scripts/bootstrap.mjs'), program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: join(dir, 'npm.js'), ...env },
  })
  return { status, stdout, stderr }
}
const npmCalls = async (): Promise<number> =>
  (await readFile(join(dir, 'npm-calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean).length

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'env-runner-bootstrap-'))
  await mkdir(join(dir, 'scripts'))
  await cp(join(import.meta.dirname, 'bootstrap.mjs'), join(dir, 'scripts/bootstrap.mjs'))
  await writeFile(join(dir, 'npm.js'), fakeNpm)
  await writeFile(join(dir, 'echo.mjs'), 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7')
  await writeLock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/elsewhere': { version: '1.0.0', optional: true } })
})
afterEach(() => rm(dir, { recursive: true }))

it('installs once, quietly, then passes arguments and exit code through', async () => {
  expect(start('echo.mjs', ['a b', '--c'])).toEqual({ status: 7, stdout: '["a b","--c"]\n', stderr: 'installing…\n' })
  expect(start('echo.mjs')).toEqual({ status: 7, stdout: '[]\n', stderr: '' })
  expect(await npmCalls()).toBe(1)
})

it('installs again when the lock file asks for another version, not when only an optional package is absent', async () => {
  start('echo.mjs')
  await writeLock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/elsewhere': { version: '2.0.0', optional: true } })
  start('echo.mjs')
  expect(await npmCalls()).toBe(1)
  await writeLock({ 'node_modules/a': { version: '1.0.1' } })
  start('echo.mjs')
  expect(await npmCalls()).toBe(2)
})

it('installs again after an installation that was interrupted', async () => {
  start('echo.mjs')
  await rm(join(dir, 'node_modules/.package-lock.json'))
  start('echo.mjs')
  expect(await npmCalls()).toBe(2)
})

it('shows what npm said when it fails, and runs nothing', () => {
  const { status, stdout, stderr } = start('echo.mjs', [], { FAKE_NPM_FAILS: '1' })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toBe('installing…\nnpm talks\nnpm complains\nnpm ci failed with exit code 3.\n')
})

it('uses the Node that started it, when that is new enough and npm ran no install scripts', () => {
  expect(start('echo.mjs', [], { FAKE_NPM_RUNS_NO_SCRIPTS: '1' }).status).toBe(7)
})

it('puts the Node it chose first on the PATH of what it runs', async () => {
  await writeFile(join(dir, 'path.mjs'), "console.log(process.env.PATH.split(':')[0])")
  expect(start('path.mjs').stdout).toBe(`${join(dir, 'node_modules/node/bin')}\n`)
})

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on and waits for the end', async (signal) => {
  start('echo.mjs')
  await writeFile(
    join(dir, 'wait.mjs'),
    `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')`,
  )
  const child = spawn(process.execPath, [join(dir, 'scripts/bootstrap.mjs'), 'wait.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([42, null])
})

it('ends as a shell would when its program is killed', async () => {
  start('echo.mjs')
  await writeFile(join(dir, 'die.mjs'), "process.kill(process.pid, 'SIGKILL')")
  expect(start('die.mjs').status).toBe(137)
})
