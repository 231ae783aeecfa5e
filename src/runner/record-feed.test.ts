import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import { createListeners, everything, tenantKey } from './listeners.ts'
import { createRecordFeed } from './record-feed.ts'

const createWorld = () => {
  const records: JournalRecord[] = []
  const listeners = createListeners()
  let reads = 0
  const tenantOf = (id: string): string => id.split('-')[0]!
  const feed = createRecordFeed({
    journal: {
      lastPosition: () => records.length,
      readAfter(position, limit) {
        reads++
        return records.slice(position, position + limit)
      },
      findTask: (id) => ({ id, tenant: tenantOf(id) }) as TaskRow,
    },
    listeners,
    closed: () => false,
  })
  return {
    feed,
    reads: () => reads,
    append(stream: string, data = {}): void {
      records.push({ position: records.length + 1, stream, seq: 0, at: 0, type: 'x', data, state: null, public: [] })
    },
    notify(tenant?: string): void {
      if (tenant !== undefined) listeners.notify(tenantKey(tenant))
      listeners.notify(everything)
    },
  }
}

const positions = (records: readonly JournalRecord[]): number[] => records.map(({ position }) => position)
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

const take = async (follower: AsyncGenerator<JournalRecord>, count: number): Promise<JournalRecord[]> => {
  const taken: JournalRecord[] = []
  while (taken.length < count) {
    const { value, done } = await follower.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

describe('the feed of records', () => {
  it('gives every follower each record once and in order, whatever its pace and wherever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ append: fc.integer({ min: 0, max: 1_500 }), who: fc.nat(2), take: fc.integer({ min: 0, max: 1_500 }) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
        async (steps, begins) => {
          const { feed, append, notify } = createWorld()
          for (const _ of range(1, 40)) append('task:a-1')
          const followers = begins.map((after) => ({ stream: feed.follow(after), after }))
          let total = 40
          for (const step of steps) {
            for (let made = 0; made < step.append; made++) append('task:a-1')
            total += step.append
            notify()
            const follower = followers[step.who]!
            const count = Math.min(step.take, total - follower.after)
            const taken = await take(follower.stream, count)
            expect(positions(taken)).toEqual(range(follower.after + 1, follower.after + count))
            follower.after += count
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('reads what is new once, however many follow', async () => {
    const { feed, append, notify, reads } = createWorld()
    append('task:a-1')
    const followers = range(1, 50).map(() => feed.follow(0))
    for (const follower of followers) await take(follower, 1)
    const before = reads()
    const next = followers.map((follower) => take(follower, 1))
    append('task:a-1')
    notify()
    expect((await Promise.all(next)).map(positions)).toEqual(followers.map(() => [2]))
    expect(reads() - before).toBe(1)
  })

  it('keeps no more than some megabytes of it in memory', async () => {
    const { feed, append, notify, reads } = createWorld()
    const text = 'x'.repeat(1_000_000)
    const follower = feed.follow(0)
    for (const _ of range(1, 20)) append('task:a-1', { text })
    notify()
    await take(follower, 20)
    const before = reads()
    expect(positions(await take(feed.follow(17), 3))).toEqual([18, 19, 20])
    expect(reads()).toBe(before)
    expect(positions(await take(feed.follow(2), 3))).toEqual([3, 4, 5])
    expect(reads()).toBe(before + 1)
  })

  it("gives a tenant's follower its tasks' records alone, and wakes it for no other's", async () => {
    const { feed, append, notify, reads } = createWorld()
    append('runner')
    append('task:acme-1')
    append('task:other-1')
    const follower = feed.follow(0, { tenant: 'acme' })
    expect(positions(await take(follower, 1))).toEqual([2])
    const next = take(follower, 1)
    append('task:other-2')
    notify('other')
    const before = reads()
    append('task:acme-2')
    notify('acme')
    expect(positions(await next)).toEqual([5])
    expect(reads() - before).toBe(1)
  })

  it('ends with its signal', async () => {
    const { feed } = createWorld()
    const stop = new AbortController()
    const next = feed.follow(0, { signal: stop.signal }).next()
    stop.abort()
    expect(await next).toEqual({ value: undefined, done: true })
  })
})
