import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { simulatedSettings } from '../testing/simulated-settings.ts'
import type { RunnerSettings } from './settings.ts'

const withPlaces = (concurrency: number): RunnerSettings => ({
  ...simulatedSettings,
  classes: { cpu_short: { timeoutMs: 60_000, concurrency, queueTimeoutMs: 600_000 } },
})

/** A runner with so many places, and as many tasks as ids, each of a second. */
const running = async (concurrency: number, ids: readonly string[]) => {
  const { boot, during, until, pass, host } = createSimulatedRunner({ settings: withPlaces(concurrency) })
  const { runner, engine } = await boot()
  for (const id of ids) await during(runner.submit(submissionOf(id, { runMs: 1_000 })))
  const statusOf = (id: string) => runner.task(id).status().status
  return { runner, engine, during, until, pass, host, statusOf, placed: () => engine.inspect().placed.size }
}

describe('settings that change while the runner runs', () => {
  it('admit who waits as soon as there are more places', async () => {
    const { engine, until, placed, runner } = await running(1, ['a', 'b', 'c'])
    await until(() => placed() === 1)
    engine.reconfigure(withPlaces(3))
    await until(() => placed() === 3)
    expect(runner.status().places).toEqual({ cpu_short: { used: 3, total: 3, waiting: 0 } })
  })
  it('leave those their places who are above a lower number, and admit nobody until it is reached', async () => {
    const { engine, until, placed, during, runner, statusOf } = await running(2, ['a', 'b', 'c'])
    await until(() => placed() === 2)
    engine.reconfigure(withPlaces(1))
    expect(placed()).toBe(2)
    await during(Promise.all([runner.task('a').result(), runner.task('b').result()]))
    await during(runner.task('c').result())
    const [c, ...before] = ['c', 'a', 'b'].map((id) => runner.task(id).status())
    expect(c!.startedAt!).toBeGreaterThanOrEqual(Math.max(...before.map(({ completedAt }) => completedAt!)))
    expect(statusOf('c')).toBe('completed')
  })
  it('judge the next submission by the new policy, and the next attempt too', async () => {
    const { engine, during, runner, until, placed } = await running(1, ['a'])
    const networked = (id: string) => submissionOf(id, { runMs: 1 }, {}, { network: 'host' })
    const refused = await during(runner.submit(networked('n')).catch((cause: unknown) => cause))
    expect(refused).toMatchObject({ code: 'POLICY_NETWORK' })
    const policy = { ...simulatedSettings.policy, allowedNetworks: ['host'] }
    engine.reconfigure({ ...withPlaces(1), policy })
    await until(() => placed() === 1)
    await during(runner.submit(networked('n')))
    engine.reconfigure(withPlaces(1))
    expect(await during(runner.task('n').result())).toMatchObject({ status: 'failed', failure: { code: 'POLICY_NETWORK' } })
  })
  it('give tasks that come now the new number of attempts, and leave those that are here theirs', async () => {
    const { boot, during } = createSimulatedRunner({ settings: { ...withPlaces(1), retry: { ...simulatedSettings.retry, attempts: 1 } } })
    const { runner, engine } = await boot()
    await during(runner.pause())
    const failing = (id: string) => submissionOf(id, { runMs: 1, launchFailures: 1 })
    await during(runner.submit(failing('before')))
    engine.reconfigure({ ...withPlaces(1), retry: { ...simulatedSettings.retry, attempts: 2 } })
    await during(runner.submit(failing('after')))
    await during(runner.resume())
    const [before, after] = await during(Promise.all(['before', 'after'].map((id) => runner.task(id).result())))
    expect([before!.status, before!.attempts]).toEqual(['failed', 1])
    expect([after!.status, after!.attempts]).toEqual(['completed', 2])
  })
  it('leave a command that runs the time with which it began', async () => {
    const { engine, during, runner, until, placed, statusOf } = await running(1, ['a'])
    await until(() => placed() === 1 && statusOf('a') === 'running')
    engine.reconfigure({ ...simulatedSettings, classes: { cpu_short: { timeoutMs: 10, concurrency: 1, queueTimeoutMs: 600_000 } } })
    expect(await during(runner.task('a').result())).toMatchObject({ status: 'completed' })
    await during(runner.submit(submissionOf('b', { runMs: 1_000 })))
    expect(await during(runner.task('b').result())).toMatchObject({ failure: { code: 'TIMEOUT_RUN' } })
  })
})
