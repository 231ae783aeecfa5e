import fc from 'fast-check'
import { NEVER, Subject, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { createSimulatedLogStore, type SimulatedLogStore } from '../../adapters/simulated/log-store.ts'
import { followLog, readLog } from './follow-log.ts'
import { chunkBytesMax, tail, type TailPiece } from './tail.ts'

const key = { taskId: 'a', attempt: 1 }
const ended = Promise.resolve()
const text = (pieces: readonly TailPiece[]): string => Buffer.concat(pieces.map(({ bytes }) => bytes)).toString()
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve)) // every microtask has run: the simulated store answers in microtasks

describe('following a log', () => {
  it('reads an ended stream from any offset to its end, in bounded chunks, and completes', async () => {
    const logs = createSimulatedLogStore()
    logs.append(key, 'stdout', Buffer.alloc(3 * chunkBytesMax + 5, 'x'))
    const pieces = await lastValueFrom(followLog(logs, key, 'stdout', { offset: 10, ended }).pipe(toArray()))
    expect(pieces.map(({ offset, bytes, gap }) => [offset, bytes.length, gap])).toEqual([
      [10, chunkBytesMax, 0],
      [10 + chunkBytesMax, chunkBytesMax, 0],
      [10 + 2 * chunkBytesMax, chunkBytesMax - 5, 0],
    ])
  })
  it('completes for an ended stream that is empty, missing, or ends before the offset', async () => {
    const logs = createSimulatedLogStore()
    for (const offset of [0, 99]) expect(await lastValueFrom(followLog(logs, key, 'stdout', { offset, ended }).pipe(toArray()))).toEqual([])
  })
  it('gives what is printed as it is printed, and what was printed before the end after it', async () => {
    const logs = createSimulatedLogStore()
    const end = new Subject<void>()
    const pieces: TailPiece[] = []
    const complete = vi.fn()
    followLog(logs, key, 'stdout', { offset: 0, ended: end }).subscribe({ next: (piece) => pieces.push(piece), complete })
    await settled()
    for (const line of ['one\n', 'two\n']) {
      logs.append(key, 'stdout', line)
      await settled()
      expect(text(pieces)).toContain(line)
    }
    logs.append(key, 'stdout', 'last')
    end.next()
    await settled()
    expect(text(pieces)).toBe('one\ntwo\nlast')
    expect(complete).toHaveBeenCalledOnce()
  })
  it('announces the bytes that are gone', async () => {
    const logs = createSimulatedLogStore()
    logs.append(key, 'stdout', '0123456789')
    await logs.discard(key, 'stdout', 3, 7)
    const pieces = await lastValueFrom(followLog(logs, key, 'stdout', { offset: 1, ended }).pipe(toArray()))
    expect(pieces.map(({ offset, gap, bytes }) => [offset, gap, Buffer.from(bytes).toString()])).toEqual([
      [1, 0, '12'],
      [7, 4, '789'],
    ])
  })
  it('refuses to begin at a byte that is gone, and names the next', async () => {
    const logs = createSimulatedLogStore()
    logs.append(key, 'stdout', '0123456789')
    await logs.discard(key, 'stdout', 3, 7)
    const refusal = { code: 'OUT_OF_RANGE', path: 'offset', hint: 'Read from 7' }
    for (const offset of [3, 6]) {
      await expect(lastValueFrom(followLog(logs, key, 'stdout', { offset, ended }))).rejects.toMatchObject(refusal)
      await expect(readLog(logs, key, 'stdout', { offset, ended }).next()).rejects.toMatchObject(refusal)
    }
    for (const offset of [2, 7])
      expect(await lastValueFrom(followLog(logs, key, 'stdout', { offset, ended }).pipe(toArray()))).not.toEqual([])
  })
  it('survives a log that its task cuts, and goes on when it is longer again', async () => {
    const logs = createSimulatedLogStore()
    const end = new Subject<void>()
    const all = lastValueFrom(followLog(logs, key, 'stdout', { offset: 0, ended: end }).pipe(toArray()))
    logs.append(key, 'stdout', '0123456789')
    await settled()
    logs.truncate(key, 'stdout', 2)
    await settled()
    logs.append(key, 'stdout', 'abcdefghijkl')
    await settled()
    end.next()
    expect(text(await all)).toBe('0123456789ijkl')
  })

  const spyOnWatches = (logs: SimulatedLogStore) => {
    let watches = 0
    const watch = logs.watch
    logs.watch = (...args) => {
      watches++
      const end = watch(...args)
      return () => (watches--, end())
    }
    return () => watches
  }
  it('ends at once, and watches nothing more, when it is unsubscribed, aborted or returned from', async () => {
    const logs = createSimulatedLogStore()
    const watches = spyOnWatches(logs)
    const stop = new AbortController()
    const complete = vi.fn()
    const subscription = followLog(logs, key, 'stdout', { offset: 0, ended: NEVER }).subscribe()
    followLog(logs, key, 'stdout', { offset: 0, ended: NEVER, signal: stop.signal }).subscribe({ complete })
    await settled()
    expect(watches()).toBe(2)
    subscription.unsubscribe()
    await settled()
    expect(watches()).toBe(1)
    stop.abort()
    await settled()
    expect([watches(), complete.mock.calls.length]).toEqual([0, 1])
    logs.append(key, 'stdout', 'x')
    for await (const piece of readLog(logs, key, 'stdout', { offset: 0, ended: NEVER })) {
      expect(piece.bytes).toHaveLength(1)
      break
    }
    expect(watches()).toBe(0)
  })
  it('ends when it is returned from while it waits', async () => {
    const logs = createSimulatedLogStore()
    const watches = spyOnWatches(logs)
    const reader = readLog(logs, key, 'stdout', { offset: 0, ended: NEVER })
    const pending = reader.next()
    await settled()
    expect(watches()).toBe(1)
    await reader.return()
    expect([await pending, watches()]).toEqual([{ done: true, value: undefined }, 0])
  })
  it('watches nothing while there is something to read, and nothing after the end', async () => {
    const logs = createSimulatedLogStore()
    logs.append(key, 'stdout', 'x')
    const watch = vi.spyOn(logs, 'watch')
    await lastValueFrom(tail(logs, key, 'stdout', { offset: 0, ended }))
    expect(watch).not.toHaveBeenCalled()
  })
  it('reads no further than the consumer that pulls', async () => {
    const logs = createSimulatedLogStore()
    logs.append(key, 'stdout', Buffer.alloc(10 * chunkBytesMax))
    const read = vi.spyOn(logs, 'read')
    const reader = readLog(logs, key, 'stdout', { offset: 0, ended })
    for (let pulled = 1; pulled <= 3; pulled++) {
      await reader.next()
      await settled()
      expect(read).toHaveBeenCalledTimes(pulled)
    }
    await reader.return()
  })
  it('ends with the error of a store that fails', async () => {
    const logs = createSimulatedLogStore()
    vi.spyOn(logs, 'read').mockRejectedValue(new Error('disk'))
    await expect(lastValueFrom(tail(logs, key, 'stdout', { offset: 0, ended }))).rejects.toThrow('disk')
  })
  it('gives every byte once and in order, however growth, reading and the end are interleaved', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ maxLength: 20 }), fc.nat(3)), { maxLength: 12 }),
        fc.nat(12),
        fc.nat(30),
        async (writes, endAfter, offset) => {
          const logs = createSimulatedLogStore()
          const end = new Subject<void>()
          const all = lastValueFrom(followLog(logs, key, 'stdout', { offset, ended: end }).pipe(toArray()))
          let printed = ''
          for (const [index, [line, turns]] of writes.entries()) {
            logs.append(key, 'stdout', line)
            printed += line
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            if (index === endAfter) break
          }
          await settled() // subscribed: a Subject tells its end only to those who listen
          end.next()
          expect(text(await all)).toBe(Buffer.from(printed).subarray(offset).toString())
        },
      ),
      { numRuns: 300 },
    )
  })
})
