import { createWorld, type World } from '../../adapters/simulated/world.ts'

/** Longer than anything in a test takes, in simulated milliseconds. */
const patienceMs = 86_400_000

/** A simulated world and the one who turns its wheel: for tests that wait for a promise instead of a moment. */
export const createDrivenWorld = (seed = 1): { readonly world: World; readonly during: <T>(promise: Promise<T>) => Promise<T> } => {
  const world = createWorld(seed)
  let waiting = 0
  let turning: Promise<void> | null = null

  const turn = async (): Promise<void> => {
    while (waiting > 0) await world.run(() => waiting === 0, patienceMs)
    turning = null
  }

  return {
    world,
    /** Lets simulated time pass until the promise has settled. Rejects when nothing more can happen. */
    during: async (promise) => {
      waiting++
      const settled = promise.finally(() => waiting--)
      settled.catch(() => {}) // it is the caller's, below
      turning ??= turn()
      return Promise.race([settled, turning.then(() => settled)])
    },
  }
}
