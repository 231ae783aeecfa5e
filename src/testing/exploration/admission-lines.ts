import type { TaskClass } from '../../domain/task-class.ts'
import { chooseNext } from '../../runner/admission.ts'
import { createWaitingLine, type ArrayLimit, type Waiter } from '../../runner/waiting-line.ts'

/** Who waits and what is taken, small enough that every case can be tried. */
interface Line {
  readonly waiters: readonly Waiter[]
  readonly used: Readonly<Partial<Record<TaskClass, number>>>
  readonly freeCpuMillicores: number
  readonly arrayPlaces: number
}

export interface AdmissionReport {
  readonly lines: number
  /** The first line in which somebody else was chosen than should be; null: in none. */
  readonly violation: string | null
}

const limits = { cpu_short: 1, cpu_long: 1 } as const
const array: ArrayLimit = { id: 'a', concurrency: 1 }
const [cpuLittle, cpuMuch] = [0, 2]

/** Every line of three tasks of two classes, with two priorities, little and much to ask for, of an array that may have one place or of none; each with every
 * combination of what is taken: the production line and `chooseNext` choose as the rule says. */
export const checkAdmission = (): AdmissionReport => {
  let lines = 0
  for (const line of everyLine()) {
    lines++
    const [chosen, wanted] = [chosenIn(line), wantedIn(line)]
    if (chosen === wanted) continue
    return { lines, violation: `of ${JSON.stringify(line)} admission chose ${chosen ?? 'nobody'} instead of ${wanted ?? 'nobody'}` }
  }
  return { lines, violation: null }
}

const chosenIn = ({ waiters, used, freeCpuMillicores, arrayPlaces }: Line): string | null => {
  const line = createWaitingLine()
  for (let place = 0; place < arrayPlaces; place++) line.countPlace(array, 1)
  for (const waiter of waiters) line.add(waiter)
  const { admit } = chooseNext({ candidates: line.heads(), used, limits, freeCpuMillicores, freeMemoryBytes: 0 })
  return (admit as Waiter | null)?.id ?? null
}

/** The rule, said again: of those whose class and array have a place left the one with the highest priority, and of these the one that came first; when it
 * asks for more than there is, nobody. */
const wantedIn = ({ waiters, used, freeCpuMillicores, arrayPlaces }: Line): string | null => {
  const [first] = waiters
    .filter((waiter) => (used[waiter.class] ?? 0) < (limits as Partial<Record<TaskClass, number>>)[waiter.class]!)
    .filter((waiter) => waiter.array === null || arrayPlaces < waiter.array.concurrency)
    .sort((a, b) => b.priority - a.priority || a.arrival - b.arrival)
  return first === undefined || first.cpuMillicores > freeCpuMillicores ? null : first.id
}

function* everyLine(): Generator<Line> {
  const kinds = [...everyKind()]
  for (const first of kinds)
    for (const second of kinds)
      for (const third of kinds)
        for (const arrayPlaces of [0, 1])
          for (const freeCpuMillicores of [1, cpuMuch])
            for (const cpuShort of [0, 1])
              for (const cpuLong of [0, 1]) {
                const waiters = [first, second, third].map((kind, place) => ({ ...kind, id: `t${place}`, arrival: 3 - place }))
                yield { waiters, used: { cpu_short: cpuShort, cpu_long: cpuLong }, freeCpuMillicores, arrayPlaces }
              }
}

function* everyKind(): Generator<Omit<Waiter, 'id' | 'arrival'>> {
  for (const taskClass of ['cpu_short', 'cpu_long'] as const)
    for (const priority of [0, 1])
      for (const cpuMillicores of [cpuLittle, cpuMuch])
        for (const own of taskClass === 'cpu_short' ? [null, array] : [null])
          yield { class: taskClass, priority, cpuMillicores, memoryBytes: 0, attempt: 1, dueAt: 0, array: own }
}
