import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { RunnerError } from '../domain/errors.ts'
import type { EngineContext } from './engine-context.ts'

/** What of the outside is called, for which attempt it breaks, and how. */
const breaking = (where: 'prepare' | 'collect' | 'launch' | 'wait' | 'stop' | 'create', cause: () => unknown, times = Infinity) => {
  let left = times
  const strike = (taskId: string): void => {
    if (taskId === 'bad' && left-- > 0) throw cause() as Error
  }
  return (context: EngineContext): EngineContext => ({
    ...context,
    workspace: {
      ...context.workspace,
      prepare: async (key, ...rest) => (where === 'prepare' && strike(key.taskId), context.workspace.prepare(key, ...rest)),
      collect: async (key, ...rest) => (where === 'collect' && strike(key.taskId), context.workspace.collect(key, ...rest)),
    },
    logs: { ...context.logs, create: async (key) => (where === 'create' && strike(key.taskId), context.logs.create(key)) },
    executor: {
      ...context.executor,
      launch: async (request, signal) => (where === 'launch' && strike(request.key.taskId), context.executor.launch(request, signal)),
      wait: async (key, signal) => (where === 'wait' && strike(key.taskId), context.executor.wait(key, signal)),
      stop: async (key, ...rest) => (where === 'stop' && strike(key.taskId), context.executor.stop(key, ...rest)),
    },
  })
}

const outcomes = async (context: (own: EngineContext) => EngineContext, behaviour: object = { runMs: 50 }) => {
  const simulated = createSimulatedRunner({ context })
  const { runner, engine } = await simulated.boot()
  const tasks = await simulated.during(Promise.all(['good', 'bad', 'fine'].map((id) => runner.submit(submissionOf(id, behaviour)))))
  const results = await simulated.during(Promise.all(tasks.map((task) => task.result())))
  await simulated.until(() => simulated.host.machine.processes.size === 0 && simulated.host.directories.work.size === 0)
  expect([results[0]?.status, results[2]?.status]).toEqual(['completed', 'completed'])
  return { result: results[1]!, counters: engine.context.counters.read(), runner, simulated }
}

describe('a defect in the work of one task', () => {
  it.each(['prepare', 'create', 'launch', 'wait', 'collect'] as const)(
    'in %s fails that task as INTERNAL, once, and no other',
    async (where) => {
      const { result, counters } = await outcomes(breaking(where, () => new TypeError('x is not a function')))
      expect(result).toMatchObject({ status: 'failed', attempts: 1, failure: { code: 'INTERNAL', message: 'x is not a function' } })
      expect(counters['defects']).toEqual({ effect: 1 })
    },
  )

  it.each([undefined, null, 'text', 7, Symbol('s')])('is understood when it throws %s', async (thrown) => {
    const { result } = await outcomes(breaking('prepare', () => thrown))
    expect(result.failure).toMatchObject({ code: 'INTERNAL', message: String(thrown) })
  })

  it('in a stop is tried again until it works: nothing may run on', async () => {
    const { result, counters } = await outcomes((own) =>
      breaking('stop', () => new Error('busy'), 3)(breaking('launch', () => new Error('broken'))(own)),
    )
    expect(result).toMatchObject({ status: 'failed', failure: { code: 'INTERNAL', message: 'broken' } })
    expect(counters['defects']).toEqual({ effect: 1 })
  })

  it('that keeps a stop from ever working ends at its deadline, as failed and never as another attempt', async () => {
    const simulated = createSimulatedRunner({ context: breaking('stop', () => new RunnerError('LAUNCH_FAILED', 'no answer')) })
    const { runner } = await simulated.boot()
    const task = await simulated.during(runner.submit(submissionOf('bad', { runMs: 60_000 })))
    const result = await simulated.during(task.result())
    expect(result).toMatchObject({ status: 'failed', attempts: 1, failure: { code: 'TIMEOUT_STOP' } })
    await simulated.until(() => simulated.host.machine.processes.size === 0) // its clean-up ends what still runs
  })
})

describe('what may pass', () => {
  it('is tried again, with a pause, and told', async () => {
    const { result, runner } = await outcomes(breaking('prepare', () => new RunnerError('WORK_DIR_UNUSABLE', 'busy'), 2))
    expect(result).toMatchObject({ status: 'completed', attempts: 3 })
    const told = runner.history('bad').flatMap(({ public: events }) => events)
    expect(told.flatMap(({ type, data }) => (type === 'task_retrying' ? [data['code']] : []))).toEqual([
      'WORK_DIR_UNUSABLE',
      'WORK_DIR_UNUSABLE',
    ])
    expect(told.map(({ type }) => type)).toEqual(['task_submitted', 'task_retrying', 'task_retrying', 'task_started', 'task_completed'])
  })

  it('is given up after the last attempt, with its reason', async () => {
    const { result } = await outcomes(breaking('prepare', () => new RunnerError('WORK_DIR_UNUSABLE', 'busy')))
    expect(result).toMatchObject({ status: 'failed', attempts: 3, failure: { code: 'WORK_DIR_UNUSABLE' } })
  })

  it('and what may not is not tried again', async () => {
    const { result } = await outcomes(breaking('prepare', () => new RunnerError('INPUT_UNAVAILABLE', 'gone', { path: 'x' })))
    expect(result).toMatchObject({ status: 'failed', attempts: 1, failure: { code: 'INPUT_UNAVAILABLE', path: 'x' } })
  })

  it('a promised output that is missing fails a command that ended well', async () => {
    const { result } = await outcomes(breaking('collect', () => new RunnerError('OUTPUT_MISSING', 'no model')))
    expect(result).toMatchObject({ status: 'failed', exit: { code: 0 }, failure: { code: 'OUTPUT_MISSING' } })
  })
})

describe('a task that is stopped by a deadline', () => {
  it.each([
    ['of its run', { timeouts }, 'TIMEOUT_RUN'],
    ['of the whole', { timeouts: { ...timeouts, totalMs: 1_000 } }, 'TIMEOUT_TOTAL'],
  ])('%s still has what it printed', async (_, settings, code) => {
    const { boot, during } = createSimulatedRunner({ settings })
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 60_000, print: 'begun\n'.padEnd(100, '.'), pieces: 100 })))
    const result = await during(task.result())
    expect(result).toMatchObject({ status: 'failed', failure: { code }, exit: { signal: 'SIGTERM' } })
    expect(result.collected?.summary.stdoutTail).toMatch(/^b/)
  })
})

const timeouts = { prepareMs: 1_000, stopMs: 20_000, collectMs: 30_000, totalMs: 3_600_000, graceMs: 100, drainMs: 5_000 }
