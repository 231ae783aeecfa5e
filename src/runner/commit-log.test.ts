import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import { RunnerError } from '../domain/errors.ts'
import type { Journal, JournalEntry, JournalRecord } from '../ports/journal.ts'
import { createCommitLog, type Draft, type Trouble } from './commit-log.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A journal whose commits the test answers: each append waits until then. */
const createFakeJournal = () => {
  const stored: JournalEntry[] = []
  const waiting: { readonly entries: readonly JournalEntry[]; readonly answer: (failure?: Error) => Promise<void> }[] = []
  let [underWay, overlaps] = [0, 0]
  const append = (entries: readonly JournalEntry[]): Promise<void> =>
    new Promise((resolve, reject) => {
      if (underWay++ > 0) overlaps++
      const answer = async (failure?: Error): Promise<void> => {
        underWay--
        if (failure) reject(failure)
        else {
          stored.push(...entries)
          resolve()
        }
        await turn()
      }
      waiting.push({ entries: [...entries], answer })
    })
  const next = () => waiting.shift() ?? expect.fail('no commit is under way')
  return { journal: { lastPosition: () => 7, append } as unknown as Journal, stored, next, waiting, overlaps: () => overlaps }
}

const create = () => {
  const fake = createFakeJournal()
  const { clock, pass, timers } = createManualClock()
  const defects: unknown[] = []
  const log = createCommitLog(
    fake.journal,
    clock,
    (cause) => defects.push(cause),
    (trouble) => troubles.push(trouble),
  )
  const released: JournalRecord[] = []
  const dropped: RunnerError[] = []
  const troubles: (Trouble | null)[] = []
  let seq = 0
  const draft = (text = ''): Draft => ({ stream: 'runner', seq: seq++, at: 0, type: 'x', data: { text }, state: null, public: [] })
  const add = (text = '', release: (record: JournalRecord) => void = () => undefined): void =>
    log.append(
      draft(text),
      null,
      (record) => {
        released.push(record)
        release(record)
      },
      (cause) => dropped.push(cause),
    )
  const elapse = async (ms: number): Promise<void> => {
    pass(ms)
    await turn()
  }
  return {
    ...fake,
    log,
    add,
    released,
    dropped,
    troubles,
    defects,
    elapse,
    timers,
    positions: () => released.map(({ position }) => position),
  }
}
const full = new RunnerError('JOURNAL_UNAVAILABLE', 'the disk is full')

describe('the commit log', () => {
  it('commits what is applied in one turn together, and releases it in order, only after the commit', async () => {
    const { add, next, positions, waiting } = create()
    add()
    add()
    add()
    await turn()
    expect([waiting.length, positions()]).toEqual([1, []])
    const { entries, answer } = next()
    expect(entries.map(({ record }) => record.position)).toEqual([8, 9, 10])
    await answer()
    expect(positions()).toEqual([8, 9, 10])
  })

  it('has one commit under way at a time; what is applied meanwhile shares the next ones', async () => {
    const { add, next, waiting, overlaps, positions } = create()
    add()
    await turn()
    for (let index = 0; index < 50; index++) {
      add()
      await Promise.resolve()
    }
    await turn()
    let commits = 0
    for (; waiting.length > 0; commits++) {
      expect(waiting.length).toBe(1)
      await next().answer()
    }
    expect([overlaps(), positions()]).toEqual([0, Array.from({ length: 51 }, (_, index) => 8 + index)])
    expect(commits).toBeLessThan(10)
  })

  it('keeps a large batch apart, so that nobody waits for all of it', async () => {
    const { add, next, positions, waiting } = create()
    for (let index = 0; index < 4_500; index++) add()
    await turn()
    const sizes: number[] = []
    while (waiting.length > 0) {
      const { entries, answer } = next()
      sizes.push(entries.length)
      await answer()
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
    expect(positions()).toEqual(Array.from({ length: 4_500 }, (_, index) => 8 + index))
  })

  it('tries a commit that failed again until it succeeds: nothing is lost, doubled or out of order', async () => {
    const { add, next, log, elapse, positions, stored, troubles } = create()
    add('a')
    await turn()
    const first = next()
    await first.answer(full)
    add('b')
    expect([positions(), log.trouble()]).toEqual([[], { since: 0, message: 'the disk is full' }])
    const pauses = [50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]
    for (const pauseMs of pauses) {
      await elapse(pauseMs - 1)
      expect(() => next()).toThrow('no commit')
      await elapse(1)
      const again = next()
      expect(again.entries).toEqual(first.entries)
      await again.answer(full)
    }
    expect(log.trouble()?.since).toBe(0)
    await elapse(2_000)
    await next().answer()
    expect([positions(), log.trouble()]).toEqual([[8], null])
    await next().answer()
    expect(positions()).toEqual([8, 9])
    expect(stored.map(({ record }) => record.position)).toEqual([8, 9])
    expect(troubles).toEqual([{ since: 0, message: 'the disk is full' }, null])
  })

  it('goes on releasing after a release that threw, and tells of it', async () => {
    const { add, next, positions, defects, log } = create()
    const cause = new Error('a defect')
    add('a')
    add('b', () => {
      throw cause
    })
    add('c')
    await turn()
    await next().answer()
    expect([positions(), defects, log.uncommittedBytes()]).toEqual([[8, 9, 10], [cause], 0])
    add('d')
    await turn()
    await next().answer()
    expect(positions()).toEqual([8, 9, 10, 11])
  })

  it('takes what a release applies, into the next commit', async () => {
    const { add, next, positions } = create()
    add('a', () => add('b', () => add('c')))
    await turn()
    for (let commit = 0; commit < 3; commit++) await next().answer()
    expect(positions()).toEqual([8, 9, 10])
  })
})

describe('backpressure', () => {
  it('counts what is applied and not yet durable', async () => {
    const { add, log, next } = create()
    expect(log.uncommittedBytes()).toBe(0)
    add('x'.repeat(10_000))
    expect(log.uncommittedBytes()).toBeGreaterThan(10_000)
    expect(log.uncommittedBytes()).toBeLessThan(11_000)
    await turn()
    expect(log.uncommittedBytes()).toBeGreaterThan(10_000)
    await next().answer()
    expect(log.uncommittedBytes()).toBe(0)
  })

  it('gives room at once where there is some, and else after the commit that makes it', async () => {
    const { add, log, next } = create()
    await log.room(1)
    add('x'.repeat(10_000))
    const order: string[] = []
    const waiting = [log.room(1_000).then(() => order.push('small')), log.room(100_000).then(() => order.push('large'))]
    await turn()
    expect(order).toEqual(['large'])
    await next().answer()
    await Promise.all(waiting)
    expect(order).toEqual(['large', 'small'])
  })

  it('gives no room while the disk is full', async () => {
    const { add, log, next, elapse } = create()
    add('x'.repeat(10_000))
    let roomy = false
    void log.room(1_000).then(() => (roomy = true))
    await turn()
    await next().answer(full)
    await elapse(49)
    expect(roomy).toBe(false)
    await elapse(1)
    await next().answer()
    expect(roomy).toBe(true)
  })
})

describe('idle and close', () => {
  it('is idle when everything was released', async () => {
    const { add, log, next, positions } = create()
    await log.idle()
    add()
    let idle = false
    void log.idle().then(() => (idle = true))
    await turn()
    expect(idle).toBe(false)
    const commit = next()
    add()
    await commit.answer()
    expect(idle).toBe(false)
    await next().answer()
    expect([idle, positions()]).toEqual([true, [8, 9]])
  })

  it('does not keep anybody waiting for a disk: idle is over when a commit fails, and while it is tried again', async () => {
    const { add, log, next } = create()
    add()
    const idle = log.idle()
    await turn()
    await next().answer(full)
    await idle
    await log.idle()
    expect(log.trouble()).not.toBeNull()
  })

  it('releases the commit that is under way when it is closed, drops what waits behind it, and is closed then', async () => {
    const { add, log, next, positions, dropped } = create()
    add()
    await turn()
    const commit = next()
    add()
    let closed = false
    void log.close().then(() => (closed = true))
    await turn()
    expect(closed).toBe(false)
    await commit.answer()
    expect(() => next()).toThrow('no commit')
    expect([positions(), dropped.map(({ code }) => code), closed]).toEqual([[8], ['RUNNER_UNREACHABLE'], true])
  })

  it('drops what could not be stored, and what comes afterwards', async () => {
    const { add, log, next, positions, dropped } = create()
    add()
    await turn()
    await next().answer(full)
    add()
    await log.close()
    add()
    expect([positions(), dropped.map(({ code }) => code)]).toEqual([[], Array(3).fill('RUNNER_UNREACHABLE')])
  })

  it('lets everybody go who waits, when it is closed in trouble', async () => {
    const { add, log, next, elapse } = create()
    add('x'.repeat(10_000))
    await turn()
    await next().answer(full)
    const waiting = Promise.all([log.idle(), log.room(1)])
    await log.close()
    await waiting
    await elapse(10_000)
    expect(() => next()).toThrow('no commit')
  })
})
