import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { containerName, keyOf, label } from './container-spec.ts'
import { EngineAway, EngineRefusal, type Engine } from './engine.ts'
import { startRefusal } from './outcome.ts'
import { pause } from '../system/pause.ts'

/** Whether something of it may run: a paused container does, one that was created or has ended does not. */
export const isRunning = ({ State }: ContainerInspectInfo): boolean => State.Running || State.Restarting

/** Created, and not started since. A start may have been refused: for a reason that is refused again, or because the engine was about to stop. */
export const wasNeverStarted = ({ State }: ContainerInspectInfo): boolean => State.Status === 'created'

/** Created, and neither started since nor refused to start. */
export const isUnstarted = (found: ContainerInspectInfo): boolean => wasNeverStarted(found) && found.State.Error === ''

/** The containers of one installation, as the engine has them. Calls wait for an engine that is away, as `Engine.insist` does. */
export interface Containers {
  /** Null when it is gone. */
  inspect(id: string, signal: AbortSignal, patienceMs?: number): Promise<ContainerInspectInfo | null>
  /** By its name; null when there is none. */
  find(key: AttemptKey, signal: AbortSignal, patienceMs?: number): Promise<ContainerInspectInfo | null>
  /** Or the one that is there by that name: the answer to an earlier call may have been lost. Not broken off by `signal` while the engine is at it.
   * @returns its id, and what is known of one that was there
   * @throws RunnerError `CONTAINER_REFUSED`, `LAUNCH_FAILED`, `ENGINE_UNAVAILABLE` */
  create(
    key: AttemptKey,
    spec: ContainerCreateOptions,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly found: ContainerInspectInfo | null }>
  /** Once, also when the answer is lost: a second start of a container that has ended would run it again. Not broken off by `signal` either.
   * @throws RunnerError as `create`, and `COMMAND_NOT_FOUND` */
  start(id: string, signal: AbortSignal): Promise<void>
  /** Resolves also when it does not run. */
  kill(id: string, killSignal: 'SIGTERM' | 'SIGKILL', signal: AbortSignal): Promise<void>
  /** With its volumes, whatever its state; resolves when it is gone. */
  remove(id: string, signal: AbortSignal): Promise<void>
  /** With little patience: one call, or two where a connection has gone stale. @throws EngineRefusal; RunnerError `ENGINE_UNAVAILABLE` */
  list(signal: AbortSignal): Promise<{ readonly key: AttemptKey; readonly id: string }[]>
}

/** An engine takes a name first, and has the container under it later: an earlier call, which was given up, may still be at it. For so long it is asked again, in milliseconds. */
const makingMs = 60_000

/** @param open aborts when the executor closes */
export const openContainers = (engine: Engine, installation: string, clock: Clock, open: AbortSignal): Containers => {
  const inspect: Containers['inspect'] = (id, signal, patienceMs) =>
    orNull(engine.insist(signal, (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }), patience(patienceMs)))

  const isOf = ({ Config }: ContainerInspectInfo, key: AttemptKey): boolean => {
    const owner = keyOf(Config.Labels, installation)
    return owner !== null && attemptName(owner) === attemptName(key)
  }

  const find: Containers['find'] = async (key, signal, patienceMs) => {
    const found = await inspect(containerName(installation, key), signal, patienceMs)
    return found && isOf(found, key) ? found : null
  }

  /** An engine that is stopping fails in its own ways, of which nobody has a list; it listens no more by then. Such a failure says nothing about the container. */
  const isOfItsEnd = async ({ status }: EngineRefusal, signal: AbortSignal): Promise<boolean> =>
    status >= 500 && !(await engine.listens(signal))

  return {
    inspect,
    find,

    async create(key, spec, signal) {
      const end = clock.monotonic() + makingMs
      for (;;) {
        try {
          const { id } = await engine.insist(signal, (docker, abortSignal) => docker.createContainer({ ...spec, abortSignal }), {
            callSignal: open,
          })
          return { id, found: null }
        } catch (cause) {
          if (!(cause instanceof EngineRefusal)) throw cause
          if (cause.status === 409) {
            const found = await inspect(containerName(installation, key), signal)
            if (found && isOf(found, key)) return { id: found.Id, found }
            if (found) throw createRefusal(cause)
            if (clock.monotonic() >= end) throw stillMaking(cause)
          } else if (!(await isOfItsEnd(cause, signal))) throw createRefusal(cause)
        }
        await pause(clock, 100, signal, 'the launch')
      }
    },

    async start(id, signal) {
      for (;;) {
        try {
          await engine.ask(open, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }))
          return
        } catch (cause) {
          if (cause instanceof EngineRefusal) {
            if (cause.status === 304) return // it runs already
            if (!(await isOfItsEnd(cause, signal))) throw startRefusal(cause.message, cause.status)
          } else if (!(cause instanceof EngineAway)) throw cause
        }
        const found = await inspect(id, signal)
        if (found === null || !wasNeverStarted(found)) return
        await pause(clock, 100, signal, 'the launch')
      }
    },

    async kill(id, killSignal, signal) {
      try {
        await engine.insist(
          signal,
          (docker, abortSignal) => docker.getContainer(id).kill({ signal: killSignal, abortSignal }),
          patience(Infinity),
        )
      } catch (cause) {
        // 404: gone; 409: does not run. What else the engine says, the caller looks and tries again.
        if (!(cause instanceof EngineRefusal)) throw cause
      }
    },

    async remove(id, signal) {
      for (let delayMs = 50; ; delayMs = Math.min(1_000, delayMs * 2)) {
        try {
          await engine.insist(signal, (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }))
          return // an engine answers so when nothing of it is left
        } catch (cause) {
          if (!(cause instanceof EngineRefusal)) throw cause
          if (cause.status === 404) return
          // 409: its removal is under way; 5xx: a file system that is busy for a while.
        }
        await pause(clock, delayMs, signal, 'the removal')
      }
    },

    async list(signal) {
      const filters = { label: [`${label.installation}=${installation}`] }
      const found = await engine.insist(signal, (docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal }), {
        patienceMs: 100,
      })
      return found.flatMap(({ Id, Labels }) => {
        const key = keyOf(Labels, installation)
        return key ? [{ key, id: Id }] : []
      })
    },
  }
}

const patience = (patienceMs: number | undefined) => (patienceMs === undefined ? {} : { patienceMs })

const orNull = async <T>(promise: Promise<T>): Promise<T | null> => {
  try {
    return await promise
  } catch (cause) {
    if (cause instanceof EngineRefusal && cause.status === 404) return null
    throw cause
  }
}

const stillMaking = ({ message }: EngineRefusal): RunnerError =>
  new RunnerError('ENGINE_UNAVAILABLE', `the Docker engine does not come to an end with a container: ${message}`)

/** 404: the image was removed since it was provided. */
const createRefusal = ({ status, message }: EngineRefusal): RunnerError =>
  status === 404 || status >= 500
    ? new RunnerError('LAUNCH_FAILED', `the container could not be created: ${message}`)
    : new RunnerError('CONTAINER_REFUSED', `the engine refuses the container: ${message}`)
