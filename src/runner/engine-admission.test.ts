import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf, type SimulatedRunner } from '../../test/support/simulated-runner.ts'
import { simulatedSettings } from '../testing/simulated-settings.ts'
import type { RunnerSettings } from './settings.ts'

const withClasses = (concurrency: number, queueTimeoutMs = 600_000): Partial<RunnerSettings> => ({
  classes: {
    cpu_short: { timeoutMs: 2_000, concurrency, queueTimeoutMs },
    cpu_long: { timeoutMs: 10_000, concurrency: 1, queueTimeoutMs },
  },
})

/** The order in which commands were started. */
const order = ({ host }: SimulatedRunner): string[] => [...host.machine.starts.keys()].map((name) => name.replace(/\.\d+$/, ''))

describe('admission', () => {
  it('goes by priority, then arrival', async () => {
    const simulated = createSimulatedRunner({ settings: withClasses(1) })
    const { boot, during } = simulated
    const { runner } = await boot()
    await during(runner.pause())
    const priorities = { low: -1, first: 0, second: 0, high: 5, third: 0 }
    const tasks = []
    for (const [id, priority] of Object.entries(priorities))
      tasks.push(await during(runner.submit(submissionOf(id, { runMs: 10 }, { priority }))))
    await during(runner.resume())
    await during(Promise.all(tasks.map((task) => task.result())))
    expect(order(simulated)).toEqual(['high', 'first', 'second', 'third', 'low'])
  })

  it('keeps the order of submission over a restart, and the place of a task that is tried again', async () => {
    const simulated = createSimulatedRunner({ settings: withClasses(1) })
    const { boot, during, world } = simulated
    const first = await boot()
    await during(first.runner.pause())
    for (const id of ['a', 'b', 'c'])
      await during(first.runner.submit(submissionOf(id, { runMs: 200, launchFailures: id === 'a' ? 1 : 0 })))
    world.crash()
    const { runner } = await boot()
    await during(runner.resume())
    await during(Promise.all(['a', 'b', 'c'].map((id) => runner.task(id).result())))
    expect(order(simulated)).toEqual(['b', 'a', 'c']) // a came before c, and its first launch failed while b waited
  })

  it('never lets a task overtake the first in line that waits for CPU or memory', async () => {
    const simulated = createSimulatedRunner({ settings: withClasses(10) })
    const { boot, during, until, pass } = simulated
    const { runner } = await boot()
    const cpu = (cpu_millicores: number) => ({ resources: { cpu_millicores } })
    const running = await during(runner.submit(submissionOf('running', { runMs: 1_000 }, {}, cpu(5_000))))
    await until(() => running.status().placed)
    const large = await during(runner.submit(submissionOf('large', { runMs: 10 }, {}, cpu(8_000))))
    const small = await during(runner.submit(submissionOf('small', { runMs: 10 }, {}, cpu(1))))
    await pass(100)
    expect([large.status().status, small.status().status]).toEqual(['pending', 'pending'])
    expect(runner.explain('large').at(-1)).toBe('it is first in line and waits for CPU that running tasks hold')
    expect(runner.explain('small').at(-1)).toBe('1 of its class go before it')
    await during(large.cancel()) // who holds up the others leaves the line
    expect((await during(small.result())).completedAt).toBeLessThan((await during(running.result())).completedAt)
  })

  it('never gives more CPU, memory or places than there are, whatever is asked for', async () => {
    const asked = fc.record({
      cpu_millicores: fc.integer({ min: 1, max: 8_000 }),
      mem_bytes: fc.integer({ min: 1, max: 2 ** 33 }),
      long: fc.boolean(),
      runMs: fc.integer({ min: 1, max: 300 }),
      priority: fc.integer({ min: -1, max: 1 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 5, maxLength: 15 }), async (list) => {
        const { boot, during, until, host } = createSimulatedRunner({ settings: withClasses(3) })
        const { runner, engine } = await boot()
        const submissions = list.map(({ cpu_millicores, mem_bytes, long, runMs, priority }, index) =>
          submissionOf(
            `t${index}`,
            { runMs },
            { priority, class: long ? 'cpu_long' : 'cpu_short' },
            { resources: { cpu_millicores, mem_bytes } },
          ),
        )
        await during(Promise.all(submissions.map((submission) => runner.submit(submission))))
        await until(() => {
          const placed = [...engine.inspect().placed].map((id) => list[Number(id.slice(1))]!)
          expect(placed.reduce((sum, { cpu_millicores }) => sum + cpu_millicores, 0)).toBeLessThanOrEqual(8_000)
          expect(placed.reduce((sum, { mem_bytes }) => sum + mem_bytes, 0)).toBeLessThanOrEqual(2 ** 33)
          expect(placed.filter(({ long }) => long).length).toBeLessThanOrEqual(1)
          expect(placed.filter(({ long }) => !long).length).toBeLessThanOrEqual(3)
          return [...host.disk.rows.values()].every(({ status }) => status === 'completed')
        })
        expect(host.disk.rows.size).toBe(list.length)
      }),
      { numRuns: 15 },
    )
  })

  it('gives more than the host has where that is allowed', async () => {
    const { boot, during, until } = createSimulatedRunner({
      settings: { ...withClasses(3), native: { ...simulatedSettings.native, oversubscribe: true } },
    })
    const { runner, engine } = await boot()
    const huge = { resources: { cpu_millicores: 20_000, mem_bytes: 2 ** 40 } }
    await during(Promise.all(['a', 'b'].map((id) => runner.submit(submissionOf(id, { runMs: 100 }, {}, huge)))))
    await until(() => engine.inspect().placed.size === 2)
  })

  it('refuses a task that this host can never run, instead of letting everybody wait behind it', async () => {
    const { boot, during } = createSimulatedRunner({ settings: withClasses(3) })
    const first = await boot({ native: { ...simulatedSettings.native, oversubscribe: true } })
    await during(first.runner.pause())
    await during(first.runner.submit(submissionOf('huge', { runMs: 10 }, { priority: 1 }, { resources: { cpu_millicores: 9_000 } })))
    await during(first.runner.submit(submissionOf('small', { runMs: 10 })))
    await during(first.runner.close('detach'))
    const { runner } = await boot() // the same journal, a host that is not oversubscribed
    await during(runner.resume())
    expect((await during(runner.task('huge').result())).failure?.code).toBe('RESOURCES_UNAVAILABLE')
    expect((await during(runner.task('small').result())).status).toBe('completed')
  })
})

describe('the deadline of the line', () => {
  it('ends a task that waited too long, also one that a restart found waiting, and counts from its submission', async () => {
    const { boot, during, pass, world } = createSimulatedRunner({ settings: withClasses(1, 5_000) })
    const first = await boot()
    await during(first.runner.pause())
    const from = world.now()
    await during(first.runner.submit(submissionOf('a', { runMs: 10 })))
    await pass(3_000)
    world.crash()
    const { runner } = await boot()
    const result = await during(runner.task('a').result())
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 0,
      failure: { code: 'TIMEOUT_QUEUE', message: 'it waited for a place longer than 5 s' },
    })
    expect(result.completedAt - from).toBeGreaterThanOrEqual(5_000)
    expect(result.completedAt - from).toBeLessThan(5_100)
    expect(runner.explain('a').at(-1)).toBe('TIMEOUT_QUEUE: it waited for a place longer than 5 s')
  })

  it('is the whole task’s own when that comes first', async () => {
    const { boot, during } = createSimulatedRunner({
      settings: { ...withClasses(1), timeouts: { ...simulatedSettings.timeouts, totalMs: 2_000 } },
    })
    const { runner } = await boot()
    await during(runner.pause())
    const task = await during(runner.submit(submissionOf('a', { runMs: 10 })))
    expect((await during(task.result())).failure).toMatchObject({ code: 'TIMEOUT_TOTAL', message: 'the whole task took longer than 2 s' })
  })

  it('counts anew for a task that waits to be tried again', async () => {
    const { boot, during, until } = createSimulatedRunner({ settings: withClasses(1, 1_500) })
    const { runner } = await boot()
    const [task, other] = await during(
      Promise.all([runner.submit(submissionOf('a', { launchFailures: 1, runMs: 10 })), runner.submit(submissionOf('b', { runMs: 1_400 }))]),
    )
    await until(() => task!.status().status === 'retrying' && other!.status().placed)
    await during(runner.pause())
    expect((await during(task!.result())).failure).toMatchObject({
      code: 'TIMEOUT_QUEUE',
      message: 'it waited for a place longer than 1.5 s',
    })
    expect((await during(other!.result())).status).toBe('completed')
  })

  it('lets everybody go who is due at once', async () => {
    const { boot, during, host } = createSimulatedRunner({ settings: withClasses(1, 1_000) })
    const { runner } = await boot()
    await during(runner.pause())
    const tasks = await during(
      Promise.all(Array.from({ length: 50 }, (_, index) => runner.submit(submissionOf(`t${index}`, { runMs: 10 })))),
    )
    const results = await during(Promise.all(tasks.map((task) => task.result())))
    expect(new Set(results.map(({ failure }) => failure?.code))).toEqual(new Set(['TIMEOUT_QUEUE']))
    expect(host.machine.starts.size).toBe(0)
  })
})
