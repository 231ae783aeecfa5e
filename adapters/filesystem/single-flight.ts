/** Runs work that several ask for at once only once for all of them. The work is aborted when nobody waits for it any more; a wait rejects with its own
 * signal's reason. Who asks after the work has ended starts it again. */
export const createSingleFlight = <T>() => {
  interface Flight {
    readonly result: Promise<T>
    readonly abort: AbortController
    waiting: number
  }
  const flights = new Map<string, Flight>()

  const take = (key: string, work: (signal: AbortSignal) => Promise<T>): Flight => {
    const known = flights.get(key)
    if (known) return known
    const abort = new AbortController()
    const flight: Flight = {
      abort,
      waiting: 0,
      result: work(abort.signal).finally(() => {
        if (flights.get(key) === flight) flights.delete(key)
      }),
    }
    flights.set(key, flight)
    return flight
  }

  return async (key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted()
    const flight = take(key, work)
    flight.waiting++
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([flight.result, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
      if (--flight.waiting === 0 && flights.get(key) === flight) {
        flights.delete(key)
        flight.abort.abort(signal.reason)
        flight.result.catch(() => {}) // nobody is left to hear it
      }
    }
  }
}
