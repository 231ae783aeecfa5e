import { join } from 'node:path'
import type { ContainerInspectInfo } from 'dockerode'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, parseAttemptName, type AttemptKey, type Exit } from '../../src/domain/exit.ts'
import type { DockerPlan } from '../../src/domain/plan.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Executor, LaunchRequest } from '../../src/ports/executor.ts'
import { guardedExecutor } from '../../src/ports/guarded-executor.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { blankMark, openAttemptMarks, type AttemptMark } from './attempt-mark.ts'
import { openConclusions } from './conclude.ts'
import type { ContainerSettings } from './container-spec.ts'
import { isRunning, isUnstarted, openContainers } from './containers.ts'
import { EngineAway, EngineRefusal, wordsOf, type Engine } from './engine.ts'
import type { ImageStore } from './images/image-store.ts'
import { createLauncher } from './launch.ts'
import { createLogCopies } from './log-copies.ts'
import { assertWanted, pause } from '../system/pause.ts'
import { createWatch } from './watch.ts'

export interface DockerOptions {
  /** Stays the caller's to close, after the executor. */
  readonly engine: Engine
  /** Absolute; marks lie in `containers/` below it. */
  readonly dataDir: string
  /** Tells the containers of this data directory from those of others. */
  readonly installation: string
  readonly clock: Clock
  /** Stays the caller's to close. */
  readonly images: ImageStore
  /** The user of a tenant; null where tenants have none of their own. */
  readonly ownerOf: (tenant: string) => { readonly uid: number; readonly gid: number } | null
  readonly settings: ContainerSettings
  readonly logger: Logger
  /** How long the log of a container may be out of reach, in milliseconds: as the engine's own `unavailableMs`. */
  readonly unavailableMs: number
  /** Between two looks at all containers that are waited for, in milliseconds. Default: 15 s. */
  readonly lookMs?: number
}

/** Between two kills of a container that does not end, in milliseconds. */
const killAgainMs = 2_000

/** Attempts as containers of a Docker engine. Makes `containers/`. The engine is asked about attempts that have a mark, and by `list`. See docs/docker.md.
 * @throws RunnerError `DATA_DIR_UNUSABLE` */
export const createDockerExecutor = (options: DockerOptions): Executor => {
  const { engine, dataDir, installation, clock, images, logger, unavailableMs, lookMs = 15_000 } = options
  const closing = new AbortController()
  const marks = openMarks(dataDir)
  const containers = openContainers(engine, installation, clock, closing.signal)
  const watch = createWatch({ engine, containers, installation, clock, logger, lookMs })
  const logs = createLogCopies({ engine, clock, logger, unavailableMs, engineFileBytes: options.settings.logBytesMax })
  const launch = createLauncher({ ...options, marks, containers, logs })
  const conclude = openConclusions({ engine, marks, watch, logs })
  /** Launches under way, and such that were given up while the engine was at it. They never reject. */
  const launches = new Map<string, Promise<unknown>>()

  /** Names of attempts whose containers were seen to have ended, until their removal. */
  const ended = new Set<string>()

  /** Names that were removed while the engine was being asked for its containers, whose answer may still have them; by question. */
  const removedMeanwhile = new Set<Set<string>>()

  /** Until then it is not known what the engine makes of a launch that was given up. */
  const launchSettled = async (name: string, signal: AbortSignal, doing: string): Promise<void> => {
    assertWanted(signal, doing)
    const under = launches.get(name)
    if (under) await pause(clock, Infinity, signal, doing, under)
  }

  const idOf = async (key: AttemptKey, mark: AttemptMark, signal: AbortSignal, patienceMs?: number): Promise<string | null> =>
    mark.container ?? (await containers.find(key, signal, patienceMs))?.Id ?? null

  /** Whether it ran and runs no more. */
  const hasEnded = async (id: string, signal: AbortSignal): Promise<boolean> => {
    const found = await containers.inspect(id, signal)
    return found !== null && !isRunning(found) && !isUnstarted(found)
  }

  /** What the container is like when it has ended; undefined when it has not, in that time. */
  const endedWithin = async (id: string, ms: number, signal: AbortSignal): Promise<ContainerInspectInfo | null | undefined> => {
    const late = new AbortController()
    const cancel = clock.timer(ms, () => late.abort())
    try {
      return await watch.ended(id, AbortSignal.any([signal, late.signal]), Infinity)
    } catch (cause) {
      if (late.signal.aborted && !signal.aborted) return undefined
      throw cause
    } finally {
      cancel()
    }
  }

  const told = (name: string, found: ContainerInspectInfo | null, signal: AbortSignal): Promise<Exit> => {
    if (found) ended.add(name)
    return conclude(name, found, signal)
  }

  /** @returns what it is like then; null when it is gone, or never ran */
  const bringDown = async (name: string, id: string, graceMs: number, signal: AbortSignal): Promise<ContainerInspectInfo | null> => {
    const found = await containers.inspect(id, signal, Infinity)
    if (found && isUnstarted(found)) {
      await containers.remove(id, signal) // an earlier runner's start could still come
      return null
    }
    if (!found || !isRunning(found)) return found
    marks.update(name, { killed: true })
    let ended: ContainerInspectInfo | null | undefined
    if (graceMs > 0) {
      await containers.kill(id, 'SIGTERM', signal)
      ended = await endedWithin(id, graceMs, signal)
    }
    while (ended === undefined) {
      await containers.kill(id, 'SIGKILL', signal)
      ended = await endedWithin(id, killAgainMs, signal)
    }
    return ended
  }

  const executor: Executor = {
    async provision(key, plan, signal, told) {
      return plan.mode === 'docker' ? images.ensure(key, plan.image, signal, told) : null
    },

    async launch(request, signal) {
      assertWanted(signal, 'the launch')
      const name = attemptName(request.key)
      const launched = launch(asDocker(request), name, signal)
      const under = launched.catch(() => {}).finally(() => launches.delete(name))
      launches.set(name, under)
      await pause(clock, Infinity, signal, 'the launch', under)
      return launched
    },

    async wait(key, signal) {
      const name = attemptName(key)
      await launchSettled(name, signal, 'the wait')
      const mark = marks.read(name)
      if (mark === null) throw new RunnerError('TASK_LOST', `the attempt ${name} has left no mark`)
      const id = await idOf(key, mark, signal)
      return told(name, id === null ? null : await watch.ended(id, signal), signal)
    },

    async stop(key, graceMs, signal) {
      const name = attemptName(key)
      await launchSettled(name, signal, 'the stop')
      const mark = marks.read(name)
      const id = mark && (await idOf(key, mark, signal, Infinity))
      if (id === null) return null
      return recorded(told(name, await bringDown(name, id, graceMs, signal), signal))
    },

    async drainLogs(key, signal) {
      const name = attemptName(key)
      const doing = 'reading the rest of the log'
      await launchSettled(name, signal, doing)
      const mark = marks.read(name)
      if (!mark?.logs) return
      try {
        const id = await idOf(key, mark, signal)
        if (id === null || !(ended.has(name) || (await hasEnded(id, signal)))) return
        logs.begin(name, id, mark.logs)
        await logs.settle(name, signal)
      } catch (cause) {
        assertWanted(signal, doing)
        logger.warn({ attempt: name, cause: wordsOf(cause) }, 'the rest of the log of a container cannot be read')
      }
    },

    async remove(key, signal) {
      const name = attemptName(key)
      await launchSettled(name, signal, 'the removal')
      const mark = marks.read(name)
      const id = mark && (await idOf(key, mark, signal))
      if (id !== null) {
        await containers.remove(id, signal)
        watch.forget(id)
      }
      logs.drop(name)
      ended.delete(name)
      marks.remove(name)
      for (const names of removedMeanwhile) names.add(name)
      images.release(key)
    },

    async list(signal) {
      assertWanted(signal, 'the list')
      const removed = new Set<string>()
      removedMeanwhile.add(removed)
      try {
        // A container whose mark was lost gets one, so that the other methods know of it.
        for (const { key, id } of await containers.list(signal))
          if (!removed.has(attemptName(key))) marks.create(attemptName(key), { ...blankMark, container: id })
      } catch (cause) {
        assertWanted(signal, 'the list')
        logger.warn({ cause: wordsOf(cause) }, 'the engine cannot be asked for its containers')
      } finally {
        removedMeanwhile.delete(removed)
      }
      return marks.list().map(parseAttemptName).filter((key) => key !== null) // prettier-ignore
    },

    async close() {
      closing.abort()
      watch.close()
      logs.close()
    },
  }
  return guardedExecutor(executor, unexpected)
}

const openMarks = (dataDir: string) => {
  try {
    return openAttemptMarks(join(dataDir, 'containers'))
  } catch (cause) {
    throw new RunnerError('DATA_DIR_UNUSABLE', `${dataDir} cannot hold the marks of containers: ${wordsOf(cause)}`, { cause })
  }
}

const asDocker = (request: LaunchRequest): LaunchRequest<DockerPlan> => {
  if (request.plan.mode !== 'docker') throw new RunnerError('INTERNAL', `a ${request.plan.mode} plan came to the Docker executor`)
  return { ...request, plan: request.plan }
}

/** Null for an attempt that is lost or never ran. */
const recorded = async (conclusion: Promise<Exit>): Promise<Exit | null> => {
  try {
    return await conclusion
  } catch (cause) {
    const none = ['TASK_LOST', 'COMMAND_NOT_FOUND', 'CONTAINER_REFUSED', 'LAUNCH_FAILED']
    if (cause instanceof RunnerError && none.includes(cause.code)) return null
    throw cause
  }
}

/** What the engine refuses where it has no reason to, it may do tomorrow. */
const unexpected = (cause: unknown): RunnerError =>
  cause instanceof EngineRefusal || cause instanceof EngineAway
    ? new RunnerError('ENGINE_UNAVAILABLE', `the Docker engine does not do its work: ${wordsOf(cause)}`, { cause })
    : new RunnerError('INTERNAL', wordsOf(cause), { cause })
