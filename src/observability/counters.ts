import type { Counters } from '../ports/counters.ts'

/** Counters in memory, for one process. */
export const createCounters = (): Counters => {
  const counts = new Map<string, Map<string, number>>()
  return {
    add(name, label) {
      let labels = counts.get(name)
      if (!labels) counts.set(name, (labels = new Map<string, number>()))
      labels.set(label, (labels.get(label) ?? 0) + 1)
    },
    read: () => Object.fromEntries([...counts].map(([name, labels]) => [name, Object.fromEntries(labels)])),
  }
}
