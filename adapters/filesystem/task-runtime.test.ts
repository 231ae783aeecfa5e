import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installTaskRuntime } from './task-runtime.ts'

let dataDir = ''
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'env-runner-runtime-'))))
afterEach(() => rmSync(dataDir, { recursive: true }))

it('puts the Python package where every user can read it, once', async () => {
  chmodSync(dataDir, 0o711)
  const umask = process.umask(0o077)
  try {
    const installed = await installTaskRuntime(dataDir)
    expect(existsSync(join(installed!, 'env_runner', '__init__.py'))).toBe(true)
    for (const path of ['runtime', '.']) expect(statSync(join(dataDir, path)).mode & 0o001).toBe(0o001)
    expect(statSync(join(installed!, 'env_runner')).mode & 0o777).toBe(0o755)
    expect(statSync(join(installed!, 'env_runner', '__init__.py')).mode & 0o777).toBe(0o644)
    expect(await installTaskRuntime(dataDir)).toBe(installed)
    expect(readdirSync(join(dataDir, 'runtime'))).toHaveLength(1)
  } finally {
    process.umask(umask)
  }
})
