import { calm, type Weather } from '../../adapters/simulated/world.ts'
import type { Scenario } from './draw.ts'
import { simulate, type SimulationReport } from './simulation.ts'

/** A failing simulation made small. */
export interface Minimised {
  /** Of the smallest scenario that was found, which violates the same invariant. */
  readonly report: SimulationReport
  /** Simulations that it took. */
  readonly runs: number
}

/** Of sentences such as `I9: reading failed`. */
const invariantsOf = ({ violations }: SimulationReport): Set<string> => new Set(violations.map((violation) => violation.split(':')[0]!))

/** Takes away of a failing scenario what is not needed for its failure: tasks and arrays (in halves, then ever smaller parts), kinds of bad weather, upheavals.
 * Greedy: what is left cannot lose any one of these. Each try is a simulation of the same seed.
 * @param runsMax after so many it answers the smallest that it has found by then */
export const minimise = async (failing: SimulationReport, runsMax = 1_000): Promise<Minimised> => {
  const wanted = invariantsOf(failing)
  let [best, runs] = [failing, 0]

  /** True when the smaller scenario fails too: then it is the best so far. */
  const isEnough = async (smaller: Scenario): Promise<boolean> => {
    if (runs >= runsMax) return false
    runs++
    const report = await simulate({ seed: failing.seed, ...smaller })
    if (report.violations.length === 0 || ![...invariantsOf(report)].every((invariant) => wanted.has(invariant))) return false
    best = report
    return true
  }

  const reduceList = async (name: 'tasks' | 'arrays'): Promise<boolean> => {
    const before = best.scenario[name].length
    for (let size = Math.ceil(before / 2); size >= 1 && best.scenario[name].length > 0; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let from = 0; from < best.scenario[name].length;)
        if (!(await isEnough({ ...best.scenario, [name]: best.scenario[name].toSpliced(from, size) }))) from += size
    return best.scenario[name].length < before
  }

  const reduceWeather = async (): Promise<boolean> => {
    let reduced = false
    for (const name of Object.keys(calm) as (keyof Weather)[]) {
      const { weather } = best.scenario
      if (weather[name] !== calm[name])
        reduced = (await isEnough({ ...best.scenario, weather: { ...weather, [name]: calm[name] } })) || reduced
    }
    return reduced
  }

  const reduceUpheavals = async (): Promise<boolean> => best.scenario.upheavals && isEnough({ ...best.scenario, upheavals: false })

  for (let reduced = true; reduced && runs < runsMax;) {
    reduced = false
    for (const reduce of [reduceUpheavals, reduceWeather, () => reduceList('arrays'), () => reduceList('tasks')])
      reduced = (await reduce()) || reduced
  }
  return { report: best, runs }
}

/** The scenario as a test that can be pasted into a file of `test/simulation/`. */
export const asTest = ({ seed, scenario, violations }: SimulationReport): string =>
  [
    `it('keeps every armed invariant in what seed ${seed} came down to', async () => {`,
    ...violations.slice(0, 3).map((violation) => `  // ${violation}`),
    `  const scenario = JSON.parse(${JSON.stringify(JSON.stringify(scenario))})`,
    `  const { violations } = await simulate({ seed: ${seed}, ...scenario })`,
    `  expect(violations).toEqual([])`,
    `})`,
  ].join('\n')
