import { describe, expect, it } from 'vitest'
import { calm, planTask, simulate, simulatedSettings } from '../../src/testing.ts'

/** Seeds that once found something, and a spread of others. A fresh one that fails: `npm run simulate -- --seed N --tasks 20`. */
const seeds = [22, 66, 118, 172, 232, 669_589_692, 669_590_051, 669_590_112, ...Array.from({ length: 60 }, (_, index) => 7_000 + index)]

describe('the engine on a simulated host', () => {
  it.each(seeds)('keeps every armed invariant with seed %i', async (seed) => {
    const { violations } = await simulate({ seed, tasks: { count: 20 } })
    expect(violations).toEqual([])
  })

  it.each([1_014, 1_043])('keeps every armed invariant with seed %i and sixty tasks', async (seed) => {
    const { violations } = await simulate({ seed, tasks: { count: 60 } })
    expect(violations).toEqual([])
  })

  it('gives the same history for the same seed, and another for another', async () => {
    const [first, again, other] = [
      await simulate({ seed: 11, tasks: { count: 30 } }),
      await simulate({ seed: 11, tasks: { count: 30 } }),
      await simulate({ seed: 12, tasks: { count: 30 } }),
    ]
    expect(again.digest).toBe(first.digest)
    expect(other.digest).not.toBe(first.digest)
  })

  it('meets faults: the seeds crash and fail, and still every task is there', async () => {
    const reports = await Promise.all([172, 232, 7_000, 7_001, 7_002].map((seed) => simulate({ seed, tasks: { count: 20 } })))
    expect(reports.reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(20)
    for (const { observation, tasks } of reports) expect(observation.tasks).toHaveLength(tasks)
    expect(reports.some(({ tasks }) => tasks > 20)).toBe(true) // arrays are among them
  })
})

describe('in calm weather', () => {
  const outcome = async (behaviour: Parameters<typeof planTask>[1], cancelAfter: number | null = null) => {
    const { violations, observation } = await simulate({
      seed: 1,
      tasks: [planTask('t', behaviour, 0, cancelAfter)],
      weather: calm,
      upheavals: false,
      settings: simulatedSettings,
    })
    expect(violations).toEqual([])
    const { row } = observation.tasks[0]!
    return {
      status: row.status,
      code: row.result!.failure?.code ?? null,
      exit: row.result!.exit?.code ?? null,
      attempts: row.attempt,
      runnerOutput: row.result!.collected?.summary.runnerOutput,
    }
  }

  it('completes a command that ends with 0, with its result line', async () => {
    expect(await outcome({ print: 'hello\n__DSPY_RESULT__:{"a":1}\n' })).toEqual({
      status: 'completed',
      code: null,
      exit: 0,
      attempts: 1,
      runnerOutput: { a: 1 },
    })
  })
  it.each([
    ['an exit code', { exitCode: 3 }, 'EXIT_NONZERO', 1],
    ['a signal', { signal: 'SIGSEGV' }, 'KILLED_BY_SIGNAL', 1],
    ['memory', { oomKilled: true, exitCode: 0 }, 'OUT_OF_MEMORY', 1],
    ['a missing command', { missingCommand: true }, 'COMMAND_NOT_FOUND', 1],
    ['its run deadline', { runMs: 60_000 }, 'TIMEOUT_RUN', 1],
    ['a launch that never works, after every attempt', { launchFailures: 9 }, 'LAUNCH_FAILED', 3],
    ['an outcome that is lost every time', { vanishes: true }, 'TASK_LOST', 3],
  ] as const)('fails by %s with a code of its own', async (_, behaviour, code, attempts) => {
    expect(await outcome(behaviour)).toMatchObject({ status: 'failed', code, attempts })
  })
  it('tries a launch that failed once again, and completes', async () => {
    expect(await outcome({ launchFailures: 1 })).toMatchObject({ status: 'completed', attempts: 2 })
  })
  it('cancels a running command, with TERM or, when that is ignored, with KILL', async () => {
    expect(await outcome({ runMs: 1_900 }, 20)).toMatchObject({ status: 'cancelled', code: 'CANCELLED' })
    expect(await outcome({ runMs: 1_900, ignoreTerm: true }, 20)).toMatchObject({ status: 'cancelled', code: 'CANCELLED' })
  })
})
