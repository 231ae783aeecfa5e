import { expect, it } from 'vitest'
import { asTest, minimise } from './minimise.ts'
import { planTask } from './scenario.ts'
import { simulate, type SimulationReport } from './simulation.ts'

/** A promise that the runner does not keep, so that simulations fail: no attempt of a task that is called so may be started. */
const forbidden = 'forbidden'

const failing = (tasks: readonly string[]): Promise<SimulationReport> =>
  simulate({
    seed: 7,
    tasks: tasks.map((id, index) =>
      planTask(id, {}, 10 * index, null, {}, id.startsWith(forbidden) ? { network: 'none', image: 'Not An Image' } : {}),
    ),
    upheavals: true,
    weather: { delayMsMax: 5, crash: 0.01, failBefore: 0.02, failAfter: 0, shortRead: 0.3 },
  })

it('leaves of a failing scenario what makes it fail', async () => {
  const report = await failing(['a', 'b', 'c', forbidden, 'd', 'e', 'f', 'g', `${forbidden}2`])
  expect(report.violations.length).toBeGreaterThan(0)
  const { report: small, runs } = await minimise(report)
  const { tasks, weather, upheavals } = small.scenario
  expect(tasks.map(({ id }) => id.startsWith(forbidden))).toEqual([true])
  expect([upheavals, weather]).toEqual([false, { delayMsMax: 0, crash: 0, failBefore: 0, failAfter: 0, shortRead: 0 }])
  expect(runs).toBeLessThan(60)
})

it('answers what it has when its runs are used up', async () => {
  const report = await failing(['a', 'b', 'c', forbidden])
  const { report: small, runs } = await minimise(report, 1)
  expect(runs).toBe(1)
  expect(small.violations.length).toBeGreaterThan(0)
})

it('makes a test of it that fails as it did', async () => {
  const report = await failing([forbidden])
  const [, text] = /JSON\.parse\((".*")\)/.exec(asTest(report))!
  const again = await simulate({ seed: report.seed, ...(JSON.parse(JSON.parse(text!) as string) as object) } as never)
  expect([again.violations, again.digest]).toEqual([report.violations, report.digest])
})
