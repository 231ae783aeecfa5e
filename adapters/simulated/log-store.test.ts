import { describe, expect, it } from 'vitest'
import { conformsToLogStore } from '../../test/conformance/log-store.ts'
import { createSimulatedLogStore } from './log-store.ts'

describe('the simulated log store', () => {
  conformsToLogStore(async () => {
    const store = createSimulatedLogStore()
    return {
      store,
      append: async (key, stream, bytes) => store.append(key, stream, bytes),
      truncate: async (key, stream, size) => store.truncate(key, stream, size),
      createEvents: async () => {},
      reopen: () => store,
      noticed: async (isSo) => expect(isSo()).toBe(true),
      destroy: async () => {},
    }
  })

  it('tells what takes space', async () => {
    const store = createSimulatedLogStore()
    const key = { taskId: 'a', attempt: 1 }
    store.append(key, 'stdout', '0123456789')
    await store.discard(key, 'stdout', 2, 6)
    expect(store.storedBytes(key, 'stdout')).toBe(6)
  })
})
