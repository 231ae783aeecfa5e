import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import { createWorld, isRoot, plan } from './native-harness.ts'
import { until } from '../support/processes.ts'

const key: AttemptKey = { taskId: 'full', attempt: 1 }
const { signal } = new AbortController()
let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'env-runner-full-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

/** A small file system of its own for the data directory, for as long as `during` takes. */
const onSmallDisk = async (during: (fill: () => void) => Promise<void>): Promise<void> => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0711', 'env-runner-test', dataDir])
  try {
    await during(() => expect(() => writeFileSync(join(dataDir, 'filler'), Buffer.alloc(128 * 1_024))).toThrow('ENOSPC'))
  } finally {
    execFileSync('umount', [dataDir])
  }
}

it.runIf(isRoot)('is not launched on a full disk, and can be launched when there is room again', async () => {
  const world = createWorld({ sandbox: 'none' })
  await onSmallDisk(async (fill) => {
    mkdirSync(join(dataDir, 'attempts'))
    const executor = world.open({ dataDir })
    fill()
    const request = world.request(key, plan(['true']))
    await expect(executor.launch(request, signal)).rejects.toMatchObject({ code: 'LAUNCH_FAILED' })
    expect(await executor.list(signal)).toEqual([])
    rmSync(join(dataDir, 'filler'))
    expect(await executor.launch(request, signal)).toEqual({ attached: false })
    expect(await executor.wait(key, signal)).toMatchObject({ code: 0 })
    await executor.remove(key, signal)
  })
  await world.close()
})

it.runIf(isRoot)('has its exit code recorded on a disk that filled up while it ran', async () => {
  const world = createWorld({ sandbox: 'none' })
  await onSmallDisk(async (fill) => {
    const executor = world.open({ dataDir })
    const request = world.request(key, plan(['sh', '-c', 'touch up; while [ ! -e go ]; do sleep 0.01; done; exit 7']))
    await executor.launch(request, signal)
    await until(() => existsSync(join(world.workDir(key), 'up')))
    fill()
    writeFileSync(join(world.workDir(key), 'go'), '')
    expect(await executor.wait(key, signal)).toMatchObject({ code: 7 })
    await executor.remove(key, signal)
  })
  await world.close()
})
