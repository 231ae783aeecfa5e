import type { TaskClass } from '../domain/task-class.ts'

/** The first in line of one class: what admission has to know about it. */
export interface Candidate {
  readonly class: TaskClass
  /** Higher goes first. */
  readonly priority: number
  /** Order of submission. */
  readonly arrival: number
  /** Thousandths of a core; 0: asks for none. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
}

/** All that the choice depends on: a few numbers, whatever the length of the queue. */
export interface AdmissionView {
  /** At most one per class, the first in its line. */
  readonly candidates: readonly Candidate[]
  readonly used: Readonly<Partial<Record<TaskClass, number>>>
  readonly limits: Readonly<Partial<Record<TaskClass, number>>>
  /** What tasks that hold a place have not asked for. Infinity: nothing is counted. */
  readonly freeCpuMillicores: number
  readonly freeMemoryBytes: number
}

export type Admission =
  | { readonly admit: Candidate }
  /** Nobody goes. `blocked`: the first in line waits for CPU or memory, and everybody behind it waits too, so that a large task is not starved by small ones. */
  | { readonly admit: null; readonly blocked: Candidate | null; readonly lacks: 'cpu' | 'memory' | null }

/** Priority, then arrival, over the classes that have a place left. Pure: the exhaustive check and the engine run the same function. */
export const chooseNext = (view: AdmissionView): Admission => {
  let first: Candidate | null = null
  for (const candidate of view.candidates) {
    if ((view.used[candidate.class] ?? 0) >= (view.limits[candidate.class] ?? 0)) continue
    if (first === null || goesBefore(candidate, first)) first = candidate
  }
  if (first === null) return { admit: null, blocked: null, lacks: null }
  if (first.cpuMillicores > view.freeCpuMillicores) return { admit: null, blocked: first, lacks: 'cpu' }
  if (first.memoryBytes > view.freeMemoryBytes) return { admit: null, blocked: first, lacks: 'memory' }
  return { admit: first }
}

export const goesBefore = (a: Pick<Candidate, 'priority' | 'arrival'>, b: Pick<Candidate, 'priority' | 'arrival'>): boolean =>
  a.priority !== b.priority ? a.priority > b.priority : a.arrival < b.arrival
