import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JournalRecord, TaskRow } from '../ports/journal.ts'
import { createListeners } from './listeners.ts'
import { followTasks } from './task-records.ts'

/** A journal that is written record by record, where what is stored is released later. */
const createWorld = () => {
  const records: JournalRecord[] = []
  const listeners = createListeners()
  let released = 0
  let reads = 0
  return {
    append(id: string, value = 'running'): void {
      const seq = records.filter(({ stream }) => stream === `task:${id}`).length
      const state = value === 'told' ? null : { value }
      records.push({ position: records.length + 1, stream: `task:${id}`, seq, at: 0, type: 'x', data: {}, state, public: [] })
    },
    release(): void {
      for (; released < records.length; listeners.notify(records[released - 1]!.stream.slice('task:'.length))) released++
    },
    positionsOf: (ids: readonly string[]): number[] =>
      records.filter(({ stream }) => ids.includes(stream.slice('task:'.length))).map(({ position }) => position),
    reads: () => reads,
    notify: (id: string): void => listeners.notify(id),
    follow: (ids: readonly string[], after = 0, signal?: AbortSignal) =>
      followTasks(
        {
          journal: {
            readStream(stream, fromSeq, limit) {
              reads++
              return records.filter((record) => record.stream === stream).slice(fromSeq, fromSeq + limit)
            },
            findTask: (id) => (records.some(({ stream }) => stream === `task:${id}`) ? ({ id } as TaskRow) : null),
          },
          listeners,
          released: () => released,
          closed: () => false,
        },
        ids,
        after,
        signal,
      ),
  }
}

const collect = async (records: AsyncIterable<JournalRecord>): Promise<number[]> => {
  const positions: number[] = []
  for await (const { position } of records) positions.push(position)
  return positions
}

describe('the records of some tasks', () => {
  it('come each once, in the order of the journal, however commits and reads fall, and end with the last task', async () => {
    const step = fc.oneof(fc.constantFrom('a', 'b', 'c', 'other'), fc.constant('release'), fc.constant('turn'))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(10), async (steps, after) => {
        const world = createWorld()
        for (const id of ['a', 'b', 'c', 'other']) world.append(id)
        world.release()
        const collected = collect(world.follow(['a', 'b', 'c'], after))
        for (const what of steps) {
          if (what === 'turn') await new Promise((resolve) => setImmediate(resolve))
          else if (what === 'release') world.release()
          else world.append(what, what === 'b' ? 'told' : 'running')
        }
        for (const id of ['c', 'a', 'other', 'b']) world.append(id, 'completed')
        world.release()
        expect(await collected).toEqual(world.positionsOf(['a', 'b', 'c']).filter((position) => position > after))
      }),
      { numRuns: 200 },
    )
  })

  it('are read for nobody while others have news', async () => {
    const world = createWorld()
    world.append('a')
    world.append('other')
    world.release()
    const follower = world.follow(['a'])
    await follower.next()
    const next = follower.next()
    await Promise.resolve()
    const before = world.reads()
    for (let count = 0; count < 100; count++) world.append('other')
    world.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(world.reads()).toBe(before)
    world.append('a', 'failed')
    world.release()
    expect((await next).value).toMatchObject({ stream: 'task:a', state: { value: 'failed' } })
    expect((await follower.next()).done).toBe(true)
  })

  it('end for a task that is put aside, and with the signal', async () => {
    const world = createWorld()
    const stop = new AbortController()
    world.append('a')
    world.release()
    const gone = collect(world.follow(['gone']))
    expect(await gone).toEqual([])
    const stopped = collect(world.follow(['a'], 0, stop.signal))
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    expect(await stopped).toEqual([1])
  })
})
