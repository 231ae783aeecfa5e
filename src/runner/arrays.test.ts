import { describe, expect, it } from 'vitest'
import { simulatedArgv, type SimulatedBehaviour } from '../../adapters/simulated/executor.ts'
import { codeOf } from '../../test/support/code-of.ts'
import { createSimulatedRunner, type SimulatedRunner, type SimulatedRunnerOptions } from '../../test/support/simulated-runner.ts'
import { RunnerError } from '../domain/errors.ts'
import { arrayStream, taskStream } from '../ports/journal.ts'
import type { Runner } from './api.ts'
import { verifyStream } from './fold.ts'
import { violationsOf } from './invariants.ts'

/** An array whose tasks act out a behaviour each. */
const arrayOf = (id: string, behaviours: readonly SimulatedBehaviour[], more: object = {}) => ({
  id,
  items: behaviours.map((behaviour) => simulatedArgv(behaviour)[1]),
  ...more,
  payload: { tenant: 'acme', execution: { command: ['simulate', '{item}'] } },
})
const many = (count: number, behaviour: SimulatedBehaviour = { runMs: 5 }): SimulatedBehaviour[] =>
  Array.from({ length: count }, () => behaviour)
const idsOf = (runner: Runner, arrayId: string): string[] => runner.list({ arrayId, limit: 1_000 }).map(({ id }) => id).reverse() // prettier-ignore
const ended = (runner: Runner, id: string) => () => runner.array(id).ended
const recordsOf = ({ host }: SimulatedRunner, id: string) => host.disk.records.filter(({ stream }) => stream === arrayStream(id))

/** A runner on whose journal a process began to submit an array `a`, and was killed as soon as the first records of it were durable. */
const half = async (count: number, context: SimulatedRunnerOptions['context'] = (given) => given) => {
  const simulated = createSimulatedRunner({ context })
  const { boot, until, world, host } = simulated
  const { runner } = await boot()
  void runner.submitArray(arrayOf('a', many(count), { concurrency: 3 })).catch(() => undefined)
  await until(() => host.disk.rows.size > 0)
  expect([host.disk.rows.size < count, recordsOf(simulated, 'a').length]).toEqual([true, 1])
  world.crash()
  return simulated
}

describe('an array', () => {
  it('is answered when every task of it is durable, and tells how they fare', async () => {
    const { boot, during, until, host } = createSimulatedRunner()
    const { runner } = await boot()
    await during(runner.pause())
    const { array, created } = await during(
      runner.submitArray(arrayOf('a', many(3), { class: 'cpu_long', workflow_id: 'w', concurrency: 2 })),
    )
    expect([created, array]).toMatchObject([
      true,
      {
        id: 'a',
        tenant: 'acme',
        class: 'cpu_long',
        workflowId: 'w',
        count: 3,
        concurrency: 2,
        rerunOf: null,
        ended: false,
        tasks: { pending: 3 },
      },
    ])
    expect([...host.disk.rows.keys()]).toEqual(['a.0', 'a.1', 'a.2'])
    expect(runner.task('a.1').status().array).toEqual({ id: 'a', index: 1, concurrency: 2 })
    await during(runner.resume())
    await until(ended(runner, 'a'))
    expect(runner.array('a').tasks).toMatchObject({ completed: 3, pending: 0 })
  })

  it('of the same id and body is the same array: while the first is on its way, and after it ended', async () => {
    const { boot, during, until, host } = createSimulatedRunner()
    const { runner } = await boot()
    const submission = arrayOf('a', many(3))
    const [first, second] = await during(Promise.all([runner.submitArray(submission), runner.submitArray(structuredClone(submission))]))
    expect([first.created, second.created, second.array.count]).toEqual([true, false, 3])
    await until(ended(runner, 'a'))
    expect((await during(runner.submitArray(submission))).created).toBe(false)
    expect(host.disk.rows.size).toBe(3)
  })

  it('of the same id and another body is refused, also while the first is on its way', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const first = runner.submitArray(arrayOf('a', many(3)))
    expect(await during(codeOf(runner.submitArray(arrayOf('a', many(4)))))).toBe('TASK_CONFLICT')
    expect((await during(first)).array.count).toBe(3)
    expect(await during(codeOf(runner.submitArray(arrayOf('a', many(3), { concurrency: 1 }))))).toBe('TASK_CONFLICT')
  })

  it('is refused whole when one of its tasks cannot be, and says which', async () => {
    const { boot, during, host } = createSimulatedRunner()
    const { runner, engine } = await boot()
    const before = host.disk.records.length
    const outside = { ...arrayOf('a', many(3)), items: ['in', '../../etc', 'out'] }
    const artifacts = { inputs: [{ name: 'i', path: '/data/x', target: '{item}' }] }
    const submission = { ...outside, payload: { execution: { command: ['true'] }, artifacts } }
    await expect(during(runner.submitArray(submission))).rejects.toMatchObject({
      code: 'POLICY_PATH',
      message: expect.stringMatching(/^task 1: /),
      path: 'payload.artifacts.inputs[0].target',
    })
    expect(await during(codeOf(runner.submitArray(arrayOf('a', many(2), { class: 'gpu' }))))).toBe('CLASS_UNAVAILABLE')
    expect(await codeOf(runner.submitArray({ count: 3 }))).toBe('INVALID_SPEC')
    expect(host.disk.records.length).toBe(before)
    expect(engine.context.counters.read()['submissions_refused']).toEqual({ POLICY_PATH: 1, CLASS_UNAVAILABLE: 1, INVALID_SPEC: 1 })
    expect(() => runner.array('a')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', path: 'id' }))
  })

  it('is refused when it is too large written out, however small its document', async () => {
    const { boot, during, host } = createSimulatedRunner()
    const { runner } = await boot()
    const command = ['echo', 'x'.repeat(20_000)]
    const before = host.disk.records.length
    expect(await during(codeOf(runner.submitArray({ count: 10_000, payload: { execution: { command } } })))).toBe('PAYLOAD_TOO_LARGE')
    expect(host.disk.records.length).toBe(before)
  })

  it('takes no task id that somebody else has, and gives up none of its own', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const task = (id: string) => ({ id, payload: { execution: { command: simulatedArgv({ runMs: 5 }) } } })
    await during(runner.submit(task('a.2')))
    expect(await during(codeOf(runner.submitArray(arrayOf('a', many(3)))))).toBe('TASK_CONFLICT')
    expect((await during(runner.submitArray(arrayOf('a', many(2))))).created).toBe(true) // a.0 and a.1
    const array = runner.submitArray(arrayOf('b', many(3)))
    expect(await during(codeOf(runner.submit(task('b.1'))))).toBe('TASK_CONFLICT')
    expect((await during(runner.submit(task('b.3')))).created).toBe(true)
    await during(array)
    expect(await during(codeOf(runner.submit(task('b.1'))))).toBe('TASK_CONFLICT')
  })

  it('is given an id when it has none', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const { id: _, ...unnamed } = arrayOf('', many(2))
    const { array } = await during(runner.submitArray(unnamed))
    expect(idsOf(runner, array.id)).toEqual([`${array.id}.0`, `${array.id}.1`])
  })

  it('tells its tasks their place', async () => {
    const requests: unknown[] = []
    const { boot, during, until } = createSimulatedRunner({
      context: (context) => ({
        ...context,
        executor: {
          ...context.executor,
          launch: (request, signal) => {
            requests.push(request.plan.env)
            return context.executor.launch(request, signal)
          },
        },
      }),
    })
    const { runner } = await boot()
    await during(runner.submitArray(arrayOf('a', many(2), { concurrency: 1 })))
    await until(ended(runner, 'a'))
    expect(requests).toMatchObject([
      { ENV_RUNNER_ARRAY_ID: 'a', ENV_RUNNER_ARRAY_INDEX: '0', ENV_RUNNER_TASK_ID: 'a.0' },
      { ENV_RUNNER_ARRAY_ID: 'a', ENV_RUNNER_ARRAY_INDEX: '1', ENV_RUNNER_TASK_ID: 'a.1' },
    ])
  })

  it('is refused while the runner drains', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    await during(runner.drain('maintenance'))
    expect(await codeOf(runner.submitArray(arrayOf('a', many(2))))).toBe('DRAINING')
  })
})

describe('the limit of an array', () => {
  it('keeps its tasks from all running at once, and those behind them from waiting', async () => {
    const { boot, during, until } = createSimulatedRunner() // four places
    const { runner, engine } = await boot()
    await during(runner.submitArray(arrayOf('a', many(20, { runMs: 50 }), { concurrency: 2 })))
    const other = await during(runner.submit({ id: 'other', payload: { execution: { command: simulatedArgv({ runMs: 5 }) } } }))
    expect(runner.explain('a.19').at(-1)).toMatch(/^its array a has the 2 places that it may have at once; 1\d of its tasks go before it$/)
    await during(other.result())
    expect(runner.array('a').tasks.completed).toBeLessThan(4)
    let most = 0
    await until(() => {
      most = Math.max(most, engine.inspect().placed.size)
      return runner.array('a').ended
    })
    expect(most).toBe(2)
  })

  it('holds after a crash, with what still runs counted', async () => {
    const { boot, during, until, world } = createSimulatedRunner()
    const first = await boot()
    await during(first.runner.submitArray(arrayOf('a', many(10, { runMs: 300 }), { concurrency: 2 })))
    await until(() => first.runner.array('a').tasks.running === 2)
    world.crash()
    const { runner, engine } = await boot()
    const most = { placed: 0 }
    await until(() => {
      most.placed = Math.max(most.placed, engine.inspect().placed.size)
      return runner.array('a').ended
    })
    expect([most.placed, runner.array('a').tasks.completed]).toEqual([2, 10])
  })

  it('counts a task that is tried again once', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner, engine } = await boot()
    await during(runner.submitArray(arrayOf('a', many(6, { runMs: 20, launchFailures: 1 }), { concurrency: 1 })))
    await until(() => {
      expect(engine.inspect().placed.size).toBeLessThanOrEqual(1)
      return runner.array('a').ended
    })
    expect(runner.array('a').tasks.completed).toBe(6)
  })
})

describe('an array whose runner was killed while it was submitted', () => {
  it('is submitted to its end by the next process, though nobody asks', async () => {
    const simulated = await half(250)
    const { runner, engine } = await simulated.boot()
    await simulated.until(ended(runner, 'a'))
    expect(runner.array('a')).toMatchObject({ count: 250, concurrency: 3, tasks: { completed: 250 } })
    expect(idsOf(runner, 'a')).toEqual(Array.from({ length: 250 }, (_, index) => `a.${index}`))
    expect(recordsOf(simulated, 'a').map(({ type }) => type)).toEqual(['array.submitted', 'array.expanded'])
    expect(engine.context.counters.read()['defects']).toBeUndefined()
  })

  it('answers whoever sends it again once it is whole', async () => {
    const { boot, during, host } = await half(250)
    const { runner } = await boot()
    const { created, array } = await during(runner.submitArray(arrayOf('a', many(250), { concurrency: 3 })))
    expect([created, array.count, host.disk.rows.size]).toEqual([false, 250, 250])
  })

  it('is whole when the next process accepts submissions: each of its tasks is found', async () => {
    const { boot, host } = await half(250)
    const { runner } = await boot()
    expect([runner.array('a').ended, host.disk.rows.size]).toEqual([false, 250])
    expect(() => runner.task('a.249')).not.toThrow()
  })

  it('is cancelled whole, those that were missing too', async () => {
    const { boot, during, until } = await half(250)
    const { runner } = await boot()
    await during(runner.cancelArray('a', 'not needed'))
    await until(ended(runner, 'a'))
    const { completed, cancelled } = runner.array('a').tasks
    expect([completed + cancelled, cancelled > 200]).toEqual([250, true])
  })

  it('makes no task anew that was put aside meanwhile', async () => {
    const { boot, until, host, create } = await half(250)
    const { engine } = create()
    const last = [...host.disk.rows.keys()].at(-1)!
    engine.context.journal.quarantine(taskStream(last), 'for a test', 1)
    const { runner } = await boot()
    await until(ended(runner, 'a'))
    expect(runner.array('a').tasks.completed).toBe(249)
    expect(await codeOf(Promise.resolve().then(() => runner.task(last)))).toBe('JOURNAL_CORRUPT')
  })
})

describe('a rerun', () => {
  const failing = [{ runMs: 5 }, { exitCode: 3 }, { runMs: 5 }, { exitCode: 4 }]

  it('runs those that failed again, as new tasks under their old indexes with their own items', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    await during(runner.submitArray(arrayOf('a', failing, { concurrency: 2, class: 'cpu_long' })))
    await until(ended(runner, 'a'))
    const { array, created } = await during(runner.rerunArray('a'))
    expect([created, array]).toMatchObject([true, { id: 'a-rerun-1', rerunOf: 'a', count: 2, concurrency: 2, class: 'cpu_long' }])
    expect(idsOf(runner, 'a-rerun-1')).toEqual(['a-rerun-1.1', 'a-rerun-1.3'])
    await until(ended(runner, 'a-rerun-1'))
    expect(runner.task('a-rerun-1.3').status().result!.exit!.code).toBe(4)
    expect(runner.array('a').tasks).toMatchObject({ failed: 2, completed: 2 })
    const again = await during(runner.rerunArray('a-rerun-1', 'third'))
    expect([again.array.rerunOf, idsOf(runner, 'third')]).toEqual(['a-rerun-1', ['third.1', 'third.3']])
  })

  it('has a number of its own each time, and under an id that was given is the same again', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    await during(runner.submitArray(arrayOf('a', failing)))
    await until(ended(runner, 'a'))
    expect((await during(runner.rerunArray('a'))).array.id).toBe('a-rerun-1')
    expect((await during(runner.rerunArray('a'))).array.id).toBe('a-rerun-2')
    const twice = await during(Promise.all([runner.rerunArray('a', 'b'), runner.rerunArray('a', 'b')]))
    expect(twice.map(({ created }) => created).toSorted()).toEqual([false, true])
    expect((await during(runner.rerunArray('a', 'b'))).created).toBe(false)
    await during(runner.submitArray(arrayOf('c', failing)))
    expect(await during(codeOf(runner.rerunArray('a', 'c')))).toBe('TASK_CONFLICT')
    expect(await during(codeOf(runner.rerunArray('a', 'c/d')))).toBe('INVALID_ID')
  })

  it('takes cancelled tasks too, and is refused when there is nothing to run again', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    await during(runner.submitArray(arrayOf('a', many(2))))
    await until(ended(runner, 'a'))
    await expect(during(runner.rerunArray('a'))).rejects.toMatchObject({ code: 'INVALID_SPEC', path: 'id' })
    await during(runner.pause())
    await during(runner.submitArray(arrayOf('b', many(2))))
    await during(runner.task('b.1').cancel())
    await during(runner.rerunArray('b'))
    expect(idsOf(runner, 'b-rerun-1')).toEqual(['b-rerun-1.1'])
    expect(await during(codeOf(runner.rerunArray('unknown')))).toBe('NOT_FOUND')
  })

  it('is submitted to its end after a crash as any array', async () => {
    const simulated = createSimulatedRunner()
    const { boot, during, until, world, host } = simulated
    const first = await boot()
    await during(first.runner.submitArray(arrayOf('a', many(150, { exitCode: 1 }))))
    await until(ended(first.runner, 'a'))
    void first.runner.rerunArray('a', 'b').catch(() => undefined)
    await until(() => host.disk.rows.has('b.0'))
    world.crash()
    const { runner } = await boot()
    await until(ended(runner, 'b'))
    expect(runner.array('b')).toMatchObject({ count: 150, rerunOf: 'a', tasks: { failed: 150 } })
  })
})

describe('a cancelled array', () => {
  it('cancels what waits and what runs, leaves what has ended, and may be cancelled again', async () => {
    const { boot, during, until } = createSimulatedRunner()
    const { runner } = await boot()
    await during(runner.submitArray(arrayOf('a', [{ runMs: 5 }, ...many(150, { runMs: 1_500 })], { concurrency: 3 })))
    await until(() => runner.array('a').tasks.completed === 1 && runner.array('a').tasks.running === 3)
    const array = await during(runner.cancelArray('a', 'changed my mind'))
    expect(array.tasks.pending).toBe(0)
    await until(ended(runner, 'a'))
    expect(runner.array('a').tasks).toMatchObject({ completed: 1, cancelled: 150 })
    expect(runner.task('a.150').status()).toMatchObject({ cancelReason: 'changed my mind', attempt: 0 })
    expect((await during(runner.cancelArray('a'))).ended).toBe(true)
    expect(await during(codeOf(runner.cancelArray('unknown')))).toBe('NOT_FOUND')
  })
})

describe('the records of an array', () => {
  it('replay to what is stored, and break no invariant', async () => {
    const simulated = createSimulatedRunner()
    const { boot, during, until, pass, host } = simulated
    const { runner, engine } = await boot()
    await during(runner.submitArray(arrayOf('a', many(5), { concurrency: 2 })))
    await until(ended(runner, 'a'))
    await pass(1) // what is durable is released
    expect(verifyStream(recordsOf(simulated, 'a'))).toEqual({ ok: true, firstDifference: null })
    const tasks = [...host.disk.rows.values()].map((row) => ({ row, records: runner.history(row.id) }))
    const observation = { tasks, running: [], traces: [], engine: engine.inspect(), attemptsMax: 3, settled: true, logProblems: [] }
    expect(violationsOf(observation)).toEqual([])
  })

  it('that cannot be read are put aside, and keep nobody else from starting', async () => {
    const broken = { value: false }
    const simulated = await half(250, (context) => ({
      ...context,
      journal: {
        ...context.journal,
        readStream(stream, fromSeq, limit) {
          if (broken.value && stream === arrayStream('a')) throw new RunnerError('JOURNAL_CORRUPT', 'the checksum of seq 0 does not match')
          return context.journal.readStream(stream, fromSeq, limit)
        },
      },
    }))
    const submitted = simulated.host.disk.rows.size
    broken.value = true
    const { runner, engine } = await simulated.boot()
    broken.value = false
    expect(simulated.host.disk.quarantined).toMatchObject([{ stream: 'array:a', reason: 'the checksum of seq 0 does not match' }])
    expect(engine.context.counters.read()['defects']).toEqual({ fold: 1 })
    expect(() => runner.array('a')).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
    await simulated.until(() => runner.status().tasks.completed === submitted) // those that were there
  })
})
