import { expect, it } from 'vitest'
import { createSingleFlight } from './single-flight.ts'

const { signal } = new AbortController()

it('runs what several ask for at once only once, and again for who asks later', async () => {
  const share = createSingleFlight<number>()
  let runs = 0
  const work = async (): Promise<number> => ++runs
  expect(await Promise.all([1, 2, 3].map(() => share('a', work, signal)))).toEqual([1, 1, 1])
  expect(await share('a', work, signal)).toBe(2)
})
it('keeps different things apart', async () => {
  const share = createSingleFlight<string>()
  expect(await Promise.all(['a', 'b'].map((key) => share(key, async () => key, signal)))).toEqual(['a', 'b'])
})
it('tells everybody of a failure, and tries again for the next one', async () => {
  const share = createSingleFlight<string>()
  const failing = async (): Promise<string> => Promise.reject(new Error('no'))
  const results = await Promise.allSettled([share('a', failing, signal), share('a', failing, signal)])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await share('a', async () => 'yes', signal)).toBe('yes')
})
it('goes on for the others when one stops waiting, and ends when nobody waits', async () => {
  const share = createSingleFlight<string>()
  const stops = [new AbortController(), new AbortController()]
  let ended: unknown = null
  const work = (shared: AbortSignal): Promise<string> =>
    new Promise((_, reject) => shared.addEventListener('abort', () => reject((ended = shared.reason) as Error)))
  const waiting = stops.map((stop) => share('a', work, stop.signal))
  stops[0]!.abort(new Error('first'))
  await expect(waiting[0]).rejects.toThrow('first')
  expect(ended).toBeNull()
  stops[1]!.abort(new Error('second'))
  await expect(waiting[1]).rejects.toThrow('second')
  expect(ended).toMatchObject({ message: 'second' })
  expect(await share('a', async () => 'fresh', signal)).toBe('fresh')
})
