import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { judge, limits } from '../test/support/soak/flat.ts'
import { footprintQuestion, type Footprint } from '../test/support/soak/footprint.ts'

const calm: Footprint = { heapBytes: 60 * 2 ** 20, residentBytes: 160 * 2 ** 20, handles: 40, listeners: 200, timers: 5 }
const [batches, batchTasks] = [20, 1_000]
/** What a process holds after each batch that leaves something behind for each of its tasks. */
const leaking = (perTask: Partial<Footprint>): Footprint[] =>
  Array.from({ length: batches }, (_, batch) => {
    const left = Object.entries(perTask).map(([name, amount]) => [name, calm[name as keyof Footprint] + amount * (batch + 1) * batchTasks])
    return { ...calm, ...(Object.fromEntries(left) as Partial<Footprint>) }
  })
const found = (footprints: readonly Footprint[]): string[] =>
  judge(footprints, batchTasks).flatMap(({ name, isFlat }) => (isFlat ? [] : [name]))

describe('the judge of a soak', () => {
  it('finds nothing in a process that holds what it held, also when it held more at first and jumps once', () => {
    expect(found(leaking({}))).toEqual([])
    const warm = leaking({}).with(0, { ...calm, heapBytes: 2 * calm.heapBytes, handles: 400 }).with(17, { ...calm, timers: 90 }) // prettier-ignore
    expect(found(warm)).toEqual([])
  })
  it.each([
    ['memory (heap and buffers after gc)', { heapBytes: 300 }],
    ['resident memory', { residentBytes: 8_192 }],
    ['handles', { handles: 0.001 }],
    ['listeners', { listeners: 0.001 }],
    ['timers', { timers: 0.001 }],
  ])('finds %s that grow with the tasks, and nothing else', (name, perTask) => {
    expect(found(leaking(perTask))).toEqual([name])
    expect(limits.map((limit) => limit.name)).toContain(name)
  })
  it('needs four looks', () => {
    expect(() => judge([calm, calm, calm], 1)).toThrow(RangeError)
  })
})

/** Keeps what the parent says, for ever. */
const hoarder = `
import { EventEmitter } from 'node:events'
import { openSync } from 'node:fs'
const [emitter, stop, kept] = [new EventEmitter().setMaxListeners(0), new AbortController(), []]
process.channel.ref() // it has nothing else to stay for
process.on('message', (message) => {
  if (message !== 'hoard') return
  for (let count = 0; count < 100; count++) {
    emitter.on('x', () => {})
    stop.signal.addEventListener('abort', () => {})
    kept.push(setTimeout(() => {}, 1e8).unref(), openSync('/dev/null'), new Uint8Array(100_000))
    clearTimeout(setTimeout(() => {}, 1e8))
    new EventEmitter().on('x', () => {})
  }
  globalThis.kept = [emitter, stop, kept]
  process.send('done')
})
`

describe('the probe of a soak', () => {
  let end = (): void => {}
  afterEach(() => end())

  it('counts what a process keeps, and nothing that it has let go', async () => {
    const probe = join(import.meta.dirname, '../test/support/soak/probe.ts')
    const data = `data:text/javascript,${encodeURIComponent(hoarder)}`
    const child = fork(probe, { execArgv: ['--expose-gc', '--import', probe, '--import', data] })
    end = () => child.kill('SIGKILL')
    const ask = async <Answer>(message: string): Promise<Answer> => {
      const answer = once(child, 'message')
      child.send(message)
      return ((await answer) as [Answer])[0]
    }
    const before = await ask<Footprint>(footprintQuestion)
    expect(await ask('hoard')).toBe('done')
    const after = await ask<Footprint>(footprintQuestion)
    expect([after.listeners - before.listeners, after.timers - before.timers, after.handles - before.handles]).toEqual([200, 100, 100])
    expect(after.heapBytes - before.heapBytes).toBeGreaterThan(10_000_000)
  })
})
