import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TaskClass } from '../domain/task-class.ts'
import { goesBefore } from './admission.ts'
import { createWaitingLine, type Waiter } from './waiting-line.ts'

const waiter = (id: string, more: Partial<Waiter> = {}): Waiter => ({
  id,
  class: 'cpu_short',
  priority: 0,
  arrival: 0,
  cpuMillicores: 0,
  memoryBytes: 0,
  attempt: 1,
  dueAt: 0,
  array: null,
  ...more,
})
const ids = (waiters: readonly Waiter[]): string[] => waiters.map(({ id }) => id).toSorted()

describe('the waiting line', () => {
  it('has the first of each class in front, by priority, then arrival', () => {
    const line = createWaitingLine()
    line.add(waiter('late', { arrival: 2 }))
    line.add(waiter('early', { arrival: 1 }))
    line.add(waiter('long', { class: 'cpu_long', arrival: 3 }))
    expect(ids(line.heads())).toEqual(['early', 'long'])
    line.add(waiter('urgent', { arrival: 9, priority: 1 }))
    expect(ids(line.heads())).toEqual(['long', 'urgent'])
  })

  it('forgets who left, from the front or from the middle, again and again', () => {
    const line = createWaitingLine()
    for (const [arrival, id] of ['a', 'b', 'c', 'd'].entries()) line.add(waiter(id, { arrival, dueAt: arrival }))
    line.remove('b')
    line.remove('a')
    line.remove('a')
    line.remove('nobody')
    expect([ids(line.heads()), line.firstDue()?.id, line.size(), line.has('a'), line.has('c')]).toEqual([['c'], 'c', 2, false, true])
  })

  it('takes somebody back who left, as he is now', () => {
    const line = createWaitingLine()
    line.add(waiter('a', { arrival: 1, dueAt: 10 }))
    line.add(waiter('b', { arrival: 2, dueAt: 20 }))
    line.remove('a')
    line.add(waiter('a', { arrival: 3, dueAt: 30, attempt: 2 }))
    expect([line.heads()[0]?.id, line.firstDue()?.id, line.size()]).toEqual(['b', 'b', 2])
    line.remove('b')
    expect([line.heads()[0]?.attempt, line.firstDue()?.dueAt]).toEqual([2, 30])
  })

  it('replaces who comes twice', () => {
    const line = createWaitingLine()
    line.add(waiter('a', { arrival: 1, dueAt: 10 }))
    line.add(waiter('a', { arrival: 1, dueAt: 99 }))
    expect([line.size(), line.firstDue()?.dueAt]).toEqual([1, 99])
  })

  it('counts who goes before, within the class', () => {
    const line = createWaitingLine()
    line.add(waiter('a', { arrival: 1 }))
    line.add(waiter('b', { arrival: 2 }))
    line.add(waiter('c', { arrival: 3, priority: 5 }))
    line.add(waiter('x', { arrival: 0, class: 'cpu_long' }))
    expect(['c', 'a', 'b', 'x', 'nobody'].map((id) => line.ahead(id).tasks)).toEqual([0, 1, 2, 0, 0])
  })

  it('behaves like a sorted list, whatever happens', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const added = fc.record({
      id: ids,
      class: fc.constantFrom<TaskClass>('cpu_short', 'cpu_long'),
      priority: fc.integer({ min: 0, max: 2 }),
      dueAt: fc.nat(100),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(added, ids)), (steps) => {
        const line = createWaitingLine()
        const model = new Map<string, Waiter>()
        for (const [arrival, step] of steps.entries()) {
          if (typeof step === 'string') {
            line.remove(step)
            model.delete(step)
          } else {
            const one = waiter(step.id, { ...step, arrival })
            line.add(one)
            model.set(one.id, one)
          }
          const all = [...model.values()]
          const firsts = (['cpu_short', 'cpu_long'] as const).flatMap(
            (name) => all.filter((one) => one.class === name).toSorted((a, b) => (goesBefore(a, b) ? -1 : 1)).slice(0, 1), // prettier-ignore
          )
          expect(line.heads().toSorted((a, b) => a.arrival - b.arrival)).toEqual(firsts.toSorted((a, b) => a.arrival - b.arrival))
          expect(line.firstDue()?.dueAt ?? null).toBe(all.length === 0 ? null : Math.min(...all.map(({ dueAt }) => dueAt)))
          expect(line.size()).toBe(model.size)
          for (const name of ['cpu_short', 'cpu_long', 'gpu'] as const)
            expect(line.sizeOf(name)).toBe(all.filter((one) => one.class === name).length)
        }
      }),
    )
  })
})

describe('a line with arrays', () => {
  const array = { id: 'a', concurrency: 2 }

  it('has no task in front whose array has its places, and has those behind it', () => {
    const line = createWaitingLine()
    for (const arrival of [1, 2, 3]) line.add(waiter(`a.${arrival}`, { arrival, array: { ...array } }))
    line.add(waiter('behind', { arrival: 4 }))
    const admitFirst = (): string => {
      const [head] = line.heads()
      if (head!.array) line.countPlace(head!.array, 1)
      line.remove(head!.id)
      return head!.id
    }
    expect([admitFirst(), admitFirst(), admitFirst()]).toEqual(['a.1', 'a.2', 'behind'])
    expect([line.heads(), line.size(), line.sizeOf('cpu_short')]).toEqual([[], 1, 1])
    line.countPlace(array, -1)
    expect(ids(line.heads())).toEqual(['a.3'])
  })

  it('lets a task that comes back stand for its array, at its old place', () => {
    const line = createWaitingLine()
    line.add(waiter('a.2', { arrival: 2, array }))
    line.add(waiter('other', { arrival: 1 }))
    line.add(waiter('a.0', { arrival: 0, array, attempt: 2 }))
    expect(ids(line.heads())).toEqual(['a.0'])
    line.remove('a.0')
    expect(ids(line.heads())).toEqual(['other'])
    line.remove('other')
    expect(ids(line.heads())).toEqual(['a.2'])
  })

  it('tells what goes before a task: of an array no more than may still have places', () => {
    const line = createWaitingLine()
    for (let arrival = 0; arrival < 10; arrival++) line.add(waiter(`a.${arrival}`, { arrival, array }))
    line.add(waiter('behind', { arrival: 10 }))
    expect([line.ahead('behind'), line.ahead('a.5')].map(({ tasks, fullArray }) => [tasks, fullArray])).toEqual([
      [2, null],
      [5, null],
    ])
    line.countPlace(array, 1)
    expect(line.ahead('behind').tasks).toBe(1)
    line.countPlace(array, 1)
    expect([line.ahead('behind').tasks, line.ahead('a.5')]).toEqual([0, { tasks: 5, fullArray: array }])
  })

  it('forgets an array that neither waits nor holds a place', () => {
    const line = createWaitingLine()
    line.add(waiter('a.0', { array }))
    line.countPlace(array, 1)
    line.remove('a.0')
    line.countPlace(array, -1)
    line.add(waiter('a.1', { array: { id: 'a', concurrency: 1 } })) // as if it were another: nothing of the first is left
    line.countPlace(array, 1)
    expect(line.heads()).toEqual([])
  })

  it('behaves like a sorted list in which full arrays are passed over, whatever happens', () => {
    const arrays = [null, { id: 'a', concurrency: 1 }, { id: 'b', concurrency: 2 }]
    const names = fc.constantFrom('p', 'q', 'r', 's', 't', 'u')
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        id: names,
        array: fc.constantFrom(...arrays),
        priority: fc.integer({ min: 0, max: 1 }),
      }),
      fc.record({ kind: fc.constant('remove' as const), id: names }),
      fc.record({ kind: fc.constant('admit' as const) }),
      fc.record({ kind: fc.constant('free' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = createWaitingLine()
        const model = new Map<string, Waiter>()
        const placed: Waiter[] = []
        const placedOf = (id: string) => placed.filter((one) => one.array?.id === id).length
        for (const [arrival, one] of steps.entries()) {
          if (one.kind === 'add') {
            const added = waiter(one.id, { arrival, array: one.array, priority: one.priority })
            line.add(added)
            model.set(one.id, added)
          }
          if (one.kind === 'remove') {
            line.remove(one.id)
            model.delete(one.id)
          }
          const [head] = line.heads()
          if (one.kind === 'admit' && head) {
            if (head.array) line.countPlace(head.array, 1)
            line.remove(head.id)
            model.delete(head.id)
            placed.push(head)
          }
          const freed = one.kind === 'free' ? placed.shift() : undefined
          if (freed?.array) line.countPlace(freed.array, -1)
          const may = [...model.values()].filter((other) => other.array === null || placedOf(other.array.id) < other.array.concurrency)
          const [first] = may.toSorted((a, b) => (goesBefore(a, b) ? -1 : 1))
          expect(line.heads().map(({ id }) => id)).toEqual(first ? [first.id] : [])
          expect(line.size()).toBe(model.size)
        }
      }),
    )
  })

  it('takes ten thousand tasks of one array and chooses among those behind them at once', () => {
    const line = createWaitingLine()
    for (let arrival = 0; arrival < 10_000; arrival++) line.add(waiter(`a.${arrival}`, { arrival, array: { ...array } }))
    line.countPlace(array, 1)
    line.countPlace(array, 1)
    for (let arrival = 10_000; arrival < 20_000; arrival++) line.add(waiter(`p${arrival}`, { arrival }))
    for (let arrival = 10_000; arrival < 20_000; arrival++) {
      const [head] = line.heads()
      if (head!.id !== `p${arrival}`) throw new Error(`${head!.id} is in front of p${arrival}`)
      line.remove(head!.id)
    }
    expect([line.heads(), line.size()]).toEqual([[], 10_000])
  })
})

/** Collects what nobody holds, now. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

describe('a line that many thousands have passed through', () => {
  it('keeps none of them: neither those that were cancelled behind the first, nor their deadlines', async () => {
    const line = createWaitingLine()
    line.add(waiter('first', { arrival: 0, priority: 9 }))
    const passed: WeakRef<Waiter>[] = []
    for (let round = 0; round < 6; round++) {
      for (let index = 0; index < 10_000; index++) {
        const one = waiter(`${round}-${index}`, { arrival: passed.length, dueAt: 1_000 + passed.length })
        passed.push(new WeakRef(one))
        line.add(one)
      }
      for (let index = 0; index < 10_000; index++) line.remove(`${round}-${index}`)
    }
    expect([line.size(), line.heads()[0]?.id]).toEqual([1, 'first'])
    await new Promise((resolve) => setImmediate(resolve)) // a WeakRef holds its target until the turn ends
    collectGarbage()
    expect(passed.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(20_000)
  })
})
