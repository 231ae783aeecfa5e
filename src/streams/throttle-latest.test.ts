import { Subject } from 'rxjs'
import { expect, it } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import { throttleLatest } from './throttle-latest.ts'

const start = () => {
  const { clock, pass, timers } = createManualClock()
  const source = new Subject<number>()
  const told: (number | string)[] = []
  const subscription = source
    .pipe(throttleLatest(1_000, clock))
    .subscribe({ next: (value) => told.push(value), complete: () => told.push('end'), error: () => told.push('error') })
  return { source, told, pass, timers, subscription }
}

it('tells the first value at once and the latest of each interval', () => {
  const { source, told, pass } = start()
  source.next(1)
  source.next(2)
  source.next(3)
  expect(told).toEqual([1])
  pass(1_000)
  expect(told).toEqual([1, 3])
  pass(999)
  source.next(4)
  expect(told).toEqual([1, 3])
  pass(1)
  expect(told).toEqual([1, 3, 4])
})
it('tells at once again after a quiet interval', () => {
  const { source, told, pass, timers } = start()
  source.next(1)
  pass(1_000)
  expect(timers.size).toBe(0)
  source.next(2)
  expect(told).toEqual([1, 2])
})
it('tells the last value at the end without waiting, and leaves no timer', () => {
  const { source, told, timers } = start()
  source.next(1)
  source.next(2)
  source.complete()
  expect(told).toEqual([1, 2, 'end'])
  expect(timers.size).toBe(0)
})
it('passes an error on, and leaves no timer when it is unsubscribed or fails', () => {
  const failing = start()
  failing.source.next(1)
  failing.source.error(new Error('x'))
  expect(failing.told).toEqual([1, 'error'])
  const left = start()
  left.source.next(1)
  left.subscription.unsubscribe()
  expect([failing.timers.size, left.timers.size]).toEqual([0, 0])
})
