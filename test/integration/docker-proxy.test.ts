import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import { hasDocker } from '../support/docker-images.ts'
import { createEngineProxy, type EngineProxy } from '../support/engine-proxy.ts'
import { createDockerWorld, type DockerWorld } from './docker-harness.ts'
import { dockerPlanOf } from '../support/plans.ts'

const { signal } = new AbortController()
const tasks = 50
const atOnce = 8

describe.runIf(hasDocker())('behind a proxy that brings trouble', () => {
  let world: DockerWorld
  let proxy: EngineProxy
  beforeEach(async () => {
    world = await createDockerWorld()
    proxy = await createEngineProxy()
  })
  afterEach(async () => {
    await world.close()
    await proxy.close()
  })

  /** Runs tasks, some at a time. */
  const each = async <T>(keys: readonly AttemptKey[], use: (key: AttemptKey, index: number) => Promise<T>): Promise<T[]> => {
    const results: T[] = []
    const left = [...keys.entries()]
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await use(next[1], next[0])
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return results
  }

  const keysOf = (count: number): AttemptKey[] => Array.from({ length: count }, (_, index) => ({ taskId: `task-${index}`, attempt: 1 }))

  /** Counts the containers that the engine makes for this test, by its own account. It remembers few events, so that they have to be heard as they come. */
  const countCreated = async () => {
    const filters = { type: ['container'], event: ['create'], label: [`env-runner.installation=${world.installation}`] }
    const events = await world.docker.getEvents({ filters: JSON.stringify(filters) })
    let text = ''
    events.on('data', (chunk: Buffer) => (text += chunk.toString()))
    return { count: () => text.split('\n').length - 1, stop: () => void (events as NodeJS.ReadableStream & { destroy(): void }).destroy() }
  }

  it('makes one container for each of 50 tasks, copies all that they print, and leaves none behind', { timeout: 240_000 }, async () => {
    Object.assign(proxy.faults, { dropCreateEvery: 3, neverAnswerWait: true, singleLogBytes: 300, cutLogsAfterBytes: 2_000, latencyMs: 2 })
    const executor = world.open({ engine: { host: proxy.host } })
    const created = await countCreated()
    const keys = keysOf(tasks)
    const exits = await each(keys, async (key, index) => {
      const command = [
        'sh',
        '-c',
        `printf s >>starts; seq ${index} ${index + 1_000}; printf "\\377\\000$1" >&2; exit ${index}`,
        'sh',
        `${index}`,
      ]
      await executor.launch(await world.request(key, dockerPlanOf(command)), signal)
      const exit = await executor.wait(key, signal)
      await executor.drainLogs(key, signal)
      return exit
    })
    expect(exits.map(({ code }) => code)).toEqual(keys.map((_, index) => index))
    const expected = (index: number): string => Array.from({ length: 1_001 }, (_, line) => `${index + line}\n`).join('')
    for (const [index, key] of keys.entries()) {
      expect(world.stdout(key)).toBe(expected(index))
      expect(world.stderr(key)).toBe(Buffer.from(`\xff\0${index}`, 'latin1').toString('utf8'))
    }
    expect([(await world.containers()).length, created.count()]).toEqual([tasks, tasks])
    created.stop()
    await each(keys, (key) => executor.remove(key, signal))
    expect(await world.containers()).toEqual([])
    for (const times of Object.values(proxy.happened)) expect(times).toBeGreaterThan(10)
  })

  it('goes on with tasks and their logs when the engine was away for a while', { timeout: 120_000 }, async () => {
    const executor = world.open({ engine: { host: proxy.host } })
    const keys = keysOf(3)
    await each(keys, async (key) => {
      const command = [
        'sh',
        '-c',
        'echo before; while [ ! -e go ]; do sleep 0.05; done; echo during; touch went; while [ ! -e end ]; do sleep 0.05; done; echo after',
      ]
      await executor.launch(await world.request(key, dockerPlanOf(command)), signal)
    })
    const ends = keys.map((key) => executor.wait(key, signal))
    await expect.poll(() => keys.map(world.stdout), { timeout: 20_000 }).toEqual(keys.map(() => 'before\n'))
    await proxy.away()
    for (const key of keys) writeFileSync(join(world.workDir(key), 'go'), '')
    await expect.poll(() => keys.every((key) => existsSync(join(world.workDir(key), 'went'))), { timeout: 20_000 }).toBe(true)
    expect(keys.map(world.stdout)).toEqual(keys.map(() => 'before\n'))
    await proxy.back()
    for (const key of keys) writeFileSync(join(world.workDir(key), 'end'), '')
    expect((await Promise.all(ends)).map(({ code }) => code)).toEqual([0, 0, 0])
    await each(keys, (key) => executor.drainLogs(key, signal))
    expect(keys.map(world.stdout)).toEqual(keys.map(() => 'before\nduring\nafter\n'))
    await each(keys, (key) => executor.remove(key, signal))
    expect(await world.containers()).toEqual([])
  })
})
