import { expect, it } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import { createRecheck, recheckMs } from './recheck.ts'

const start = () => {
  const { clock, pass, timers } = createManualClock()
  return { ...createRecheck(clock), pass, timers }
}

it('ends an answer once it is allowed no more, and asks no further', () => {
  const { watch, pass, timers } = start()
  let [allowed, asked, ended] = [true, 0, 0]
  watch(
    () => (asked++, allowed),
    () => ended++,
  )
  pass(2 * recheckMs)
  expect([asked, ended]).toEqual([2, 0])
  allowed = false
  pass(10 * recheckMs)
  expect([asked, ended, timers.size]).toEqual([3, 1, 0])
})
it('takes a check that throws for a no, and asks the others', () => {
  const { watch, pass } = start()
  const ended: string[] = []
  watch(
    () => {
      throw new Error('nobody')
    },
    () => ended.push('a'),
  )
  watch(
    () => false,
    () => ended.push('b'),
  )
  pass(recheckMs)
  expect(ended).toEqual(['a', 'b'])
})
it('has one timer for a thousand answers, and none for answers that have ended', () => {
  const { watch, pass, timers } = start()
  const forget = Array.from({ length: 1_000 }, () =>
    watch(
      () => true,
      () => expect.unreachable(),
    ),
  )
  expect(timers.size).toBe(1)
  for (const end of forget) end()
  pass(recheckMs)
  expect(timers.size).toBe(0)
})
