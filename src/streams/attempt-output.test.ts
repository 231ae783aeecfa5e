import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createSimulatedLogStore, type SimulatedLogStore } from '../../adapters/simulated/log-store.ts'
import type { Progress } from '../domain/events.ts'
import type { LogStream } from '../ports/log-store.ts'
import { openAttemptOutput, type AttemptOutputOptions } from './attempt-output.ts'
import { createManualClock } from '../../test/manual-clock.ts'

const key = { taskId: 'a', attempt: 1 }
const { signal } = new AbortController()
const defaults: AttemptOutputOptions = { bytesMax: 1 << 20, tailBytes: 100, lineBytesMax: 4_096 }
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve)) // every microtask has run: the simulated store answers in microtasks
const line = (document: unknown): string => `::env-runner::${JSON.stringify(document)}\n`
const event = (document: unknown): string => `${JSON.stringify(document)}\n`
const at = (percent: number): unknown => ({ type: 'progress', percent })

const start = (options: Partial<AttemptOutputOptions> = {}, logs = createSimulatedLogStore()) => {
  const manual = createManualClock()
  const problems: string[] = []
  const output = openAttemptOutput({ logs, clock: manual.clock, countProblem: (problem) => problems.push(problem) }, key, {
    ...defaults,
    ...options,
  })
  const told: (Progress | 'end')[] = []
  output.progress.subscribe({ next: (progress) => told.push(progress), complete: () => told.push('end') })
  return { logs, output, told, problems, ...manual }
}
const percents = (told: readonly (Progress | 'end')[]) => told.map((each) => (each === 'end' ? each : each.percent))

describe('the summary of an attempt', () => {
  it('is empty for an attempt that said nothing', async () => {
    expect(await start().output.drain(signal)).toEqual({
      stdoutTail: '',
      stderrTail: '',
      stdoutBytes: 0,
      stderrBytes: 0,
      metrics: {},
      runnerOutput: null,
      exception: null,
    })
  })
  it('has tails, sizes, metrics and the last result, without having followed', async () => {
    const { logs, output } = start({ tailBytes: 12 })
    logs.append(
      key,
      'stdout',
      `${line({ type: 'metric', name: 'loss', value: 2 })}${line({ type: 'metric', name: 'loss', value: 1 })}__DSPY_RESULT__:{"n":1}\n__DSPY_RESULT__:{"n":2}\ngoodbye, world\n`,
    )
    logs.append(key, 'stderr', 'warning')
    const summary = await output.drain(signal)
    expect(summary).toMatchObject({
      stdoutTail: 'dbye, world\n',
      stderrTail: 'warning',
      stderrBytes: 7,
      metrics: { loss: 1 },
      runnerOutput: { n: 2 },
    })
    expect(summary.stdoutBytes).toBe(await logs.size(key, 'stdout'))
  })
  it('takes a control line that the task did not end', async () => {
    const { logs, output } = start()
    logs.append(key, 'stdout', '__DSPY_RESULT__:"last"')
    logs.append(key, 'events', '{"type":"metric","name":"m","value":3}')
    expect(await output.drain(signal)).toMatchObject({ runnerOutput: 'last', metrics: { m: 3 } })
  })
  it('keeps the last error that was told, whatever was reported after it', async () => {
    const { logs, output } = start()
    logs.append(key, 'stdout', line({ type: 'error', exception: 'OSError', message: 'printed', traceback: '' }))
    expect(await output.drain(signal)).toMatchObject({ exception: { type: 'OSError', message: 'printed' } })
    logs.append(key, 'events', event({ type: 'error', exception: 'KeyError', message: "'a'" }))
    logs.append(
      key,
      'events',
      event({ type: 'error', exception: 'ValueError', message: 'bad' }) + event({ type: 'metric', name: 'm', value: 1 }),
    )
    expect(await output.drain(signal)).toMatchObject({ exception: { type: 'ValueError', message: 'bad', traceback: '' } })
  })
  it('prefers what the events file says to what was printed', async () => {
    const { logs, output } = start()
    logs.append(key, 'events', event({ type: 'result', value: 'told' }) + event({ type: 'metric', name: 'x', value: 1 }))
    logs.append(
      key,
      'stdout',
      line({ type: 'result', value: 'printed' }) +
        line({ type: 'metric', name: 'x', value: 2 }) +
        line({ type: 'metric', name: 'y', value: 3 }),
    )
    expect(await output.drain(signal)).toMatchObject({ runnerOutput: 'told', metrics: { x: 1, y: 3 } })
  })
  it('counts what it does not understand and goes on', async () => {
    const { logs, output, problems } = start()
    logs.append(key, 'stdout', '::env-runner::{broken\n::env-runner::{"type":"shout"}\n::env-runner::7\n')
    logs.append(
      key,
      'stdout',
      `__DSPY_RESULT__:${'['.repeat(500)}${']'.repeat(500)}\n__DSPY_RESULT__:"${'x'.repeat(5_000)}"\n__DSPY_RESULT__:1\n`,
    )
    logs.append(key, 'events', Buffer.from([0, 255, 10, 123, 0, 10]))
    expect(await output.drain(signal)).toMatchObject({ runnerOutput: 1 })
    expect(problems.sort()).toEqual(['invalid', 'not_json', 'not_json', 'too_deep', 'too_long', 'unknown_type'])
  })
  it('hears no more of a stream with ten thousand lines that it does not understand, and of the other one all', async () => {
    const { logs, output, problems } = start()
    logs.append(key, 'stdout', '::env-runner::{oops\n'.repeat(20_000) + line({ type: 'metric', name: 'unheard', value: 1 }))
    logs.append(key, 'events', event({ type: 'metric', name: 'heard', value: 1 }))
    expect(await output.drain(signal)).toMatchObject({ metrics: { heard: 1 } })
    expect(problems).toHaveLength(10_000)
  })
  it('bounds the number of metrics', async () => {
    const { logs, output, problems } = start()
    for (let index = 0; index < 1_100; index++) logs.append(key, 'events', event({ type: 'metric', name: `m${index}`, value: index }))
    expect(Object.keys((await output.drain(signal)).metrics)).toHaveLength(1_000)
    expect(problems).toEqual(Array(100).fill('too_many_metrics'))
  })
  it('makes text of any bytes, and cuts no character at the start of a tail', async () => {
    const { logs, output } = start({ tailBytes: 6 })
    logs.append(key, 'stdout', Buffer.from('xx🎉🎉'))
    logs.append(key, 'stderr', Buffer.from([0x61, 0xff, 0xfe, 0x62]))
    expect(await output.drain(signal)).toMatchObject({ stdoutTail: '🎉', stderrTail: 'a\ufffd\ufffdb' })
  })
  it('is the same again, from the same and from another output', async () => {
    const { logs, output } = start({ bytesMax: 64, discardStepBytes: 8 })
    logs.append(key, 'stdout', `__DSPY_RESULT__:[1]\n${'x'.repeat(500)}`)
    const summary = await output.drain(signal)
    expect(await output.drain(signal)).toEqual(summary)
    expect(await start({ bytesMax: 64, discardStepBytes: 8 }, logs).output.drain(signal)).toEqual(summary)
  })
  it('stops soon when it is aborted, and may be asked for again', async () => {
    const { logs, output } = start()
    logs.append(key, 'stdout', Buffer.alloc(10 << 20, 'x'))
    const [stop, read] = [new AbortController(), vi.spyOn(logs, 'read')]
    const draining = output.drain(stop.signal)
    stop.abort(new Error('enough'))
    await expect(draining).rejects.toThrow('enough')
    expect(read.mock.calls.length).toBeLessThan(10)
    expect(await output.drain(signal)).toMatchObject({ stdoutBytes: 10 << 20 })
  })
  it('rejects with the error of a store that fails at the end, not with one of before', async () => {
    const { logs, output } = start()
    const read = vi.spyOn(logs, 'read').mockRejectedValue(new Error('disk'))
    output.follow()
    await settled()
    await expect(output.drain(signal)).rejects.toThrow('disk')
    read.mockRestore()
    expect(await output.drain(signal)).toMatchObject({ stdoutBytes: 0 })
  })
})

describe('progress', () => {
  it('is told while the attempt runs: changes only, one per second, the last always', async () => {
    const { logs, output, told, pass } = start()
    output.follow()
    for (const percent of [1, 2, 3, 3]) {
      logs.append(key, 'events', event(at(percent)))
      await settled()
    }
    expect(percents(told)).toEqual([1])
    pass(1_000)
    logs.append(key, 'stdout', line(at(3)))
    await settled()
    pass(1_000)
    expect(percents(told)).toEqual([1, 3])
    logs.append(key, 'stdout', line(at(99)))
    logs.append(key, 'stdout', line({ ...(at(100) as object), step: 'done' }))
    await output.drain(signal)
    expect(told.slice(-2)).toEqual([{ percent: 100, step: 'done', message: null }, 'end'])
  })
  it('is the latest after a restart, not what was told before', async () => {
    const logs = createSimulatedLogStore()
    for (let percent = 0; percent < 100; percent++) logs.append(key, 'stdout', line(at(percent)) + `${'x'.repeat(1_000)}\n`)
    const { output, told } = start({}, logs)
    output.follow()
    await settled()
    expect(percents(told)).toEqual([99])
    output.close()
  })
  it('is told under a flood that never ends', async () => {
    const { logs, output, told, pass } = start()
    const read = logs.read
    let toldDuringFlood: unknown = null
    logs.append(key, 'stdout', (line(at(5)) + 'x'.repeat(100)).padEnd(1 << 17, 'y'))
    logs.read = async (of, stream, offset, bytesMax) => {
      if (stream === 'stdout' && offset < 1 << 22) logs.append(of, stream, Buffer.alloc(1 << 17, 'y'))
      else if (stream === 'stdout') toldDuringFlood ??= percents(told)
      pass(50)
      return read(of, stream, offset, bytesMax)
    }
    await output.drain(signal)
    expect(toldDuringFlood).toEqual([5])
  })
  it('ends, untold and without a timer left, when the output is closed', async () => {
    const { logs, output, told, timers } = start()
    output.follow()
    output.follow()
    logs.append(key, 'events', event(at(1)) + event(at(2)))
    await settled()
    logs.append(key, 'events', event(at(3)))
    await settled()
    output.close()
    output.close()
    expect(percents(told)).toEqual([2, 'end'])
    expect(timers.size).toBe(0)
    logs.append(key, 'events', event(at(4)))
    await settled()
    expect(told).toHaveLength(2)
  })
})

describe('the cap', () => {
  const small = { bytesMax: 1_000, discardStepBytes: 200, tailBytes: 50 }
  it('keeps the first and the last half of each stream while it grows, and the offsets', async () => {
    const { logs, output } = start(small)
    output.follow()
    for (let index = 0; index < 100; index++) {
      for (const stream of ['stdout', 'stderr'] as const) logs.append(key, stream, `${String(index).padStart(99, '.')}\n`)
      await settled()
      for (const stream of ['stdout', 'stderr'] as const) expect(logs.storedBytes(key, stream)).toBeLessThanOrEqual(1_000 + 200 + 100)
    }
    const summary = await output.drain(signal)
    for (const stream of ['stdout', 'stderr'] as const) {
      expect(await logs.hole(key, stream)).toEqual({ from: 500, to: 9_500 })
      expect(logs.storedBytes(key, stream)).toBe(1_000)
    }
    expect([summary.stdoutBytes, summary.stderrBytes, summary.stdoutTail]).toEqual([10_000, 10_000, `${'.'.repeat(47)}99\n`])
  })
  it('leaves a stream alone that is not above it', async () => {
    const { logs, output } = start(small)
    logs.append(key, 'stdout', 'x'.repeat(1_000))
    await output.drain(signal)
    expect(await logs.hole(key, 'stdout')).toBeNull()
  })
  it('saves what the scanner knows before bytes go', async () => {
    const { logs, output } = start(small)
    const order: string[] = []
    const [save, discard] = [logs.saveCheckpoint, logs.discard]
    logs.saveCheckpoint = async (...args) => (order.push('save'), save(...args))
    logs.discard = async (...args) => (order.push('discard'), discard(...args))
    logs.append(key, 'stdout', line({ type: 'metric', name: 'm', value: 1 }) + 'x'.repeat(5_000))
    await output.drain(signal)
    expect(order.slice(0, 2)).toEqual(['save', 'discard'])
    expect(order.filter((each) => each === 'save')).toHaveLength(order.length / 2)
  })
  it('does not fail the attempt when bytes cannot be given back', async () => {
    const { logs, output } = start(small)
    vi.spyOn(logs, 'saveCheckpoint').mockRejectedValue(new Error('disk full'))
    logs.append(key, 'stdout', `${'x'.repeat(5_000)}\n__DSPY_RESULT__:1\n`)
    expect(await output.drain(signal)).toMatchObject({ runnerOutput: 1 })
    expect(await logs.hole(key, 'stdout')).toBeNull()
  })
  it('holds for a task that cuts its own log and goes on printing', async () => {
    const { logs, output } = start(small)
    const discard = vi.spyOn(logs, 'discard')
    output.follow()
    const print = async (): Promise<void> => {
      for (let index = 0; index < 50; index++) {
        logs.append(key, 'stdout', 'x'.repeat(100))
        await settled()
      }
    }
    await print()
    logs.truncate(key, 'stdout', 0)
    await settled()
    discard.mockClear()
    await print()
    expect(discard.mock.calls.at(-1)).toEqual([key, 'stdout', 500, expect.any(Number)])
    expect(discard.mock.calls.at(-1)![3]).toBeGreaterThan(4_000)
    logs.append(key, 'stdout', '\n__DSPY_RESULT__:"after"\n')
    expect(await output.drain(signal)).toMatchObject({ runnerOutput: 'after' })
  })
  it('reads an events file again that its task wrote anew', async () => {
    const { logs, output } = start()
    output.follow()
    logs.append(key, 'events', event({ type: 'metric', name: 'first', value: 1 }).repeat(3))
    await settled()
    logs.truncate(key, 'events', 0)
    logs.append(key, 'events', event({ type: 'metric', name: 'second', value: 2 }))
    await settled()
    expect(await output.drain(signal)).toMatchObject({ metrics: { first: 1, second: 2 } })
  })
})

describe('an attempt output that is interrupted', () => {
  /** What happens to one attempt, in order. */
  type Step = { readonly do: 'print'; readonly stream: LogStream; readonly text: string } | { readonly do: 'turn' | 'follow' | 'restart' }
  const words = fc.constantFrom(
    'x',
    'some output\n',
    '\n',
    '::env-',
    'runner::',
    line(at(7)),
    line({ type: 'metric', name: 'a', value: 1 }),
    line({ type: 'metric', name: 'b', value: 2 }),
    '__DSPY_RESULT__:{"n":1}\n',
    '__DSPY_RESULT__:{"n":',
    '2}\r\n',
    'é🎉',
    'y'.repeat(70),
  )
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('print' as const),
        stream: fc.constantFrom<LogStream>('stdout', 'stdout', 'stderr', 'events'),
        text: words,
      }),
    },
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'turn' }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'follow' }, { do: 'restart' }) },
  )
  const options = { bytesMax: 120, discardStepBytes: 16, tailBytes: 40, lineBytesMax: 64 }
  const summaryInOnePass = (logs: SimulatedLogStore) => start(options, logs).output.drain(signal)

  it('gives the summary of one pass over the whole, however growth, discarding and restarts are interleaved', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const [whole, logs] = [createSimulatedLogStore(), createSimulatedLogStore()]
        let { output } = start(options, logs)
        for (const each of steps) {
          if (each.do === 'print') for (const store of [whole, logs]) store.append(key, each.stream, each.text)
          if (each.do === 'turn') for (let turn = 0; turn < 3; turn++) await Promise.resolve()
          if (each.do === 'follow') output.follow()
          if (each.do === 'restart') {
            output.close() // what a crash does; a step that runs may still end, as a system call does
            ;({ output } = start(options, logs))
          }
        }
        const summary = await output.drain(signal)
        expect(summary).toEqual(await summaryInOnePass(whole))
        expect(logs.storedBytes(key, 'stdout')).toBeLessThanOrEqual(options.bytesMax)
        expect(await start(options, logs).output.drain(signal)).toEqual(summary)
      }),
      { numRuns: 1_500 },
    )
  })
})
