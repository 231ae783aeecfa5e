import { simulatedArgv, type SimulatedBehaviour } from '../../adapters/simulated/executor.ts'
import type { EngineContext } from '../../src/runner/engine-context.ts'
import type { Runner, Task } from '../../src/runner/api.ts'
import { createEngine, type Engine } from '../../src/runner/engine.ts'
import { createRunnerFace } from '../../src/runner/runner.ts'
import type { RunnerSettings } from '../../src/runner/settings.ts'
import { createSimulatedHost, type SimulatedHost } from '../../src/testing/simulated-host.ts'
import { simulatedSettings } from '../../src/testing/simulated-settings.ts'
import type { World } from '../../adapters/simulated/world.ts'
import { createDrivenWorld } from './driven-world.ts'

export interface SimulatedRunnerOptions {
  readonly seed?: number
  readonly settings?: Partial<RunnerSettings>
  /** Changes what the engine of each process is given. */
  readonly context?: (context: EngineContext) => EngineContext
}

/** One process of the runner on a simulated host, behind its public face. */
export interface SimulatedProcess {
  readonly engine: Engine
  readonly runner: Runner
}

/** The production engine on a simulated host, for tests that go step by step. Time stands still but for `during`, `until` and `pass`. */
export interface SimulatedRunner {
  readonly world: World
  readonly host: SimulatedHost
  /** Starts a process; resolves when it accepts. */
  boot(settings?: Partial<RunnerSettings>): Promise<SimulatedProcess>
  /** The same without the start. */
  create(settings?: Partial<RunnerSettings>): SimulatedProcess
  /** Lets time pass until the promise has settled. */
  during<T>(promise: Promise<T>): Promise<T>
  /** Lets time pass from event to event until it is so. */
  until(isSo: () => boolean): Promise<void>
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>
}

/** A submission whose command acts a behaviour out. */
export const submissionOf = (id: string, behaviour: SimulatedBehaviour, more: object = {}, execution: object = {}) => ({
  id,
  ...more,
  payload: { tenant: 'acme', execution: { command: simulatedArgv(behaviour), ...execution } },
})

export const createSimulatedRunner = ({ seed = 1, settings = {}, context }: SimulatedRunnerOptions = {}): SimulatedRunner => {
  const { world, during } = createDrivenWorld(seed)
  const host = createSimulatedHost(world)
  const until = (isSo: () => boolean): Promise<void> => world.run(isSo, 86_400_000)
  const create = (over: Partial<RunnerSettings> = {}): SimulatedProcess => {
    const booted = host.boot({ ...simulatedSettings, ...settings, ...over })
    const engine = context ? createEngine(context(booted.context)) : booted
    return { engine, runner: createRunnerFace(engine) }
  }
  return {
    world,
    host,
    create,
    async boot(over) {
      const process = create(over)
      await during(process.engine.start())
      return process
    },
    during,
    until,
    async pass(ms) {
      let over = false
      world.schedule(ms, () => (over = true))
      await until(() => over)
    },
  }
}

/** Everything that a stream gives until it ends. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export const statusOf = (task: Task): string => task.status().status
