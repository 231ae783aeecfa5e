import { chmodSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { probeNative, type Finding } from '../../adapters/native/index.ts'
import { groupsOf, hasBubblewrap, hasCgroups, isRoot } from './native-harness.ts'

const installation = `probe-${process.pid}`
let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'env-runner-probe-'))
  chmodSync(dataDir, 0o711)
})
afterEach(() => {
  rmSync(dataDir, { recursive: true })
  groupsOf(installation).forEach((path) => rmdirSync(path))
})

const statuses = (findings: readonly Finding[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ name, status }) => [name, status]))

it.runIf(hasBubblewrap && hasCgroups && isRoot)('finds everything in order, and leaves nothing', () => {
  const findings = probeNative({ dataDir, installation, sandbox: 'bubblewrap' })
  expect(statuses(findings)).toEqual({
    user: 'ok',
    'work directory': 'ok',
    bubblewrap: 'ok',
    'memory limit': 'ok',
    'process limit': 'ok',
    'cpu limit': 'ok',
  })
  expect(readdirSync(join(dataDir, 'work'))).toEqual([])
})

it('says what to install where bubblewrap is missing', () => {
  const missing = probeNative({ dataDir, installation, sandbox: 'bubblewrap', bubblewrap: '/nowhere/bwrap' }).find(
    ({ name }) => name === 'bubblewrap',
  )
  expect(missing).toMatchObject({ status: 'failed', message: '/nowhere/bwrap is not there' })
  expect(missing?.hint).toContain('apt-get install bubblewrap')
})

it('says why where bubblewrap does not work', () => {
  const broken = probeNative({ dataDir, installation, sandbox: 'bubblewrap', bubblewrap: '/bin/false' }).find(
    ({ name }) => name === 'bubblewrap',
  )
  expect(broken).toMatchObject({ status: 'failed', message: '/bin/false cannot isolate tasks here: it ended with 1' })
  expect(broken?.hint).toBeTruthy()
})

it.runIf(isRoot)('says which directories keep tasks out', () => {
  chmodSync(dataDir, 0o700)
  const reach = probeNative({ dataDir, installation, sandbox: 'none' }).find(({ name }) => name === 'work directory')
  expect(reach).toMatchObject({ status: 'failed' })
  expect(reach?.message).toContain(`tasks cannot work below ${dataDir}: `)
  expect(reach?.hint).toContain(`chmod o+x, from / to ${dataDir}`)
})

it('says what is missing without a sandbox and without control groups', () => {
  const findings = probeNative({ dataDir, installation, sandbox: 'none', cgroupRoot: null })
  expect(statuses(findings)).toMatchObject({
    bubblewrap: 'limited',
    'memory limit': 'limited',
    'process limit': 'limited',
    'cpu limit': 'limited',
  })
  for (const { status, hint } of findings) if (status !== 'ok') expect(hint).toBeTruthy()
})
