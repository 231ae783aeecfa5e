import type { Random } from '../../src/ports/random.ts'

/** Chance from a seed: the same seed, the same numbers. */
export interface SeededRandom extends Random {
  /** Evenly in [0, 1). */
  unit(): number
  /** A whole number in [from, to], both included. */
  int(from: number, to: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** A generator of its own, so that what one part draws does not move what another part draws. */
  split(name: string): SeededRandom
}

/** mulberry32: 32 bits of state, full period, good enough to shuffle events; not for secrets. Source: T. Ettinger, public domain. */
export const createSeededRandom = (seed: number): SeededRandom => {
  let state = seed >>> 0
  let ids = 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1))
  return {
    unit,
    int,
    chance: (probability) => unit() < probability,
    pick: (items) => items[int(0, items.length - 1)]!,
    split: (name) =>
      createSeededRandom(
        [...name].reduce((mixed, letter) => Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193), (seed ^ 0x811c9dc5) >>> 0),
      ),
    id: () => `sim-${seed.toString(36)}-${(ids++).toString(36).padStart(6, '0')}`,
  }
}
