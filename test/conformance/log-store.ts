import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { LogStore, LogStream } from '../../src/ports/log-store.ts'

/** A log store and the hands of the tasks that write to it. */
export interface LogStoreHarness {
  readonly store: LogStore
  /** Appends as a task does: to a file that `create` (or, for `events`, the workspace) has made. */
  append(key: AttemptKey, stream: LogStream, bytes: string | Uint8Array): Promise<void>
  truncate(key: AttemptKey, stream: LogStream, size: number): Promise<void>
  /** Makes the attempt's empty events file. */
  createEvents(key: AttemptKey): Promise<void>
  /** Another store on the same logs: the next process. */
  reopen(): LogStore
  /** Resolves when a watcher has had the time to notice what was appended before. */
  noticed(isSo: () => boolean): Promise<void>
  destroy(): Promise<void>
}

const key: AttemptKey = { taskId: 'run:1', attempt: 1 }
const page = 4_096

/** What every log store promises. Called by the test file of each adapter. */
export const conformsToLogStore = (create: () => Promise<LogStoreHarness>): void => {
  let harness: LogStoreHarness
  let store: LogStore
  beforeEach(async () => {
    harness = await create()
    store = harness.store
  })
  afterEach(() => harness.destroy())

  const textAt = async (stream: LogStream, offset: number, bytesMax = 1_000_000, of = store): Promise<string> =>
    Buffer.from((await of.read(key, stream, offset, bytesMax)).bytes).toString()

  describe('streams', () => {
    it('creates files again without losing what they hold', async () => {
      const paths = await store.create(key)
      await harness.append(key, 'stdout', 'kept')
      expect(await store.create(key)).toEqual(paths)
      expect(paths).toEqual({ stdout: store.path(key, 'stdout'), stderr: store.path(key, 'stderr') })
      expect(await textAt('stdout', 0)).toBe('kept')
    })
    it('reads by offset, at most as much as is asked for', async () => {
      await store.create(key)
      await harness.append(key, 'stdout', 'hello ')
      await harness.append(key, 'stdout', 'world')
      expect(await store.size(key, 'stdout')).toBe(11)
      expect(await store.read(key, 'stdout', 6, 3)).toEqual({ offset: 6, bytes: expect.any(Uint8Array) })
      expect(await textAt('stdout', 6, 3)).toBe('wor')
      expect(await textAt('stdout', 11)).toBe('')
      expect(await store.read(key, 'stdout', 99, 10)).toMatchObject({ offset: 99 })
      expect(await textAt('stdout', 99)).toBe('')
    })
    it('carries any bytes', async () => {
      const bytes = Uint8Array.from({ length: 1_024 }, (_, index) => index % 256)
      await store.create(key)
      await harness.append(key, 'stderr', bytes)
      expect(Buffer.from((await store.read(key, 'stderr', 0, 4_096)).bytes).equals(bytes)).toBe(true)
    })
    it('keeps streams and attempts apart', async () => {
      const second = { ...key, attempt: 2 }
      await store.create(key)
      await store.create(second)
      await harness.createEvents(key)
      await harness.append(key, 'stdout', 'out')
      await harness.append(key, 'stderr', 'err')
      await harness.append(key, 'events', '{}\n')
      await harness.append(second, 'stdout', 'second')
      expect([await textAt('stdout', 0), await textAt('stderr', 0), await textAt('events', 0)]).toEqual(['out', 'err', '{}\n'])
      expect(await store.size(second, 'stdout')).toBe(6)
    })
    it('answers zero and nothing for what does not exist', async () => {
      for (const stream of ['stdout', 'stderr', 'events'] as const) {
        expect(await store.size(key, stream)).toBe(0)
        expect((await store.read(key, stream, 5, 10)).bytes).toHaveLength(0)
      }
      expect(await store.hole(key, 'stdout')).toBeNull()
      expect(await store.loadCheckpoint(key)).toBeNull()
    })
    it('survives a task that cuts its own log', async () => {
      await store.create(key)
      await harness.append(key, 'stdout', '0123456789')
      await harness.truncate(key, 'stdout', 4)
      expect(await store.size(key, 'stdout')).toBe(4)
      expect(await textAt('stdout', 10)).toBe('')
      await harness.append(key, 'stdout', 'ab')
      expect(await textAt('stdout', 2)).toBe('23ab')
    })
  })

  describe('watching', () => {
    it('tells of growth until it is ended', async () => {
      await store.create(key)
      let calls = 0
      const end = store.watch(key, 'stdout', () => calls++)
      await harness.append(key, 'stdout', 'a')
      await harness.noticed(() => calls > 0)
      const before = calls
      end()
      end()
      await harness.append(key, 'stdout', 'b')
      expect(calls).toBe(before)
    })
    it('tells of what is there already', async () => {
      await store.create(key)
      await harness.append(key, 'stdout', 'a')
      let calls = 0
      const end = harness.reopen().watch(key, 'stdout', () => calls++)
      await harness.noticed(() => calls > 0)
      expect(calls).toBeGreaterThan(0)
      end()
    })
    it('tells of an events file that appears later', async () => {
      let calls = 0
      const end = store.watch(key, 'events', () => calls++)
      await harness.createEvents(key)
      await harness.append(key, 'events', '{}')
      await harness.noticed(() => calls > 0)
      expect(calls).toBeGreaterThan(0)
      end()
    })
  })

  describe('giving back the middle', () => {
    const content = Array.from({ length: 8 }, (_, index) => String(index).repeat(page)).join('')
    beforeEach(async () => {
      await store.create(key)
      await harness.append(key, 'stdout', content)
    })
    it('keeps the offsets of what stays, also while more is appended', async () => {
      await store.discard(key, 'stdout', 2 * page, 5 * page)
      await harness.append(key, 'stdout', 'end')
      expect(await store.hole(key, 'stdout')).toEqual({ from: 2 * page, to: 5 * page })
      expect(await store.size(key, 'stdout')).toBe(8 * page + 3)
      expect(await textAt('stdout', 0)).toBe(content.slice(0, 2 * page))
      expect(await textAt('stdout', 5 * page)).toBe(`${content.slice(5 * page)}end`)
    })
    it('reads on after the hole from inside it', async () => {
      await store.discard(key, 'stdout', 2 * page, 5 * page)
      expect(await store.read(key, 'stdout', 2 * page, 4)).toMatchObject({ offset: 5 * page, bytes: { length: 4 } })
      expect(await store.read(key, 'stdout', 5 * page - 1, 4)).toMatchObject({ offset: 5 * page })
      expect(await store.read(key, 'stdout', 2 * page - 1, 4)).toMatchObject({ offset: 2 * page - 1, bytes: { length: 1 } })
    })
    it('keeps a hole of any bounds exactly', async () => {
      await store.discard(key, 'stdout', 10, 3 * page + 7)
      expect(await store.hole(key, 'stdout')).toEqual({ from: 10, to: 3 * page + 7 })
      expect(await textAt('stdout', 0)).toBe(content.slice(0, 10))
      expect(await textAt('stdout', 3 * page + 7)).toBe(content.slice(3 * page + 7))
    })
    it('lets the hole grow, is idempotent, and never makes a second one', async () => {
      await store.discard(key, 'stdout', 2 * page, 3 * page)
      await store.discard(key, 'stdout', 2 * page, 5 * page)
      await store.discard(key, 'stdout', 2 * page, 4 * page)
      await store.discard(key, 'stdout', 5 * page, 6 * page)
      expect(await store.hole(key, 'stdout')).toEqual({ from: 2 * page, to: 6 * page })
      await store.discard(key, 'stdout', 7 * page, 8 * page)
      expect(await store.hole(key, 'stdout')).toEqual({ from: 2 * page, to: 6 * page })
    })
    it('never hides bytes that are still to come', async () => {
      await store.discard(key, 'stdout', 6 * page, 99 * page)
      await harness.append(key, 'stdout', 'new')
      expect(await textAt('stdout', 8 * page)).toBe('new')
    })
    it('leaves the other stream whole', async () => {
      await harness.append(key, 'stderr', content)
      await store.discard(key, 'stdout', 0, 2 * page)
      expect(await store.hole(key, 'stderr')).toBeNull()
      expect(await textAt('stderr', 0)).toBe(content)
    })
    it('is remembered by the next process, and seen by another reader', async () => {
      const reader = harness.reopen()
      expect(await reader.hole(key, 'stdout')).toBeNull()
      await store.discard(key, 'stdout', page, 2 * page)
      expect(await reader.hole(key, 'stdout')).toEqual({ from: page, to: 2 * page })
      expect(await reader.read(key, 'stdout', page, 5)).toMatchObject({ offset: 2 * page })
    })
  })

  describe('checkpoints', () => {
    it('are replaced, and there for the next process', async () => {
      await store.create(key)
      await store.saveCheckpoint(key, 'one')
      await store.saveCheckpoint(key, 'two')
      expect(await store.loadCheckpoint(key)).toBe('two')
      expect(await harness.reopen().loadCheckpoint(key)).toBe('two')
      expect(await store.loadCheckpoint({ ...key, attempt: 2 })).toBeNull()
    })
  })

  describe('removal', () => {
    it('takes all attempts of one task and nothing of another, again and again', async () => {
      const others = [
        { taskId: 'run', attempt: 1 },
        { taskId: 'run:1.1', attempt: 1 },
      ]
      for (const each of [key, { ...key, attempt: 2 }, ...others]) {
        await store.create(each)
        await harness.append(each, 'stdout', 'text')
        await store.saveCheckpoint(each, 'scan')
      }
      await store.remove(key.taskId)
      await store.remove(key.taskId)
      expect([
        await store.size(key, 'stdout'),
        await store.size({ ...key, attempt: 2 }, 'stdout'),
        await store.loadCheckpoint(key),
      ]).toEqual([0, 0, null])
      for (const each of others) expect([await store.size(each, 'stdout'), await store.loadCheckpoint(each)]).toEqual([4, 'scan'])
    })
  })
}
