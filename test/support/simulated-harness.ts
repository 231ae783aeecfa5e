import {
  createSimulatedExecutor,
  createSimulatedMachine,
  simulatedArgv,
  type SimulatedBehaviour,
} from '../../adapters/simulated/executor.ts'
import { createSimulatedLogStore } from '../../adapters/simulated/log-store.ts'
import { calm, type Weather } from '../../adapters/simulated/world.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import type { ExecutorHarness, Script } from '../conformance/executor.ts'
import { createDrivenWorld } from '../../src/testing/driven-world.ts'
import { planOf } from './plans.ts'

/** What a script of the conformance suite is for the simulated executor. */
const behaviourOf = ({ runMs, print, exitCode, signal, ignoreTerm, missingCommand, exceedsMemory }: Script): SimulatedBehaviour => ({
  runMs: runMs ?? 0,
  ...(print === undefined ? {} : { print }),
  ...(exitCode === undefined ? {} : { exitCode }),
  ...(signal === undefined ? {} : { signal }),
  ...(ignoreTerm === undefined ? {} : { ignoreTerm }),
  ...(missingCommand === undefined ? {} : { missingCommand }),
  ...(exceedsMemory === undefined ? {} : { oomKilled: exceedsMemory, exitCode: 137 }),
})

export const simulatedRequest = (key: AttemptKey, behaviour: SimulatedBehaviour): LaunchRequest => ({
  key,
  plan: planOf(simulatedArgv(behaviour)),
  image: null,
  workDir: '/simulated/work',
  logs: { stdout: '/simulated/stdout', stderr: '/simulated/stderr' },
})

/** A simulated machine, the process of a runner on it, and the executors that this process has. */
export const createSimulatedMachineHost = (weather: Weather = calm) => {
  const { world, during } = createDrivenWorld()
  world.weather = weather
  const logs = createSimulatedLogStore()
  const machine = createSimulatedMachine((key, stream, text) => logs.append(key, stream, text))
  let incarnation = world.begin()
  return {
    world,
    during,
    logs,
    machine,
    open: (on = machine) => createSimulatedExecutor(world, on, incarnation),
    crash(): void {
      world.crash()
      incarnation = world.begin()
    },
  }
}

/** The harness of the conformance suite over the simulated executor. */
export const simulatedHarness =
  (weather: Weather = calm) =>
  async (): Promise<ExecutorHarness> => {
    const { during, logs, machine, open, crash } = createSimulatedMachineHost(weather)
    const strangers = createSimulatedMachine(() => {})
    let executor = open()
    return {
      get executor() {
        return executor
      },
      async crash() {
        crash()
        executor = open()
      },
      stranger: async () => open(strangers),
      request: async (key, script) => simulatedRequest(key, behaviourOf(script)),
      begun: async () => {},
      starts: async (key) => machine.starts.get(attemptName(key)) ?? 0,
      stdout: async (key) => Buffer.from((await logs.read(key, 'stdout', 0, 1_000)).bytes).toString(),
      backgroundRuns: async () => false,
      during,
      close: async () => {},
    }
  }
