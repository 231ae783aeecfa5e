import { createHash } from 'node:crypto'
import { Heap } from '../../src/domain/heap.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { createSeededRandom, type SeededRandom } from './random.ts'

/** How badly the world treats a runner. Probabilities per call, times in simulated milliseconds. */
export interface Weather {
  /** The longest that a call, or its answer, takes. */
  readonly delayMsMax: number
  /** A call of the runner into the outside kills the runner: half of them before its effect, half after it, with the answer lost. */
  readonly crash: number
  /** A call fails with a transient error, without effect. */
  readonly failBefore: number
  /** A call has its effect, and fails all the same. */
  readonly failAfter: number
  /** A read of a log gives less than what is there, at least one byte. */
  readonly shortRead: number
}

export const calm: Weather = { delayMsMax: 0, crash: 0, failBefore: 0, failAfter: 0, shortRead: 0 }

/** One process of the runner in the simulated world. When it crashes, its timers and the answers it waits for are gone. */
export interface Incarnation {
  readonly number: number
  readonly alive: () => boolean
  readonly clock: Clock
  /** Runs `perform` in the world on behalf of this process, with the weather's delays, faults and crashes around it. After a crash the promise never settles.
   * @param fault what a failing call rejects with; without it the call never fails */
  call<T>(name: string, perform: () => T | Promise<T>, fault?: () => Error): Promise<T>
}

/** The outside: time, chance and everything that survives the runner. One thread, no real clock: the same seed and the same program give the same history. */
export interface World {
  readonly random: SeededRandom
  now(): number
  /** Something of the world itself, such as a task's process that prints. Survives crashes of the runner. Returns its cancellation. */
  schedule(delayMs: number, run: () => void): () => void
  weather: Weather
  /** Counts what happened to the runner. */
  readonly faults: { crashes: number; failures: number }
  /** Calls so far, each with a point before and one after its effect: where `crashAt` may strike. */
  points(): number
  /** Crash at exactly this point; null: never. Beside the weather. */
  crashAt: number | null
  begin(): Incarnation
  crash(): void
  /** Adds a line to the history. */
  trace(line: string): void
  /** sha256 of the history so far, in hexadecimal. */
  digest(): string
  /** Moves time from event to event until `done` holds. Rejects when nothing is left to happen, or after `msMax` simulated milliseconds. */
  run(done: () => boolean, msMax: number): Promise<void>
  /** The last lines of the history, for a report. */
  recent(): readonly string[]
}

interface Scheduled {
  readonly at: number
  readonly order: number
  run: (() => void) | null
}

const recentLines = 400
/** Simulated time begins here: 2026-01-01T00:00:00Z. */
const epochMs = 1_767_225_600_000

export const createWorld = (seed: number): World => {
  const random = createSeededRandom(seed)
  const chance = random.split('weather')
  const queue = createQueue()
  const history = createHash('sha256')
  const recent: string[] = []
  const faults = { crashes: 0, failures: 0 }
  let [now, points, number] = [epochMs, 0, 0]
  let living: { number: number } | null = null

  const trace = (line: string): void => {
    const stamped = `${now - epochMs} ${line}`
    history.update(stamped).update('\n')
    if (recent.push(stamped) > 2 * recentLines) recent.splice(0, recentLines)
  }

  const schedule = (delayMs: number, run: () => void): (() => void) => queue.add(now + Math.max(0, delayMs), run)

  const world: World = {
    random,
    weather: calm,
    faults,
    crashAt: null,
    now: () => now,
    points: () => points,
    schedule,
    trace,
    digest: () => history.copy().digest('hex'),
    recent: () => recent.slice(-recentLines),
    crash() {
      if (living === null) return
      faults.crashes++
      trace(`crash of process ${living.number}`)
      living = null
    },
    begin() {
      const self = { number: ++number }
      living = self
      const alive = (): boolean => living === self
      const own = (run: () => void) => (): void => {
        if (alive()) run()
      }
      /** True when the runner dies here. */
      const strikes = (): boolean => {
        const here = points++
        if (here !== world.crashAt && !chance.chance(world.weather.crash / 2)) return false
        world.crash()
        return true
      }
      const call: Incarnation['call'] = (name, perform, fault) =>
        new Promise((resolve, reject) => {
          const fails = (probability: number): boolean => fault !== undefined && chance.chance(probability) && (faults.failures++, true)
          const begin = async (): Promise<void> => {
            if (!alive() || strikes()) return
            if (fails(world.weather.failBefore)) {
              trace(`${name}: fails`)
              return reject(fault!())
            }
            trace(name)
            const [settle, value] = await Promise.resolve()
              .then(perform)
              .then((result) => [resolve, result] as const, (cause: unknown) => [reject, cause] as const) // prettier-ignore
            if (!alive() || strikes()) return
            const answer = fails(world.weather.failAfter) && settle === resolve ? () => reject(fault!()) : () => settle(value as never)
            schedule(delay(), own(answer))
          }
          schedule(delay(), own(() => void begin())) // prettier-ignore
        })
      return {
        number: self.number,
        alive,
        call,
        clock: {
          now: () => now,
          monotonic: () => now - epochMs,
          timer: (delayMs, run) => schedule(delayMs, own(run)),
        },
      }
    },
    async run(done, msMax) {
      const end = now + msMax
      for (;;) {
        await new Promise<void>((resolve) => setImmediate(resolve)) // everything that follows from the last event happens before the next one
        if (done()) return
        const next = queue.next()
        if (next === null) throw new Error('the simulation stands still: nothing is scheduled and the goal is not reached')
        if (next.at > end) throw new Error(`the goal was not reached within ${msMax} simulated ms`)
        now = Math.max(now, next.at)
        next.run!()
      }
    },
  }
  const delay = (): number => (world.weather.delayMsMax === 0 ? 0 : chance.int(0, world.weather.delayMsMax))
  return world
}

/** Ordered by time, then by order of scheduling. */
const createQueue = () => {
  const items = new Heap<Scheduled>((a, b) => (a.at !== b.at ? a.at < b.at : a.order < b.order))
  let order = 0
  return {
    add(at: number, run: () => void): () => void {
      const item: Scheduled = { at, order: order++, run }
      items.push(item)
      return () => {
        item.run = null
      }
    },
    next(): Scheduled | null {
      for (let item = items.pop(); item !== undefined; item = items.pop()) if (item.run !== null) return item
      return null
    },
  }
}
