import { expect, it } from 'vitest'
import { createSimulatedHost, createWorld, openSimulatedJournal, planTask, simulatedSettings } from '../testing.ts'
import { neverBefore } from './never-before.ts'
import { createTaskHandle } from './task-handle.ts'

it('stands still until the host’s clock is there again, while timers and the monotonic scale go on', () => {
  let [now, monotonic] = [1_000, 0]
  const delays: number[] = []
  const clock = neverBefore({ now: () => now, monotonic: () => monotonic, timer: (delayMs) => (delays.push(delayMs), () => {}) }, 3_600_000)
  expect(clock.now()).toBe(3_600_000)
  ;[now, monotonic] = [3_600_001, 5]
  expect([clock.now(), clock.monotonic()]).toEqual([3_600_001, 5])
  clock.timer(7, () => {})
  expect(delays).toEqual([7])
})

it('a runner whose host’s clock was set back an hour goes on in the journal’s time, and its tasks run their time', async () => {
  const world = createWorld(1)
  const host = createSimulatedHost(world)
  const complete = async (engine: ReturnType<typeof host.boot>, id: string): Promise<void> => {
    let ended = false
    void (async () => {
      await engine.start()
      await engine.submit(planTask(id, { runMs: 500 }, 0).submission)
      await createTaskHandle(engine, id, true).result()
      ended = true
    })()
    await world.run(() => ended, 60_000)
  }
  await complete(host.boot(simulatedSettings), 'before')
  world.crash()
  const real = world.begin()
  const incarnation = { ...real, clock: { ...real.clock, now: () => real.clock.now() - 3_600_000 } }
  await complete(host.boot(simulatedSettings, { incarnation, journal: openSimulatedJournal(host.disk, real) }), 'after')
  const times = host.disk.records.map(({ at }) => at)
  expect(times.toSorted((a, b) => a - b)).toEqual(times)
  const { result, failure } = host.disk.rows.get('after')!
  expect({ status: result?.status, failure, latencyMs: result?.latencyMs }).toMatchObject({
    status: 'completed',
    failure: null,
    latencyMs: 500,
  })
})
