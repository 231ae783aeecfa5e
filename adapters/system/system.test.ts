import { afterEach, expect, it, vi } from 'vitest'
import { createSystemClock } from './clock.ts'
import { createSystemHost } from './host.ts'
import { createSystemRandom } from './random.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('never goes back when the host clock is set back an hour, and follows it forward', () => {
  vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'performance'] })
  const clock = createSystemClock()
  const before = clock.now()
  vi.setSystemTime(before - 3_600_000)
  expect(clock.now()).toBeGreaterThanOrEqual(before)
  vi.setSystemTime(before + 3_600_000)
  expect(clock.now()).toBe(before + 3_600_000)
})

it('fires a timer that is longer than Node can keep only after its whole time', () => {
  vi.useFakeTimers({ now: 0 })
  const run = vi.fn()
  const days = 86_400_000
  createSystemClock().timer(60 * days, run)
  vi.advanceTimersByTime(59 * days)
  expect(run).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1 * days)
  expect(run).toHaveBeenCalledOnce()
})

it('a cancelled timer stays silent, also in its second leg', () => {
  vi.useFakeTimers({ now: 0 })
  const run = vi.fn()
  const cancel = createSystemClock().timer(40 * 86_400_000, run)
  vi.advanceTimersByTime(30 * 86_400_000)
  cancel()
  cancel()
  vi.advanceTimersByTime(30 * 86_400_000)
  expect(run).not.toHaveBeenCalled()
})

it('gives ids that are UUIDv7, unique, and in order of creation', () => {
  const random = createSystemRandom()
  const ids = Array.from({ length: 20_000 }, () => random.id())
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
})

it('a path that leads nowhere has no real path', () => {
  const host = createSystemHost()
  expect(host.realPath('/nowhere/at/all')).toBeNull()
  expect(host.realPath('/proc/self')).toMatch(/^\/proc\/\d+$/)
})
