import type { TaskClass } from '../domain/task-class.ts'
import type { TaskRow } from '../ports/journal.ts'
import { chooseNext, type AdmissionView } from './admission.ts'
import type { RunnerStatus } from './api.ts'
import type { EngineContext } from './engine-context.ts'
import { createWaitingLine, type ArrayLimit, type Waiter } from './waiting-line.ts'

/** The one queue, and the places that tasks hold. The choice itself is `chooseNext`. */
export interface Placement {
  /** Puts a task into the line. */
  enqueue(waiter: Waiter): void
  leave(taskId: string): void
  /** Takes a place for a task that already has one by the journal: after a restart. */
  occupy(row: TaskRow): void
  /** Gives a place back. Idempotent. */
  free(taskId: string): void
  /** The settings have changed: what they admit now goes at once; what holds a place beyond them keeps it. */
  reconsider(): void
  /** Admission goes on, or holds. */
  open(): void
  hold(): void
  waiting(): number
  /** Ids that hold a place. */
  placed(): ReadonlySet<string>
  /** Places that are counted against the limit of each array. */
  arrayPlaces(): ReadonlyMap<string, number>
  usage(): RunnerStatus['places']
  /** Why a task that waits has no place yet, for people. Null when it does not wait. */
  explain(taskId: string): string | null
  close(): void
}

interface Place {
  readonly class: TaskClass
  readonly cpuMillicores: number
  readonly memoryBytes: number
  readonly array: ArrayLimit | null
}

/** A task as it waits for its next attempt. */
export const waiterOf = (row: TaskRow, arrival: number, dueAt: number): Waiter => {
  const { id, class: taskClass, priority, cpuMillicores, memoryBytes, attempt } = row
  return { id, class: taskClass, priority, cpuMillicores, memoryBytes, arrival, attempt: attempt + 1, dueAt, array: limitOf(row) }
}

/** Null: no array limits the task. */
const limitOf = ({ array }: Pick<TaskRow, 'array'>): ArrayLimit | null =>
  array === null || array.concurrency === null ? null : { id: array.id, concurrency: array.concurrency }

export interface PlacementLinks {
  /** The task has its place: its next attempt may begin. `gone`: it does not want it any more. `later`: it cannot be looked up just now. */
  readonly admit: (waiter: Waiter) => 'begun' | 'gone' | 'later'
  /** It has waited too long. */
  readonly overdue: (waiter: Waiter) => void
  /** Nothing holds a place any more. */
  readonly emptied: () => void
}

/** Pause before a task that could not be looked up is tried again, in milliseconds. */
const laterMs = 1_000

const limitsOf = ({ classes }: EngineContext['settings']): Readonly<Partial<Record<TaskClass, number>>> =>
  Object.fromEntries(Object.entries(classes).map(([name, { concurrency }]) => [name, concurrency]))

export const createPlacement = ({ clock, host, settings }: EngineContext, links: PlacementLinks): Placement => {
  const line = createWaitingLine()
  const places = new Map<string, Place>()
  const used = new Map<TaskClass, number>()
  let [usedCpu, usedMemory] = [0, 0]
  let limits = limitsOf(settings)
  let [admitting, scheduled, closed] = [false, false, false]
  let alarm: { at: number; cancel: () => void } | null = null

  const view = (): AdmissionView => ({
    candidates: line.heads(),
    used: Object.fromEntries(used),
    limits,
    freeCpuMillicores: settings.native.oversubscribe ? Infinity : host.cpuMillicores - usedCpu,
    freeMemoryBytes: settings.native.oversubscribe ? Infinity : host.memoryBytes - usedMemory,
  })

  const take = (id: string, place: Place): void => {
    places.set(id, place)
    if (place.array) line.countPlace(place.array, 1)
    used.set(place.class, (used.get(place.class) ?? 0) + 1)
    usedCpu += place.cpuMillicores
    usedMemory += place.memoryBytes
  }

  const giveBack = (id: string): boolean => {
    const place = places.get(id)
    if (!place) return false
    places.delete(id)
    if (place.array) line.countPlace(place.array, -1)
    used.set(place.class, used.get(place.class)! - 1)
    usedCpu -= place.cpuMillicores
    usedMemory -= place.memoryBytes
    return true
  }

  const free = (id: string): void => {
    if (!giveBack(id)) return
    if (places.size === 0) links.emptied()
    schedule()
  }

  const admitAll = (): void => {
    scheduled = false
    while (admitting && !closed) {
      const choice = chooseNext(view())
      const hopeless = choice.admit === null && places.size === 0 ? choice.blocked : null // this host has become too small for it: preparing will say so
      const waiter = (choice.admit ?? hopeless) as Waiter | null
      if (waiter === null) return
      take(waiter.id, waiter) // first, so that no other of its array stands in line for nothing
      line.remove(waiter.id)
      const admitted = links.admit(waiter)
      if (admitted === 'begun') continue
      if (admitted === 'gone') {
        free(waiter.id)
        continue
      }
      giveBack(waiter.id)
      line.add(waiter)
      clock.timer(laterMs, schedule) // and not before: whoever frees a place asks at once
      return
    }
  }

  /** Once per turn, however many places came free in it. */
  const schedule = (): void => {
    if (scheduled || closed) return
    scheduled = true
    queueMicrotask(admitAll)
  }

  /** One timer for the whole line: the first that is due. A waiter that left early costs one early look. */
  const watchDeadlines = (): void => {
    const first = line.firstDue()
    if (first === null || closed || (alarm !== null && alarm.at <= first.dueAt)) return
    alarm?.cancel()
    const cancel = clock.timer(Math.max(0, first.dueAt - clock.now()), () => {
      alarm = null
      for (let due = line.firstDue(); due !== null && due.dueAt <= clock.now(); due = line.firstDue()) {
        line.remove(due.id)
        links.overdue(due)
      }
      watchDeadlines()
    })
    alarm = { at: first.dueAt, cancel }
  }

  return {
    enqueue(waiter) {
      line.add(waiter)
      watchDeadlines()
      schedule()
    },
    leave(id) {
      if (!line.has(id)) return
      line.remove(id)
      schedule() // it may have been the head that held up the others
    },
    occupy: ({ id, class: taskClass, cpuMillicores, memoryBytes, array }) =>
      take(id, { class: taskClass, cpuMillicores, memoryBytes, array: limitOf({ array }) }),
    free,
    reconsider() {
      limits = limitsOf(settings)
      schedule()
    },
    open() {
      admitting = true
      schedule()
    },
    hold: () => void (admitting = false),
    waiting: () => line.size(),
    placed: () => new Set(places.keys()),
    arrayPlaces: () => line.arrayPlaces(),
    usage: () =>
      Object.fromEntries(
        (Object.entries(limits) as [TaskClass, number][]).map(([name, total]) => [
          name,
          { used: used.get(name) ?? 0, total, waiting: line.sizeOf(name) },
        ]),
      ),
    explain(id) {
      if (!line.has(id)) return null
      const { tasks, fullArray } = line.ahead(id)
      if (!admitting) return `admission is on hold; ${tasks} of its ${fullArray ? 'array' : 'class'} would go before it`
      if (fullArray)
        return `its array ${fullArray.id} has the ${fullArray.concurrency} place${fullArray.concurrency === 1 ? '' : 's'} that it may have at once; ${tasks} of its tasks go before it`
      if (tasks > 0) return `${tasks} of its class go before it`
      const choice = chooseNext(view())
      if (choice.admit === null && choice.blocked !== null)
        return (choice.blocked as Waiter).id === id
          ? `it is first in line and waits for ${choice.lacks === 'cpu' ? 'CPU' : 'memory'} that running tasks hold`
          : `the first in line, ${(choice.blocked as Waiter).id}, waits for ${choice.lacks === 'cpu' ? 'CPU' : 'memory'}`
      return 'it is first in line and waits for a running task of its class to end'
    },
    close() {
      closed = true
      alarm?.cancel()
    },
  }
}
