import { createSeededRandom, type SeededRandom } from '../../adapters/simulated/random.ts'
import type { Weather } from '../../adapters/simulated/world.ts'
import type { RunnerSettings } from '../runner/settings.ts'
import { drawArrays, drawKinds, drawTasks, type PlannedArray, type PlannedTask } from './scenario.ts'
import { simulatedSettings } from './simulated-settings.ts'

/** All that a seed chooses before a simulation begins; what follows from it is chosen on the way. */
export interface Scenario {
  readonly tasks: readonly PlannedTask[]
  readonly arrays: readonly PlannedArray[]
  readonly weather: Weather
  readonly upheavals: boolean
  readonly settings: RunnerSettings
}

/** What is given of a scenario; a number of tasks stands for tasks, and arrays, that are drawn. */
export type GivenScenario = Partial<Omit<Scenario, 'tasks'>> & { readonly tasks: Scenario['tasks'] | { readonly count: number } }

/** Between two submissions that are drawn, on average, in simulated milliseconds. */
export const spacingMs = 30

/** Draws what is left open. Each part is drawn by a generator of its own: giving one part changes no other. */
export const drawScenario = (seed: number, { tasks: wanted, ...given }: GivenScenario): Scenario => {
  const random = createSeededRandom(seed)
  const kinds = drawKinds(random.split('kinds'))
  const [tasks, arrays] =
    'count' in wanted
      ? [
          drawTasks(random.split('tasks'), wanted.count, spacingMs, kinds),
          drawArrays(random.split('arrays'), wanted.count * spacingMs, kinds),
        ]
      : [wanted, []]
  return {
    tasks,
    arrays: given.arrays ?? arrays,
    weather: given.weather ?? drawWeather(random.split('weather')),
    upheavals: given.upheavals ?? random.split('upheavals').chance(0.6),
    settings: given.settings ?? drawSettings(random.split('settings')),
  }
}

/** Bounds small enough to be met: places, memory for what is not yet durable, the time of each phase. */
const drawSettings = (random: SeededRandom): RunnerSettings => ({
  ...simulatedSettings,
  classes: {
    cpu_short: { timeoutMs: 2_000, concurrency: random.int(1, 8), queueTimeoutMs: random.pick([3_000, 600_000]) },
    cpu_long: { timeoutMs: 10_000, concurrency: random.int(1, 3), queueTimeoutMs: 600_000 },
  },
  timeouts: {
    ...simulatedSettings.timeouts,
    prepareMs: random.pick([20, 1_000]),
    collectMs: random.pick([20, 30_000, 30_000]),
    totalMs: random.pick([20_000, 3_600_000]),
  },
  retry: { ...simulatedSettings.retry, attempts: random.int(1, 4) },
  native: { ...simulatedSettings.native, oversubscribe: random.chance(0.2) },
  logs: { bytesMax: random.pick([64, 512, 4_096, 1 << 20]), tailBytes: random.pick([0, 256]) },
  limits: { ...simulatedSettings.limits, uncommittedBytes: random.pick([1_500, 200_000]) },
  audit: { intervalMs: random.pick([0, 150]) },
})

const drawWeather = (random: SeededRandom): Weather => ({
  delayMsMax: random.pick([0, 1, 5, 40]),
  crash: random.pick([0, 0.001, 0.005, 0.02]),
  failBefore: random.pick([0, 0.01, 0.05]),
  failAfter: random.pick([0, 0.01, 0.05]),
  shortRead: random.pick([0, 0, 0.3]),
})
