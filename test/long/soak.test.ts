import { expect, it } from 'vitest'
import { soak } from '../support/soak/soak.ts'

const tasks = 2_000

it(`holds no more memory, handles, listeners and timers after ${tasks} tasks than after a fraction of them`, async () => {
  const { verdicts, exitCode } = await soak({ tasks })
  expect(verdicts.filter(({ isFlat }) => !isFlat).map(({ text }) => text)).toEqual([])
  expect(exitCode).toBe(0)
})
