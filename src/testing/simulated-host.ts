import { createCounters } from '../observability/counters.ts'
import { createSimulatedExecutor, createSimulatedMachine, type SimulatedMachine } from '../../adapters/simulated/executor.ts'
import { createSimulatedDisk, openSimulatedJournal, type SimulatedDisk } from '../../adapters/simulated/journal.ts'
import { createSimulatedLogStore, type SimulatedLogStore } from '../../adapters/simulated/log-store.ts'
import { createSimulatedDirectories, createSimulatedWorkspace, type SimulatedDirectories } from '../../adapters/simulated/workspace.ts'
import type { Incarnation, World } from '../../adapters/simulated/world.ts'
import type { Journal } from '../ports/journal.ts'
import { silentLogger } from '../ports/logger.ts'
import { createEngine, type Engine } from '../runner/engine.ts'
import type { RunnerSettings } from '../runner/settings.ts'

/** Everything of a simulated host that outlives a runner's process. */
export interface SimulatedHost {
  readonly disk: SimulatedDisk
  readonly machine: SimulatedMachine
  readonly directories: SimulatedDirectories
  readonly logs: SimulatedLogStore
  /** All that the first attempt of a task has printed on stdout so far, kept apart from the log store. */
  printed(taskId: string): Buffer
  /** Starts a runner's process on it: the production engine on simulated adapters. */
  boot(settings: RunnerSettings, given?: { readonly incarnation: Incarnation; readonly journal: Journal }): Engine
}

/** Opens another journal than the simulated one for a process of the simulated host. What it stores it must put on the simulated disk too, where the checks look. */
export type OpenJournal = (disk: SimulatedDisk, incarnation: Incarnation) => Promise<Journal>

/** How late news of a log file may be, as the port allows. */
const noticeMsMax = 90

export const createSimulatedHost = (world: World): SimulatedHost => {
  const disk = createSimulatedDisk()
  const logs = createSimulatedLogStore()
  const printed = new Map<string, Buffer>()
  const machine = createSimulatedMachine((key, stream, text) => {
    if (stream === 'stdout' && key.attempt === 1)
      printed.set(key.taskId, Buffer.concat([printed.get(key.taskId) ?? Buffer.alloc(0), Buffer.from(text)]))
    logs.append(key, stream, text)
  })
  const directories = createSimulatedDirectories()
  const chance = world.random.split('log files')
  const lengthOf = (bytesMax: number): number => (chance.chance(world.weather.shortRead) ? chance.int(1, Math.min(bytesMax, 64)) : bytesMax)
  return {
    disk,
    machine,
    directories,
    logs,
    printed: (taskId) => printed.get(taskId) ?? Buffer.alloc(0),
    boot(settings, given) {
      const incarnation = given?.incarnation ?? world.begin()
      world.trace(`process ${incarnation.number} begins`)
      return createEngine({
        clock: incarnation.clock,
        random: world.random,
        host: { cpuMillicores: 8_000, memoryBytes: 2 ** 33, hostname: 'simulated', realPath: (path) => path },
        journal: given?.journal ?? openSimulatedJournal(disk, incarnation),
        executor: createSimulatedExecutor(world, machine, incarnation),
        workspace: createSimulatedWorkspace(directories, incarnation),
        logs: {
          ...logs, // what is on disk; the runner's own hands on it are those of its process
          create: (key) => incarnation.call('logs.create', () => logs.create(key)),
          size: (key, stream) => incarnation.call('logs.size', () => logs.size(key, stream)),
          read: (key, stream, offset, bytesMax) => incarnation.call('logs.read', () => logs.read(key, stream, offset, lengthOf(bytesMax))),
          discard: (key, stream, from, to) => incarnation.call('logs.discard', () => logs.discard(key, stream, from, to)),
          hole: (key, stream) => incarnation.call('logs.hole', () => logs.hole(key, stream)),
          saveCheckpoint: (key, text) => incarnation.call('logs.saveCheckpoint', () => logs.saveCheckpoint(key, text)),
          loadCheckpoint: (key) => incarnation.call('logs.loadCheckpoint', () => logs.loadCheckpoint(key)),
          watch: (key, stream, grown) => {
            let watching = true
            const tell = (): void => void (watching && incarnation.alive() && grown())
            const end = logs.watch(key, stream, () => {
              const lateMs = world.weather.delayMsMax > 0 && chance.chance(0.3) ? chance.int(1, noticeMsMax) : 0
              if (lateMs === 0) tell()
              else incarnation.clock.timer(lateMs, tell)
            })
            return () => {
              watching = false
              end()
            }
          },
        },
        settings,
        logger: silentLogger,
        counters: createCounters(),
      })
    },
  }
}
