/** Test against the runner without a host: the simulated adapters, the simulation that runs the production engine on them, and the invariants that it checks.
 * The machines themselves are at `env-runner/machines`. */
export { createSimulatedExecutor, createSimulatedMachine, simulatedArgv, type SimulatedBehaviour } from '../adapters/simulated/executor.ts'
export { createSimulatedDisk, openSimulatedJournal } from '../adapters/simulated/journal.ts'
export { createSimulatedLogStore } from '../adapters/simulated/log-store.ts'
export { createSeededRandom, type SeededRandom } from '../adapters/simulated/random.ts'
export { createSimulatedDirectories, createSimulatedWorkspace } from '../adapters/simulated/workspace.ts'
export { calm, createWorld, type Incarnation, type Weather, type World } from '../adapters/simulated/world.ts'
export { armedInvariants, invariants, violationsOf, type Invariant, type Observation } from './runner/invariants.ts'
export { drawArrays, drawTasks, planArray, planTask, type PlannedArray, type PlannedTask } from './testing/scenario.ts'
export { createSimulatedHost, type SimulatedHost } from './testing/simulated-host.ts'
export { simulatedSettings } from './testing/simulated-settings.ts'
export { simulate, type SimulationOptions, type SimulationReport } from './testing/simulation.ts'
