import { describe, expect, it } from 'vitest'
import { RunnerError } from '../domain/errors.ts'
import { createCounters } from '../observability/counters.ts'
import { silentLogger } from '../ports/logger.ts'
import { createManualClock } from '../../test/manual-clock.ts'
import type { EngineContext } from './engine-context.ts'
import { createJanitor } from './janitor.ts'

const key = { taskId: 'a', attempt: 1 }
const { signal } = new AbortController()
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** An outside in which the first removals fail. */
const create = (failures: { executor?: number; workspace?: number } = {}) => {
  const { clock, pass, timers } = createManualClock()
  const counters = createCounters()
  const calls: string[] = []
  let gate: Promise<unknown> = Promise.resolve()
  const left = { executor: 0, workspace: 0, ...failures }
  const remove = (name: 'executor' | 'workspace') => async (): Promise<void> => {
    calls.push(name)
    await gate
    if (left[name]-- > 0) throw new RunnerError('WORK_DIR_UNUSABLE', `${name} is busy`)
  }
  const context = {
    clock,
    counters,
    logger: silentLogger,
    executor: { remove: remove('executor') },
    workspace: { remove: remove('workspace') },
  }
  return {
    janitor: createJanitor(context as unknown as EngineContext),
    calls,
    timers,
    kept: () => counters.read()['leftovers_kept'] ?? {},
    hold: (until: Promise<unknown>) => (gate = until),
    pass: async (ms: number) => {
      pass(ms)
      await turn()
    },
  }
}

describe('the janitor', () => {
  it('ends what runs first, then removes its directory', async () => {
    const { janitor, calls } = create()
    await janitor.remove(key, signal)
    expect(calls).toEqual(['executor', 'workspace'])
  })

  it('goes on in the background after a failure, so that nobody waits for it', async () => {
    const { janitor, calls, pass, kept } = create({ executor: 2, workspace: 1 })
    await janitor.remove(key, signal)
    expect(calls).toEqual(['executor'])
    await pass(499)
    expect(calls).toHaveLength(1)
    await pass(1)
    await pass(1_000)
    await pass(2_000)
    expect(calls).toEqual(['executor', 'executor', 'executor', 'workspace', 'executor', 'workspace'])
    expect(kept()).toEqual({ WORK_DIR_UNUSABLE: 3 })
    await pass(600_000)
    expect(calls).toHaveLength(6)
  })

  it('becomes patient, and never gives up', async () => {
    const { janitor, calls, pass } = create({ executor: 1_000 })
    await janitor.remove(key, signal)
    for (let minutes = 0; minutes < 60; minutes++) await pass(60_000)
    expect(calls.length).toBeGreaterThanOrEqual(58)
    expect(calls.length).toBeLessThan(80)
  })

  it('never has two removals of one attempt under way', async () => {
    const { janitor, calls, pass, hold } = create({ executor: 1 })
    await janitor.remove(key, signal)
    const held = Promise.withResolvers<null>()
    void hold(held.promise)
    await pass(500)
    expect(calls).toHaveLength(2) // the second try, which the outside does not answer
    await janitor.remove(key, signal)
    expect(calls).toHaveLength(2)
    held.resolve(null)
    await turn()
    expect(calls).toEqual(['executor', 'executor', 'workspace'])
  })

  it('says nothing about a removal that was given up, and does not go on with it', async () => {
    const { janitor, kept, timers } = create({ executor: 1 })
    await janitor.remove(key, AbortSignal.abort())
    expect(kept()).toEqual({})
    expect(timers.size).toBe(0)
  })

  it('ends its chores when it is closed', async () => {
    const { janitor, calls, pass, timers } = create({ executor: 9 })
    await janitor.remove(key, signal)
    await janitor.close()
    expect(timers.size).toBe(0)
    await pass(600_000)
    expect(calls).toHaveLength(1)
  })
})
