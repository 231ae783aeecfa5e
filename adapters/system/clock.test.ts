import { afterEach, beforeEach, describe, vi } from 'vitest'
import { conformsToClock } from '../../test/conformance/clock.ts'
import { createSystemClock } from './clock.ts'

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  conformsToClock(() => ({
    clock: createSystemClock(),
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
  }))
})
