import { expect, it } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'

/** A clock under test and a way to let its time pass. */
export interface ClockHarness {
  readonly clock: Clock
  pass(ms: number): Promise<void>
}

/** What every clock promises. Called by the test file of each adapter. */
export const conformsToClock = (create: () => ClockHarness): void => {
  it('calls once, not before the delay is over, and soon after', async () => {
    const { clock, pass } = create()
    const calls: number[] = []
    const from = clock.monotonic()
    clock.timer(50, () => calls.push(clock.monotonic() - from))
    await pass(49)
    expect(calls).toEqual([])
    await pass(2)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toBeGreaterThanOrEqual(50)
    await pass(200)
    expect(calls).toHaveLength(1)
  })

  it('never calls before the caller has gone on, however short the delay', async () => {
    const { clock, pass } = create()
    const order: string[] = []
    clock.timer(0, () => order.push('timer'))
    order.push('caller')
    await pass(5)
    expect(order).toEqual(['caller', 'timer'])
  })

  it('calls in the order of the delays', async () => {
    const { clock, pass } = create()
    const order: number[] = []
    for (const delayMs of [30, 10, 20]) clock.timer(delayMs, () => order.push(delayMs))
    await pass(50)
    expect(order).toEqual([10, 20, 30])
  })

  it('never calls what was cancelled, and takes a second cancellation', async () => {
    const { clock, pass } = create()
    let calls = 0
    const cancel = clock.timer(10, () => calls++)
    const other = clock.timer(10, () => calls++)
    cancel()
    cancel()
    await pass(20)
    expect(calls).toBe(1)
    other() // long over
  })

  it('takes delays that no timer of the platform can hold', async () => {
    const { clock, pass } = create()
    let calls = 0
    const cancel = clock.timer(2 ** 32, () => calls++)
    await pass(1_000)
    expect(calls).toBe(0)
    cancel()
  })

  it('moves both of its times by what has passed', async () => {
    const { clock, pass } = create()
    const [now, monotonic] = [clock.now(), clock.monotonic()]
    await pass(1_000)
    expect(clock.now() - now).toBeGreaterThanOrEqual(999)
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(999)
    expect(Number.isInteger(clock.now())).toBe(true)
  })
}
