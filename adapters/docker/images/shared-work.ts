import type { Progress } from '../../../src/domain/events.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { givenUp } from '../../system/pause.ts'

type Told = (progress: Progress) => void

interface Flight<T> {
  readonly outcome: Promise<T>
  readonly members: Set<{ readonly told: Told }>
  readonly stop: AbortController
  latest: Progress | null
  toldAt: number
  /** Cancels the report that is due; null when none is. */
  saySoon: (() => void) | null
}

/** Shortest time between two progress reports of one flight, in milliseconds: the journal takes one a second of each task. */
const tellEveryMs = 1_000

/** Work that is done once for all who ask for it at the same time. It ends early when the last of them gives up.
 * @param doing what that is, in the words of an error */
export const createSharedWork = <T>(clock: Clock, doing: string, work: (name: string, signal: AbortSignal, told: Told) => Promise<T>) => {
  const flights = new Map<string, Flight<T>>()
  const running = new Set<Flight<T>>()

  const say = (flight: Flight<T>): void => {
    flight.saySoon?.()
    flight.saySoon = null
    flight.toldAt = clock.monotonic()
    for (const { told } of flight.members) told(flight.latest!)
  }

  const tell = (flight: Flight<T>, progress: Progress): void => {
    const isFirst = flight.latest === null
    flight.latest = progress
    const waitMs = isFirst || progress.percent === 100 ? 0 : flight.toldAt + tellEveryMs - clock.monotonic()
    if (waitMs <= 0) say(flight)
    else flight.saySoon ??= clock.timer(waitMs, () => say(flight))
  }

  const begin = (name: string): Flight<T> => {
    const stop = new AbortController()
    const outcome = Promise.resolve().then(() => work(name, stop.signal, (progress) => tell(flight, progress)))
    const flight: Flight<T> = { outcome, members: new Set(), stop, latest: null, toldAt: 0, saySoon: null }
    const end = (): void => {
      flight.saySoon?.()
      running.delete(flight)
      leaveMap(name, flight)
    }
    outcome.then(end, end)
    flights.set(name, flight)
    running.add(flight)
    return flight
  }

  const leaveMap = (name: string, flight: Flight<T>): void => {
    if (flights.get(name) === flight) flights.delete(name)
  }

  return {
    /** Rejects as the work does, and as soon as the signal aborts.
     * @throws RunnerError `CANCELLED` */
    join: (name: string, signal: AbortSignal, told: Told): Promise<T> =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(givenUp(signal, doing))
        const flight = flights.get(name) ?? begin(name)
        const member = { told }
        const leave = (): void => {
          signal.removeEventListener('abort', abort)
          flight.members.delete(member)
        }
        const abort = (): void => {
          leave()
          reject(givenUp(signal, doing))
          if (flight.members.size > 0) return
          leaveMap(name, flight) // who comes now begins anew
          flight.stop.abort(signal.reason)
        }
        flight.members.add(member)
        signal.addEventListener('abort', abort)
        if (flight.latest) told(flight.latest)
        flight.outcome.then(resolve, reject).finally(leave)
      }),
    /** Ends all work and waits until it has ended. */
    async close(): Promise<void> {
      const all = [...running]
      for (const { stop } of all) stop.abort()
      await Promise.allSettled(all.map(({ outcome }) => outcome))
    },
  }
}
