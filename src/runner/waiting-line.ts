import type { TaskClass } from '../domain/task-class.ts'
import { goesBefore, type Candidate } from './admission.ts'
import { Heap } from '../domain/heap.ts'

/** Of an array: how many of its tasks may hold a place at once. */
export interface ArrayLimit {
  readonly id: string
  readonly concurrency: number
}

/** A task that waits for a place. A million of these are kept in memory: nothing else of a pending task is. */
export interface Waiter extends Candidate {
  readonly id: string
  /** The attempt that admission would begin. */
  readonly attempt: number
  /** Clock: when it has waited too long. */
  readonly dueAt: number
  /** Null: no array limits it. */
  readonly array: ArrayLimit | null
}

/** Admission's queue: a line per class, by priority and arrival, and a line of deadlines. The tasks of an array that has a limit wait in a line of their own, and
 * the first of them stands in the class's line for all, as long as the array may have another place: however many they are, they hold up nobody. */
export interface WaitingLine {
  add(waiter: Waiter): void
  /** Idempotent. */
  remove(id: string): void
  /** A task of the array takes a place, or gives one back. */
  countPlace(array: ArrayLimit, by: 1 | -1): void
  /** Places that were counted for each array with a limit, where there are any. */
  arrayPlaces(): ReadonlyMap<string, number>
  has(id: string): boolean
  size(): number
  /** How many of a class wait. */
  sizeOf(taskClass: TaskClass): number
  /** First in line of each class that has one. */
  heads(): Waiter[]
  /** The waiter that is due first, or null. */
  firstDue(): Waiter | null
  /** What goes before a task. Walks the line: for people who ask, not for the engine. */
  ahead(id: string): Ahead
}

export interface Ahead {
  /** Tasks of the same class; of an array no more than it may still have places. When the task's own array is full, tasks of that array. */
  readonly tasks: number
  /** The task's own array, when it has every place that it may have. */
  readonly fullArray: ArrayLimit | null
}

/** An array's own line. */
interface ArrayLine {
  readonly limit: ArrayLimit
  readonly line: Heap<Waiter>
  waiting: number
  placed: number
  /** Who stands in the class's line for all of them. */
  standing: Waiter | null
}

/** Waiters that have left, which a heap keeps before it is cleared of them. */
const slackMax = 10_000

export const createWaitingLine = (): WaitingLine => {
  const waiters = new Map<string, Waiter>()
  const lines = new Map<TaskClass, Heap<Waiter>>()
  const sizes = new Map<TaskClass, number>()
  const arrays = new Map<string, ArrayLine>()
  const deadlines = new Heap<Waiter>((a, b) => a.dueAt < b.dueAt)

  const waits = (waiter: Waiter): boolean => waiters.get(waiter.id) === waiter
  const standsInLine = (waiter: Waiter): boolean =>
    waits(waiter) && (waiter.array === null || arrays.get(waiter.array.id)?.standing === waiter)

  /** Who left a line stays in its heap until it comes to the top. */
  const settle = (heap: Heap<Waiter>, isIn: (waiter: Waiter) => boolean): Waiter | undefined => {
    let top = heap.peek()
    while (top !== undefined && !isIn(top)) {
      heap.pop()
      top = heap.peek()
    }
    return top
  }

  /** Seldom enough to cost nothing by the piece: at least half of what it looks at goes. */
  const clear = (heap: Heap<Waiter>, size: number, isIn: (waiter: Waiter) => boolean): void => {
    if (heap.size <= 2 * size + slackMax) return
    const seen = new Set<Waiter>() // who left and came again is in it twice
    heap.retain((waiter) => isIn(waiter) && !seen.has(waiter) && seen.add(waiter) !== undefined)
  }

  const count = ({ class: taskClass }: Waiter, by: 1 | -1): void => void sizes.set(taskClass, (sizes.get(taskClass) ?? 0) + by)

  const stand = (waiter: Waiter): void => {
    let line = lines.get(waiter.class)
    if (!line) lines.set(waiter.class, (line = new Heap<Waiter>(goesBefore)))
    line.push(waiter)
    clear(line, waiters.size, standsInLine)
  }

  const arrayLine = (limit: ArrayLimit): ArrayLine => {
    let own = arrays.get(limit.id)
    if (!own) arrays.set(limit.id, (own = { limit, line: new Heap<Waiter>(goesBefore), waiting: 0, placed: 0, standing: null }))
    return own
  }

  /** Places that an array may still take. */
  const roomOf = ({ limit, placed }: ArrayLine): number => Math.max(0, limit.concurrency - placed)

  /** After any change of an array: the right one stands for it, or nobody. */
  const represent = (own: ArrayLine): void => {
    if (own.waiting === 0 && own.placed === 0) return void arrays.delete(own.limit.id)
    const first = roomOf(own) > 0 ? (settle(own.line, waits) ?? null) : null
    if (own.standing === first) return
    own.standing = first
    if (first) stand(first)
  }

  const leave = (waiter: Waiter): void => {
    waiters.delete(waiter.id)
    count(waiter, -1)
    clear(deadlines, waiters.size, waits)
    if (waiter.array === null) return clear(lines.get(waiter.class)!, waiters.size, standsInLine)
    const own = arrayLine(waiter.array)
    own.waiting--
    clear(own.line, own.waiting, waits)
    represent(own)
  }

  return {
    add(given) {
      const former = waiters.get(given.id)
      if (former) leave(former)
      const own = given.array && arrayLine(given.array)
      const waiter = own && given.array !== own.limit ? { ...given, array: own.limit } : given // thousands share the one
      waiters.set(waiter.id, waiter)
      count(waiter, 1)
      deadlines.push(waiter)
      if (!own) return stand(waiter)
      own.waiting++
      own.line.push(waiter)
      represent(own)
    },
    remove(id) {
      const waiter = waiters.get(id)
      if (waiter) leave(waiter)
    },
    countPlace(array, by) {
      const own = arrayLine(array)
      own.placed += by
      represent(own)
    },
    arrayPlaces: () => new Map([...arrays].filter(([, { placed }]) => placed !== 0).map(([id, { placed }]) => [id, placed])),
    has: (id) => waiters.has(id),
    size: () => waiters.size,
    sizeOf: (taskClass) => sizes.get(taskClass) ?? 0,
    heads: () => [...lines.values()].map((line) => settle(line, standsInLine)).filter((head) => head !== undefined),
    firstDue: () => settle(deadlines, waits) ?? null,
    ahead(id) {
      const asked = waiters.get(id)
      let tasks = 0
      if (!asked) return { tasks, fullArray: null }
      const ownArray = asked.array && arrayLine(asked.array)
      const fullArray = ownArray && roomOf(ownArray) === 0 ? ownArray.limit : null
      const ofOthers = new Map<ArrayLine, number>()
      for (const other of waiters.values()) {
        if (other.class !== asked.class || !goesBefore(other, asked)) continue
        if (other.array === asked.array || (other.array === null && !fullArray)) tasks++
        else if (other.array && !fullArray) ofOthers.set(arrayLine(other.array), (ofOthers.get(arrayLine(other.array)) ?? 0) + 1)
      }
      for (const [own, waiting] of ofOthers) tasks += Math.min(waiting, roomOf(own))
      return { tasks, fullArray }
    },
  }
}
