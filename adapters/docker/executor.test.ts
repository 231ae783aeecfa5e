import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../src/ports/logger.ts'
import { createManualClock } from '../../test/manual-clock.ts'
import { label } from './container-spec.ts'
import { EngineRefusal, type Ask, type Engine } from './engine.ts'
import { createDockerExecutor } from './executor.ts'

let dataDir: string
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'er-docker-'))))
afterEach(() => rmSync(dataDir, { recursive: true }))

const key = { taskId: 'a', attempt: 1 }
const { signal } = new AbortController()

/** An engine with one container, whose answer to a listing waits for `answer`. */
const engineWithOne = () => {
  const gate = Promise.withResolvers<undefined>()
  let isThere = true
  const gone = (): never => {
    throw new EngineRefusal(404, 'no such container')
  }
  const docker = {
    async listContainers() {
      const found = isThere ? [{ Id: 'c', Labels: { [label.installation]: 'ours', [label.task]: 'a', [label.attempt]: '1' } }] : []
      await gate.promise
      return found
    },
    getContainer: () => ({ remove: async () => void (isThere = false), inspect: async () => (isThere ? { Id: 'c' } : gone()) }),
  }
  const call = <T>(_: AbortSignal, use: Ask<T>): Promise<T> => use(docker as unknown as Engine['docker'], signal)
  const engine = { ask: call, insist: call, listens: async () => true, lost: () => {}, outages: () => [], close: () => {} }
  return { engine: engine as unknown as Engine, answer: () => gate.resolve(undefined) }
}

it('gives an attempt no new mark that is removed while the engine lists its containers', async () => {
  const { engine, answer } = engineWithOne()
  const executor = createDockerExecutor({
    engine,
    dataDir,
    installation: 'ours',
    clock: createManualClock().clock,
    images: { ensure: async () => ({ reference: '', id: '', digest: null }), release: () => {}, close: async () => {} },
    ownerOf: () => null,
    settings: { tmpBytes: 0, readOnlyRoot: true, user: 'tenant', logBytesMax: 1, runnerUid: 0 },
    logger: silentLogger,
    unavailableMs: 1_000,
  })
  const early = executor.list(signal)
  answer()
  expect(await early).toEqual([key]) // its mark had been lost

  const later = engineWithOne()
  Object.assign(engine, later.engine)
  const listed = executor.list(signal)
  await executor.remove(key, signal)
  later.answer()
  expect(await listed).toEqual([])
  expect(await executor.list(signal)).toEqual([])
  await executor.close()
})
