import type { ContainerInspectInfo } from 'dockerode'
import type { Clock } from '../../src/ports/clock.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { label } from './container-spec.ts'
import { isRunning, type Containers } from './containers.ts'
import { EngineAway, wordsOf, type Engine } from './engine.ts'
import { pause } from '../system/pause.ts'

/** Notices the end of containers. Three witnesses, none of which is believed: the engine's answer to `wait`, its events, and a look at all of them now and
 * then. Each only has the container inspected, and that decides. */
export interface Watch {
  /** Resolves when the container runs no more; null when it is gone.
   * @param patienceMs with an engine that is away; default: the engine's
   * @throws RunnerError `ENGINE_UNAVAILABLE`, `CANCELLED` */
  ended(id: string, signal: AbortSignal, patienceMs?: number): Promise<ContainerInspectInfo | null>
  /** Whether the engine told that the memory limit ended a process in it. */
  toldOfOom(id: string): boolean
  forget(id: string): void
  close(): void
}

export interface WatchOptions {
  readonly engine: Engine
  readonly containers: Containers
  readonly installation: string
  readonly clock: Clock
  readonly logger: Logger
  /** Between two looks at all containers, in milliseconds. */
  readonly lookMs: number
}

/** Between two `wait` calls for one container: an engine, or what stands before it, may refuse them at once. */
const waitAgainMs = 5_000

export const createWatch = ({ engine, containers, installation, clock, logger, lookMs }: WatchOptions): Watch => {
  const bells = new Map<string, Set<() => void>>()
  const oom = new Set<string>()
  const closing = new AbortController()
  let listening = false

  const ring = (id: string): void => bells.get(id)?.forEach((bell) => bell())
  const ringAll = (): void => [...bells.keys()].forEach(ring)

  const take = (line: string): void => {
    const event = parseEvent(line)
    if (event?.status === 'oom') oom.add(event.id)
    if (event) ring(event.id)
  }

  /** From the first wait on. What happened between two subscriptions is looked for. */
  const subscribe = async (signal: AbortSignal): Promise<void> => {
    const filters = { type: ['container'], label: [`${label.installation}=${installation}`], event: ['die', 'oom', 'destroy'] }
    for (let delayMs = 50; !signal.aborted; delayMs = Math.min(2_000, delayMs * 2)) {
      try {
        const stream = await engine.ask(signal, (docker, abortSignal) =>
          docker.getEvents({ filters: JSON.stringify(filters), abortSignal }),
        )
        delayMs = 50
        ringAll()
        await eachLine(stream, take)
      } catch (cause) {
        if (signal.aborted) return
        logger.debug({ cause: wordsOf(cause) }, 'the events of the engine broke off')
      }
      if (signal.aborted) return
      engine.lost()
      ringAll()
      await pause(clock, delayMs, signal, 'the watch').catch(() => {})
    }
  }

  const look = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await pause(clock, lookMs, signal, 'the watch').catch(() => {})
      if (signal.aborted) return
      if (bells.size === 0) continue // nobody waits
      const filters = { label: [`${label.installation}=${installation}`], status: ['running', 'paused', 'restarting'] }
      const running = await engine.ask(signal, (docker, abortSignal) => docker.listContainers({ filters, abortSignal })).catch(() => [])
      const ids = new Set(running.map(({ Id }) => Id))
      for (const id of bells.keys()) if (!ids.has(id)) ring(id)
    }
  }

  const listen = (id: string, bell: () => void): (() => void) => {
    if (!listening) {
      listening = true
      void subscribe(closing.signal)
      void look(closing.signal)
    }
    const own = bells.get(id) ?? new Set()
    bells.set(id, own.add(bell))
    return () => {
      own.delete(bell)
      if (own.size === 0) bells.delete(id)
    }
  }

  /** Rings when the engine answers, whatever it says; at the latest when the wait is over. */
  const askToWait = (id: string, signal: AbortSignal, bell: () => void): void =>
    void engine
      .ask(signal, (docker, abortSignal) => docker.getContainer(id).wait({ condition: 'not-running', abortSignal }), null)
      .then(bell, bell)

  return {
    async ended(id, signal, patienceMs) {
      const over = new AbortController()
      const either = AbortSignal.any([signal, over.signal])
      const bell = createBell()
      const unlisten = listen(id, bell.ring)
      let askedAt = -Infinity
      try {
        for (;;) {
          if (clock.monotonic() - askedAt >= waitAgainMs) {
            askedAt = clock.monotonic()
            askToWait(id, either, bell.ring)
          }
          await pause(clock, Infinity, signal, 'the wait', bell.rung())
          const found = await containers.inspect(id, signal, patienceMs)
          if (found === null || !isRunning(found)) return found
        }
      } finally {
        unlisten()
        over.abort()
      }
    },
    toldOfOom: (id) => oom.has(id),
    forget: (id) => void oom.delete(id),
    close: () => closing.abort(),
  }
}

/** Remembers that it was rung until somebody listens. */
const createBell = () => {
  let next = Promise.withResolvers<undefined>()
  return {
    ring: () => next.resolve(undefined),
    async rung(): Promise<void> {
      await next.promise
      next = Promise.withResolvers()
    },
  }
}

/** One line of an event is a few hundred bytes; labels of images are in it. */
const lineUnitsMax = 1_048_576

const eachLine = async (stream: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> => {
  let half = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    const lines = (half + String(chunk)).split('\n')
    half = lines.pop()!
    if (half.length > lineUnitsMax) throw new EngineAway('an event without an end')
    lines.filter(Boolean).forEach(take)
  }
}

const parseEvent = (line: string): { id: string; status: string } | null => {
  try {
    const { id, status } = JSON.parse(line) as { id?: unknown; status?: unknown }
    return typeof id === 'string' && typeof status === 'string' ? { id, status } : null
  } catch {
    return null
  }
}
