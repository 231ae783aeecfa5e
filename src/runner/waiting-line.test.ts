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
    expect(['c', 'a', 'b', 'x', 'nobody'].map((id) => line.ahead(id))).toEqual([0, 1, 2, 0, 0])
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
