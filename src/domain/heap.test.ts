import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Heap } from './heap.ts'

const drain = <T>(heap: Heap<T>): T[] => {
  const items: T[] = []
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) items.push(item)
  return items
}

it('gives what was put in, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      expect(heap.size).toBe(numbers.length)
      expect(drain(heap)).toEqual(numbers.toSorted((a, b) => a - b))
      expect(heap.size).toBe(0)
    }),
  )
})

it('has the first of all on top, whatever is put in and taken out in between', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.constant('pop' as const), fc.constant('retain' as const))), (steps) => {
      const heap = new Heap<number>((a, b) => a < b)
      let model: number[] = []
      for (const step of steps) {
        if (step === 'pop') expect(heap.pop()).toBe(model.shift())
        else if (step === 'retain') {
          heap.retain((number) => number % 2 === 0)
          model = model.filter((number) => number % 2 === 0)
        } else {
          heap.push(step)
          model = [...model, step].sort((a, b) => a - b)
        }
        expect([heap.peek(), heap.size]).toEqual([model[0], model.length])
      }
    }),
  )
})

it('is empty at first', () => {
  const heap = new Heap<number>((a, b) => a < b)
  expect([heap.peek(), heap.pop(), heap.size]).toEqual([undefined, undefined, 0])
})
