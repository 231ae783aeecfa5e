import { describe, expect, it } from 'vitest'
import { conformsToClock } from '../../test/conformance/clock.ts'
import { calm, createWorld } from './world.ts'

describe('the simulated clock', () => {
  conformsToClock(() => {
    const world = createWorld(1)
    const { clock } = world.begin()
    const pass = async (ms: number): Promise<void> => {
      let over = false
      world.schedule(ms, () => (over = true))
      await world.run(() => over, ms)
    }
    return { clock, pass }
  })
})

describe('a simulated world', () => {
  it('gives the same history for the same seed, and another for another', async () => {
    const historyOf = async (seed: number): Promise<string> => {
      const world = createWorld(seed)
      world.weather = { delayMsMax: 9, crash: 0.05, failBefore: 0.2, failAfter: 0.2, shortRead: 0 }
      let open = 40
      const { call } = world.begin()
      for (let index = 0; index < 40; index++) void call(`call ${index}`, () => index, () => new Error('no')).then(() => open--, () => open--) // prettier-ignore
      await world.run(() => open === 0 || world.faults.crashes > 0, 1_000)
      return world.digest()
    }
    expect(await historyOf(3)).toBe(await historyOf(3))
    expect(await historyOf(3)).not.toBe(await historyOf(4))
  })

  it('takes a process its timers and its answers when it crashes, and leaves the world its own events', async () => {
    const world = createWorld(1)
    const { clock, call, alive } = world.begin()
    const seen: string[] = []
    clock.timer(10, () => seen.push('timer of the process'))
    void call('call', () => seen.push('effect')).then(() => seen.push('answer'))
    world.schedule(10, () => seen.push('event of the world'))
    world.schedule(5, () => world.crash())
    world.weather = { ...calm, delayMsMax: 1 }
    await world.run(() => world.now() > 0 && seen.includes('event of the world'), 1_000)
    expect(seen).not.toContain('timer of the process')
    expect(alive()).toBe(false)
  })

  it.each([
    ['before its effect', 0, []],
    ['after it, with the answer lost', 1, ['effect']],
  ])('crashes at a chosen point of a call: %s', async (_, point, expected) => {
    const world = createWorld(1)
    const seen: string[] = []
    world.crashAt = point
    void world.begin().call('call', () => seen.push('effect')).then(() => seen.push('answer')) // prettier-ignore
    await world.run(() => world.faults.crashes === 1, 1_000)
    expect(seen).toEqual(expected)
    expect(world.points()).toBe(point + 1)
  })

  it('fails calls without effect, and with their effect but another answer', async () => {
    const outcomes = async (weather: Partial<typeof calm>): Promise<readonly [string, number]> => {
      const world = createWorld(1)
      world.weather = { ...calm, ...weather }
      let [effects, answer] = [0, '']
      void world.begin().call('call', () => effects++, () => new Error('broken')).then(() => (answer = 'resolved'), (cause: unknown) => (answer = (cause as Error).message)) // prettier-ignore
      await world.run(() => answer !== '', 1_000)
      return [answer, effects]
    }
    expect(await outcomes({})).toEqual(['resolved', 1])
    expect(await outcomes({ failBefore: 1 })).toEqual(['broken', 0])
    expect(await outcomes({ failAfter: 1 })).toEqual(['broken', 1])
  })

  it('says so when it stands still or when the goal is not reached in time', async () => {
    const world = createWorld(1)
    await expect(world.run(() => false, 1_000)).rejects.toThrow('stands still')
    const again = (): void => void world.schedule(10, again)
    again()
    await expect(world.run(() => false, 1_000)).rejects.toThrow('not reached within 1000')
  })
})
