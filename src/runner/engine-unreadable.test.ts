import { describe, expect, it } from 'vitest'
import { createDamage } from '../../test/support/damaged-records.ts'
import { codeOf } from '../../test/support/code-of.ts'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { RunnerError } from '../domain/errors.ts'
import { simulatedSettings } from '../testing/simulated-settings.ts'
import type { EngineContext } from './engine-context.ts'

/** A journal that cannot be read for some time, and counts how often somebody tries. */
const unreadable = () => {
  const state = { isSo: false, tries: 0 }
  const context = (own: EngineContext): EngineContext => ({
    ...own,
    journal: {
      ...own.journal,
      findTask(id) {
        if (!state.isSo) return own.journal.findTask(id)
        if (++state.tries > 1_000) state.isSo = false // a loop that never lets go must end for the test to fail
        throw new RunnerError('JOURNAL_UNAVAILABLE', 'the simulated disk cannot be read')
      },
    },
  })
  return { state, context }
}

describe('while the journal cannot be read', () => {
  it('a task that waits keeps its turn, is asked for now and then, and begins when it can be read again', async () => {
    const { state, context } = unreadable()
    const { boot, during, pass } = createSimulatedRunner({ context })
    const { runner, engine } = await boot()
    await during(runner.pause())
    const task = await during(runner.submit(submissionOf('a', { runMs: 10 })))
    state.isSo = true
    await during(runner.resume())
    await pass(10_000)
    expect(state.tries).toBeGreaterThan(2)
    expect(state.tries).toBeLessThan(100)
    expect(engine.inspect()).toMatchObject({ waiting: 1 })
    expect(engine.inspect().placed.size).toBe(0)
    state.isSo = false
    expect((await during(task.result())).status).toBe('completed')
  })

  it('a deadline of the line is looked at again, and not lost', async () => {
    const { state, context } = unreadable()
    const classes = { cpu_short: { timeoutMs: 2_000, concurrency: 1, queueTimeoutMs: 1_000 } }
    const { boot, during, pass } = createSimulatedRunner({ context, settings: { classes } })
    const { runner } = await boot()
    await during(runner.pause())
    const task = await during(runner.submit(submissionOf('a', { runMs: 10 })))
    state.isSo = true
    await pass(10_000)
    expect(state.tries).toBeGreaterThan(2)
    expect(state.tries).toBeLessThan(100)
    state.isSo = false
    expect((await during(task.result())).failure?.code).toBe('TIMEOUT_QUEUE')
  })

  it('questions are answered with a code, and nothing breaks', async () => {
    const { state, context } = unreadable()
    const { boot, during } = createSimulatedRunner({ context })
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 10 })))
    state.isSo = true
    expect(() => task.status()).toThrow(expect.objectContaining({ code: 'JOURNAL_UNAVAILABLE' }))
    expect(await codeOf(task.result())).toBe('JOURNAL_UNAVAILABLE')
    expect(await codeOf(task.cancel())).toBe('JOURNAL_UNAVAILABLE')
    expect(await during(codeOf(runner.submit(submissionOf('a', { runMs: 10 }))))).toBe('JOURNAL_UNAVAILABLE')
    state.isSo = false
    expect((await during(task.result())).status).toBe('completed')
  })
})

describe("the runner's own records", () => {
  it('do not keep it from starting when they cannot be understood: they are put aside, and a pause with them', async () => {
    const { damage, context } = createDamage()
    const { boot, during, host, world } = createSimulatedRunner({ settings: simulatedSettings, context })
    const first = await boot()
    await during(first.runner.submit(submissionOf('a', { runMs: 10 })))
    await during(first.runner.pause())
    world.crash()
    damage(
      host.disk.records.find(({ stream }) => stream === 'runner')!,
      { type: 'nonsense' },
    )
    const { runner } = await boot()
    expect(runner.status().state).toBe('accepting')
    expect(host.disk.quarantined.map(({ stream }) => stream)).toEqual(['runner'])
    expect((await during(runner.task('a').result())).status).toBe('completed')
    world.crash()
    expect((await boot()).runner.status().state).toBe('accepting')
    expect(host.disk.quarantined).toHaveLength(1)
  })
})
