/** Test against the runner without a host: the simulated adapters, the production engine on them, step by step or through bad weather by seed, the invariants that
 * are checked, and test paths out of any machine. docs/testing.md is the guide.
 * The machines themselves are at `env-runner/machines`. */
export { createSimulatedExecutor, createSimulatedMachine, simulatedArgv, type SimulatedBehaviour } from '../adapters/simulated/executor.ts'
export { createSimulatedDisk, openSimulatedJournal } from '../adapters/simulated/journal.ts'
export { createSimulatedLogStore } from '../adapters/simulated/log-store.ts'
export { createSeededRandom, type SeededRandom } from '../adapters/simulated/random.ts'
export { createSimulatedDirectories, createSimulatedWorkspace } from '../adapters/simulated/workspace.ts'
export { calm, createWorld, type Incarnation, type Weather, type World } from '../adapters/simulated/world.ts'
export { armedInvariants, invariants, violationsOf, type Invariant, type Observation } from './runner/invariants.ts'
export type { Scenario } from './testing/draw.ts'
export { asTest, minimise, type Minimised } from './testing/minimise.ts'
export {
  exploreMachine,
  pathsToEnds,
  pathsToTransitions,
  shortestPathsToEnds,
  walkPaths,
  type Edge,
  type Model,
  type Path,
  type SystemUnderTest,
} from './testing/model-paths.ts'
export { drawArrays, drawTasks, planArray, planTask, type PlannedArray, type PlannedTask } from './testing/scenario.ts'
export { createSimulatedHost, type SimulatedHost } from './testing/simulated-host.ts'
export {
  createSimulatedRunner,
  submissionOf,
  type SimulatedProcess,
  type SimulatedRunner,
  type SimulatedRunnerOptions,
} from './testing/simulated-runner.ts'
export { simulatedSettings } from './testing/simulated-settings.ts'
export { simulate, type SimulationOptions, type SimulationReport } from './testing/simulation.ts'
export { checkAdmission, type AdmissionReport } from './testing/exploration/admission-lines.ts'
export { boundsLine, disturbances, quickBounds, usualBounds, type Bounds, type Disturbance } from './testing/exploration/bounds.ts'
export { explore, type ExplorationReport, type Violation } from './testing/exploration/exploration.ts'
export { violationsOnTheWay } from './testing/exploration/history.ts'
export { pasteableTest } from './testing/exploration/pasteable-test.ts'
