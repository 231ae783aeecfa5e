import { describe, expect, it } from 'vitest'
import { codeOf } from '../../test/support/code-of.ts'
import { collect, createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import type { TaskUpdate } from './api.ts'

const printing = { runMs: 100, print: '::env-runner::{"type":"progress","percent":40,"step":"train"}\nhello\n' }
const types = (updates: readonly TaskUpdate[]): string[] => updates.map(({ type }) => type)
const life = [
  'task.submitted',
  'task.admit',
  'attempt.prepared',
  'attempt.launched',
  'task.progressed',
  'attempt.exited',
  'attempt.collected',
]

describe('updates', () => {
  it('tell every change once and in order, from the submission to the end, with the state after each', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', printing)))
    const updates = await during(collect(task.updates()))
    expect(updates.map(({ type, status }) => [type, status])).toEqual(
      life.map((type, index) => [type, ['pending', 'preparing', 'running', 'running', 'running', 'collecting', 'completed'][index]]),
    )
    expect(updates.find(({ type }) => type === 'task.progressed')?.progress).toEqual({ percent: 40, step: 'train', message: null })
    expect(updates.map(({ position }) => position)).toEqual(runner.history('a').map(({ position }) => position))
  })

  it('are the same for whoever comes late, at any moment, and after the end', async () => {
    const { boot, during, until } = createSimulatedRunner({ settings: { runnerId: 'r' } })
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { ...printing, launchFailures: 1 })))
    const readers = [collect(task.updates())]
    for (let seen = 0; task.status().result === null; seen = runner.history('a').length) {
      await until(() => runner.history('a').length > seen)
      readers.push(collect(runner.task('a').updates()))
    }
    readers.push(collect(runner.task('a').updates()))
    const [first, ...others] = await during(Promise.all(readers))
    expect(types(first!)).toContain('backoff.elapsed')
    expect(others.length).toBeGreaterThan(8)
    for (const other of others) expect(other).toEqual(first)
  })

  it('end early when the reader breaks out or its signal aborts', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_000 })))
    await until(() => task.status().status === 'running')
    for await (const { type } of task.updates()) if (type === 'task.admit') break
    const stop = new AbortController()
    const reading = collect(task.updates(stop.signal))
    stop.abort()
    expect(types(await reading)).toEqual(life.slice(0, 4).filter((type) => runner.history('a').some((record) => record.type === type)))
  })

  it('reach a task with more records than one page, without a gap or a repetition', async () => {
    const { boot, during } = createSimulatedRunner({
      settings: { classes: { cpu_short: { timeoutMs: 3_600_000, concurrency: 1, queueTimeoutMs: 1_000 } } },
    })
    const { runner } = await boot()
    const lines = Array.from({ length: 700 }, (_, index) => `::env-runner::{"type":"progress","percent":${index % 100},"seq":${index}}\n`)
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_500_000, print: lines.join(''), pieces: 700 })))
    const updates = await during(collect(task.updates()))
    expect(updates.length).toBeGreaterThan(600)
    expect(updates.map(({ position }) => position)).toEqual(runner.history('a').map(({ position }) => position))
  })

  it('have what an executor copies when the attempt has long ended, past the deadline of its run', async () => {
    const simulated = createSimulatedRunner({
      settings: { classes: { cpu_short: { timeoutMs: 1_000, concurrency: 1, queueTimeoutMs: 60_000 } } },
      context: (context) => ({
        ...context,
        executor: {
          ...context.executor,
          async drainLogs(key) {
            await simulated.pass(5_000)
            simulated.host.logs.append(key, 'stdout', 'last words\n')
          },
        },
      }),
    })
    const { runner } = await simulated.boot()
    const task = await simulated.during(runner.submit(submissionOf('a', { runMs: 500, print: 'one\n' })))
    const following = collect(task.logs({ follow: true, streams: ['stdout'] }))
    const result = await simulated.during(task.result())
    expect(result).toMatchObject({ status: 'completed', collected: { summary: { stdoutTail: 'one\nlast words\n' } } })
    const pieces = await simulated.during(following)
    expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString()).toBe('one\nlast words\n')
  })

  it('end when the runner is closed', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_000 })))
    await until(() => task.status().status === 'running')
    const [updates, records] = [collect(task.updates()), collect(runner.records(0))]
    await during(runner.close('detach'))
    expect(types(await during(updates))).toContain('task.admit')
    expect((await during(records)).length).toBeGreaterThan(5)
    expect(await collect(task.updates())).toEqual([])
  })
})

describe('records', () => {
  it('follow everything from a position on, each record once', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const stop = new AbortController()
    const following = (async () => {
      const positions: number[] = []
      for await (const { position, public: events } of runner.records(2, { signal: stop.signal })) {
        positions.push(position)
        if (events.some(({ type }) => type === 'task_completed')) stop.abort()
      }
      return positions
    })()
    await during(runner.submit(submissionOf('a', printing)))
    const positions = await during(following)
    expect(positions).toEqual(Array.from({ length: positions.length }, (_, index) => index + 3))
    expect(positions.at(-1)).toBe(runner.status().lastPosition)
  })
})

describe('the result', () => {
  it('resolves with the outcome, whatever it is, for everybody who asks and however late', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 30, exitCode: 3, printError: 'why\n' })))
    const [one, other] = await during(Promise.all([task.result(), runner.task('a').result()]))
    expect(one).toMatchObject({
      id: 'a',
      status: 'failed',
      attempts: 1,
      exit: { code: 3 },
      failure: { code: 'EXIT_NONZERO' },
      latencyMs: 30,
    })
    expect(one.collected?.summary.stderrTail).toBe('why\n')
    expect([other, await during(runner.task('a').result())]).toEqual([one, one])
  })

  it('rejects when the runner is closed before the task has ended, and at once afterwards', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_000 })))
    await until(() => task.status().status === 'running')
    const result = codeOf(task.result())
    await during(runner.close('detach'))
    expect(await during(result)).toBe('RUNNER_UNREACHABLE')
    expect(await codeOf(task.result())).toBe('RUNNER_UNREACHABLE')
  })

  it('rejects when its signal aborts', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_000 })))
    const stop = new AbortController()
    const result = task.result(stop.signal)
    stop.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
  })
})

describe('cancel', () => {
  const start = async (behaviour: object) => {
    const simulated = createSimulatedRunner()
    const { runner, engine } = await simulated.boot()
    const task = await simulated.during(runner.submit(submissionOf('a', behaviour)))
    return { ...simulated, runner, engine, task }
  }

  it('ends a pending task at once, without an attempt', async () => {
    const { runner, task, during } = await start({ runMs: 5 })
    await during(runner.pause())
    const waiting = await during(runner.submit(submissionOf('b', { runMs: 5 })))
    const row = await during(waiting.cancel('not needed'))
    expect(row).toMatchObject({ status: 'cancelled', attempt: 0, cancelReason: 'not needed' })
    expect(await during(waiting.result())).toMatchObject({
      status: 'cancelled',
      attempts: 0,
      startedAt: null,
      failure: { code: 'CANCELLED', message: 'not needed' },
    })
    await during(runner.resume())
    expect((await during(task.result())).status).toBe('completed')
  })

  it('resolves when the wish is on record, and the task ends then', async () => {
    const { task, during, until, host } = await start({ runMs: 1_900 })
    await until(() => task.status().status === 'running' && task.status().startedAt !== null)
    const row = await during(task.cancel())
    expect(row).toMatchObject({ status: 'running', cancelReason: 'cancelled by the caller' })
    expect(host.disk.rows.get('a')?.cancelReason).toBe('cancelled by the caller')
    expect(await during(task.result())).toMatchObject({ status: 'cancelled', exit: { signal: 'SIGTERM' } })
  })

  it('keeps the first reason, and may be said again', async () => {
    const { task, during, until } = await start({ runMs: 1_900, ignoreTerm: true })
    await until(() => task.status().status === 'running')
    const rows = await during(Promise.all([task.cancel('first'), task.cancel('second'), task.cancel('third')]))
    expect(rows.map(({ cancelReason }) => cancelReason)).toEqual(['first', 'first', 'first'])
    expect((await during(task.result())).failure?.message).toBe('first')
  })

  it('leaves a task that has ended as it is', async () => {
    const { task, runner, during } = await start({ runMs: 5 })
    const ended = await during(task.result())
    const records = runner.history('a').length
    expect(await during(task.cancel())).toMatchObject({ status: 'completed', cancelReason: null })
    expect([await during(task.result()), runner.history('a').length]).toEqual([ended, records])
  })

  it('takes a submission that is still on its way', async () => {
    const { runner, engine, during } = await start({ runMs: 5 })
    const submitting = runner.submit(submissionOf('b', { runMs: 1_000 }))
    await Promise.resolve().then(() => Promise.resolve())
    const cancelled = engine.cancel('b', 'changed my mind')
    await during(submitting)
    expect((await during(cancelled)).cancelReason).toBe('changed my mind')
    expect((await during(runner.task('b').result())).status).toBe('cancelled')
  })

  it.each(['nobody', '../a', '', 'x'.repeat(1_000), 'a\0'])('says NOT_FOUND for %j, in few words', async (id) => {
    const { engine, runner, during } = await start({ runMs: 5 })
    const refusal: unknown = await during(engine.cancel(id, 'x').catch((cause: unknown) => cause))
    expect(refusal).toMatchObject({ code: 'NOT_FOUND', path: 'id' })
    expect((refusal as Error).message.length).toBeLessThan(300)
    expect(() => runner.task(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(() => runner.history(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(() => runner.explain(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

describe('logs', () => {
  it('give what was printed, follow what is being printed, and end with the task', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(
      runner.submit(submissionOf('a', { runMs: 500, print: 'one\ntwo\nthree\n', pieces: 3, printError: 'warned\n' })),
    )
    const following = collect(task.logs({ follow: true }))
    await until(() => task.status().status === 'running')
    const pieces = await during(following)
    const text = (stream: string) => Buffer.concat(pieces.filter((piece) => piece.stream === stream).map(({ bytes }) => bytes)).toString()
    expect([text('stdout'), text('stderr')]).toEqual(['one\ntwo\nthree\n', 'warned\n'])
    const [tail] = await during(collect(task.logs({ streams: ['stdout'], offset: 8 })))
    expect([tail?.offset, Buffer.from(tail!.bytes).toString()]).toEqual([8, 'three\n'])
    await expect(during(collect(task.logs({ attempt: 2 })))).rejects.toMatchObject({ code: 'NOT_FOUND', path: 'attempt' })
  })

  it('end when the runner is closed', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 1_900, print: 'one\ntwo\n', pieces: 2 })))
    const following = collect(task.logs({ follow: true }))
    await until(() => task.status().startedAt !== null)
    await during(runner.close('detach'))
    expect(await during(following)).toEqual([])
  })
})
