import type { Footprint } from './footprint.ts'

/** Something that must not grow with the number of tasks. */
export interface Limit {
  readonly name: string
  readonly of: (footprint: Footprint) => number
  readonly unit: 'bytes' | 'count'
  /** How much more the last quarter may have than the second. */
  readonly slack: (tasksBetween: number) => number
}

const MiB = 2 ** 20

/** Memory: what a garbage collector and an allocator leave undone, measured to ±0.7 MiB; 300 bytes that are kept for each task are found in a full soak.
 * Resident memory has SQLite's page caches in it, 48 MiB that fill as the journal grows (adapters/sqlite/connection.ts).
 * Handles, listeners, timers: those that work is always done with, such as a timer that looks after something every few seconds. */
export const limits: readonly Limit[] = [
  {
    name: 'memory (heap and buffers after gc)',
    of: ({ heapBytes }) => heapBytes,
    unit: 'bytes',
    slack: (tasks) => Math.max(2 * MiB, 128 * tasks),
  },
  { name: 'resident memory', of: ({ residentBytes }) => residentBytes, unit: 'bytes', slack: (tasks) => Math.max(48 * MiB, 1_024 * tasks) },
  { name: 'handles', of: ({ handles }) => handles, unit: 'count', slack: () => 2 },
  { name: 'listeners', of: ({ listeners }) => listeners, unit: 'count', slack: () => 4 },
  { name: 'timers', of: ({ timers }) => timers, unit: 'count', slack: () => 2 },
]

export interface Verdict {
  readonly name: string
  /** Medians of the second and of the last quarter; the first is left out, in which code is compiled and caches fill. */
  readonly second: number
  readonly last: number
  readonly most: number
  readonly isFlat: boolean
  /** The same for people. */
  readonly text: string
}

/** @param footprints one after each batch, of `batchTasks` tasks; at least four */
export const judge = (footprints: readonly Footprint[], batchTasks: number): Verdict[] => {
  const quarter = Math.floor(footprints.length / 4)
  if (quarter === 0) throw new RangeError(`${footprints.length} footprints have no quarters`)
  const [second, last] = [footprints.slice(quarter, 2 * quarter), footprints.slice(-quarter)]
  const tasksBetween = (footprints.length - 2 * quarter) * batchTasks
  return limits.map(({ name, of, unit, slack }) => {
    const [before, after] = [median(second.map(of)), median(last.map(of))]
    const most = before + slack(tasksBetween)
    const shown = (value: number): string => (unit === 'bytes' ? `${(value / MiB).toFixed(2)} MiB` : String(value))
    const isFlat = after <= most
    const text = `${isFlat ? '✓' : '✗'} ${name}: ${shown(before)}, ${tasksBetween} tasks later ${shown(after)} (at most ${shown(most)})`
    return { name, second: before, last: after, most, isFlat, text }
  })
}

const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!
