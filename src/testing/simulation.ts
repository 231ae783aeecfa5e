import { createSeededRandom, type SeededRandom } from '../../adapters/simulated/random.ts'
import { createWorld, type World } from '../../adapters/simulated/world.ts'
import { violationsOf, type Observation } from '../runner/invariants.ts'
import { createRun, type Run } from './run.ts'
import { drawScenario, spacingMs, type GivenScenario, type Scenario } from './draw.ts'
import { createSimulatedHost, type OpenJournal } from './simulated-host.ts'

/** What is not given of the scenario is drawn from the seed. `upheavals` are pauses, drains, full disks and reboots of the host. */
export interface SimulationOptions extends GivenScenario {
  readonly seed: number
  /** Crash at this point and no other; see `World.crashAt`. */
  readonly crashAt?: number
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
  /** What was drawn from the seed, or given. */
  readonly scenario: Scenario
}

/** Simulated milliseconds after which a run that has not settled is a violation of I6. */
const patienceMs = 6 * 3_600_000

/** Runs the production engine, its effects, its recovery and its journal on a simulated host, in weather that the seed chooses, until every task has ended. */
export const simulate = async (options: SimulationOptions): Promise<SimulationReport> => {
  const scenario = drawScenario(options.seed, options)
  const { tasks, arrays, settings } = scenario
  const world = createWorld(options.seed)
  const run = createRun(world, createSimulatedHost(world), settings, tasks, arrays, options.openJournal)
  world.weather = scenario.weather
  world.crashAt = options.crashAt ?? null
  if (scenario.upheavals) planUpheavals(world, run, createSeededRandom(options.seed).split('upheavals'), tasks.length * spacingMs)
  const startedAt = world.now()
  const violations: string[] = []
  try {
    run.boot()
    await world.run(() => run.isSubmitted() || run.violations.length > 0, patienceMs)
    run.calmDown()
    await world.run(() => run.isSettled() || run.violations.length > 0, patienceMs)
  } catch (cause) {
    violations.push(`I6: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  const observation = run.observe(true)
  violations.push(...run.violations, ...violationsOf(observation))
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
    scenario,
  }
}

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
