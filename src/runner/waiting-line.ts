import type { TaskClass } from '../domain/task-class.ts'
import { goesBefore, type Candidate } from './admission.ts'
import { Heap } from '../domain/heap.ts'

/** A task that waits for a place. A million of these are kept in memory: nothing else of a pending task is. */
export interface Waiter extends Candidate {
  readonly id: string
  /** The attempt that admission would begin. */
  readonly attempt: number
  /** Clock: when it has waited too long. */
  readonly dueAt: number
}

/** Admission's queue: a line per class, by priority and arrival, and a line of deadlines. */
export interface WaitingLine {
  add(waiter: Waiter): void
  /** Idempotent. */
  remove(id: string): void
  has(id: string): boolean
  size(): number
  /** How many of a class wait. */
  sizeOf(taskClass: TaskClass): number
  /** First in line of each class that has one. */
  heads(): Waiter[]
  /** The waiter that is due first, or null. */
  firstDue(): Waiter | null
  /** Tasks of the same class that go before this one. Walks the line: for people who ask, not for the engine. */
  ahead(id: string): number
}

/** Waiters that have left, which a heap keeps before it is cleared of them. */
const slackMax = 10_000

export const createWaitingLine = (): WaitingLine => {
  const waiters = new Map<string, Waiter>()
  const lines = new Map<TaskClass, Heap<Waiter>>()
  const sizes = new Map<TaskClass, number>()
  const deadlines = new Heap<Waiter>((a, b) => a.dueAt < b.dueAt)

  /** Who left the line stays in the heaps until it comes to their top. */
  const settle = (heap: Heap<Waiter>): Waiter | undefined => {
    let top = heap.peek()
    while (top !== undefined && waiters.get(top.id) !== top) {
      heap.pop()
      top = heap.peek()
    }
    return top
  }

  /** Seldom enough to cost nothing by the piece: at least half of what it looks at goes. */
  const clear = (heap: Heap<Waiter>): void => {
    if (heap.size > 2 * waiters.size + slackMax) heap.retain((waiter) => waiters.get(waiter.id) === waiter)
  }

  const count = ({ class: taskClass }: Waiter, by: 1 | -1): void => void sizes.set(taskClass, (sizes.get(taskClass) ?? 0) + by)

  return {
    add(waiter) {
      const former = waiters.get(waiter.id)
      if (former) count(former, -1)
      waiters.set(waiter.id, waiter)
      count(waiter, 1)
      let line = lines.get(waiter.class)
      if (!line) lines.set(waiter.class, (line = new Heap<Waiter>(goesBefore)))
      line.push(waiter)
      deadlines.push(waiter)
    },
    remove(id) {
      const waiter = waiters.get(id)
      if (!waiter) return
      waiters.delete(id)
      count(waiter, -1)
      clear(deadlines)
      clear(lines.get(waiter.class)!)
    },
    has: (id) => waiters.has(id),
    size: () => waiters.size,
    sizeOf: (taskClass) => sizes.get(taskClass) ?? 0,
    heads: () => [...lines.values()].map(settle).filter((head) => head !== undefined),
    firstDue: () => settle(deadlines) ?? null,
    ahead(id) {
      const own = waiters.get(id)
      let count = 0
      if (own) for (const other of waiters.values()) if (other.class === own.class && goesBefore(other, own)) count++
      return count
    },
  }
}
