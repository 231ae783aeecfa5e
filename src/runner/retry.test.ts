import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from './retry.ts'
import type { RetrySettings } from './settings.ts'

const settings: RetrySettings = { attempts: 5, baseMs: 100, factor: 2, capMs: 1_000, jitter: 0 }
const keys = fc.record({ taskId: fc.string(), attempt: fc.integer({ min: 1, max: 100 }) }) // the most that can be configured

describe('the pause after a failed attempt', () => {
  it('grows by the factor up to the cap', () => {
    const pauses = [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs({ taskId: 'a', attempt }, settings))
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('is a whole number within its bounds, whatever the settings', () => {
    const any = fc.record<RetrySettings>({
      attempts: fc.constant(9),
      baseMs: fc.integer({ min: 0, max: 86_400_000 }),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      capMs: fc.integer({ min: 0, max: 86_400_000 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(keys, any, (key, some) => {
        const pause = backoffMs(key, some)
        const full = backoffMs(key, { ...some, jitter: 0 })
        expect(Number.isInteger(pause)).toBe(true)
        expect(pause).toBeGreaterThanOrEqual(Math.floor(full * (1 - some.jitter)))
        expect(pause).toBeLessThanOrEqual(full)
        expect(full).toBeLessThanOrEqual(some.capMs)
      }),
    )
  })

  it('is the same for the same attempt, after a restart too', () => {
    fc.assert(fc.property(keys, (key) => backoffMs(key, { ...settings, jitter: 1 }) === backoffMs({ ...key }, { ...settings, jitter: 1 })))
  })

  it('spreads tasks that failed together evenly over the share that is left to chance', () => {
    const pauses = Array.from({ length: 4_000 }, (_, index) =>
      backoffMs({ taskId: `task-${index}`, attempt: 1 }, { ...settings, jitter: 0.5 }),
    )
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50)
    const quarters = [50, 62.5, 75, 87.5].map((from) => pauses.filter((pause) => pause >= from && pause < from + 12.5).length)
    for (const count of quarters) expect(count).toBeGreaterThan(800)
  })
})
