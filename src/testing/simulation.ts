import { createSeededRandom, type SeededRandom } from '../../adapters/simulated/random.ts'
import { createWorld, type Weather, type World } from '../../adapters/simulated/world.ts'
import { violationsOf, type Observation } from '../runner/invariants.ts'
import type { RunnerSettings } from '../runner/settings.ts'
import { createRun, type Run } from './run.ts'
import { drawArrays, drawTasks, type PlannedArray, type PlannedTask } from './scenario.ts'
import { createSimulatedHost, type OpenJournal } from './simulated-host.ts'
import { simulatedSettings } from './simulated-settings.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Default: a mix of `count` tasks drawn from the seed. */
  readonly tasks: readonly PlannedTask[] | { readonly count: number }
  /** Default: drawn from the seed where the tasks are, else none. */
  readonly arrays?: readonly PlannedArray[]
  /** Default: drawn from the seed. */
  readonly weather?: Weather
  /** Crash at this point and no other; see `World.crashAt`. */
  readonly crashAt?: number
  /** Besides crashes: pauses, drains, full disks, reboots of the host. Default: drawn from the seed. */
  readonly upheavals?: boolean
  readonly settings?: RunnerSettings
  /** Default: the simulated journal. */
  readonly openJournal?: OpenJournal
}

export interface SimulationReport {
  readonly seed: number
  /** sha256 of everything that happened, in order. */
  readonly digest: string
  /** Those of arrays included. */
  readonly tasks: number
  readonly faults: number
  readonly simulatedMs: number
  /** Places where a crash could strike. */
  readonly points: number
  /** Empty when every armed invariant held. */
  readonly violations: readonly string[]
  readonly recent: readonly string[]
  readonly observation: Observation
}

/** Simulated milliseconds after which a run that has not settled is a violation of I6. */
const patienceMs = 6 * 3_600_000
/** Between two submissions that are drawn, on average, in simulated milliseconds. */
const spacingMs = 30

/** Runs the production engine, its effects, its recovery and its journal on a simulated host, in weather that the seed chooses, until every task has ended. */
export const simulate = async (options: SimulationOptions): Promise<SimulationReport> => {
  const random = createSeededRandom(options.seed)
  const world = createWorld(options.seed)
  const settings = options.settings ?? drawSettings(random.split('settings'))
  const tasks = 'count' in options.tasks ? drawTasks(random.split('tasks'), options.tasks.count, spacingMs) : options.tasks
  const drawn = 'count' in options.tasks ? drawArrays(random.split('arrays'), options.tasks.count * spacingMs) : []
  const arrays = options.arrays ?? drawn
  const run = createRun(world, createSimulatedHost(world), settings, tasks, arrays, options.openJournal)
  world.weather = options.weather ?? drawWeather(random.split('weather'))
  world.crashAt = options.crashAt ?? null
  if (options.upheavals ?? random.split('upheavals').chance(0.6))
    planUpheavals(world, run, random.split('upheavals'), tasks.length * spacingMs)
  const startedAt = world.now()
  const violations: string[] = []
  try {
    run.boot()
    await world.run(() => run.isSubmitted() || run.violations.length > 0, patienceMs)
    run.calmDown()
    await world.run(() => run.isSettled() || run.violations.length > 0, patienceMs)
    violations.push(...run.violations)
  } catch (cause) {
    violations.push(`I6: ${cause instanceof Error ? cause.message : String(cause)}`, ...run.violations)
  }
  const observation = run.observe(true)
  violations.push(...violationsOf(observation))
  const { crashes, failures } = world.faults
  return {
    seed: options.seed,
    digest: world.digest(),
    tasks: tasks.length + arrays.reduce((sum, { taskIds }) => sum + taskIds.length, 0),
    faults: crashes + failures,
    simulatedMs: world.now() - startedAt,
    points: world.points(),
    violations,
    recent: world.recent(),
    observation,
  }
}

/** Bounds small enough to be met: places, memory for what is not yet durable, time in the queue. */
const drawSettings = (random: SeededRandom): RunnerSettings => ({
  ...simulatedSettings,
  classes: {
    cpu_short: { timeoutMs: 2_000, concurrency: random.int(1, 8), queueTimeoutMs: random.pick([3_000, 600_000]) },
    cpu_long: { timeoutMs: 10_000, concurrency: random.int(1, 3), queueTimeoutMs: 600_000 },
  },
  timeouts: { ...simulatedSettings.timeouts, totalMs: random.pick([20_000, 3_600_000]) },
  retry: { ...simulatedSettings.retry, attempts: random.int(1, 4) },
  native: { ...simulatedSettings.native, oversubscribe: random.chance(0.2) },
  logs: { bytesMax: random.pick([512, 4_096, 1 << 20]), tailBytes: random.pick([0, 256]) },
  limits: { ...simulatedSettings.limits, uncommittedBytes: random.pick([1_500, 200_000]) },
})

const drawWeather = (random: SeededRandom): Weather => ({
  delayMsMax: random.pick([0, 1, 5, 40]),
  crash: random.pick([0, 0.001, 0.005, 0.02]),
  failBefore: random.pick([0, 0.01, 0.05]),
  failAfter: random.pick([0, 0.01, 0.05]),
})

const planUpheavals = (world: World, run: Run, random: SeededRandom, spanMs: number): void => {
  const upheavals: (() => void)[] = [
    () => run.pause(random.int(1, 2_000)),
    () => run.fillDisk(random.int(1, 5_000)),
    () => run.drain(),
    () => run.rebootHost(),
    () => world.crash(),
    () => run.confuse(),
  ]
  for (let count = random.int(1, 6); count > 0; count--) world.schedule(random.int(0, spanMs + 5_000), random.pick(upheavals))
}
