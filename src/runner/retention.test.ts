import { describe, expect, it } from 'vitest'
import { collect, createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { planArray } from '../testing/scenario.ts'

const hourMs = 3_600_000
const settings = { journal: { retentionMs: hourMs } }

const keeping = async () => {
  const simulated = createSimulatedRunner({ settings })
  const process = await simulated.boot()
  const { during } = simulated
  const ended = async (id: string) => {
    const outputs = [{ name: 'o', path: 'o', optional: true }]
    const submission = submissionOf(id, { print: 'x' })
    const task = await during(process.runner.submit({ ...submission, payload: { ...submission.payload, artifacts: { outputs } } }))
    await during(task.result())
    return task
  }
  return { ...simulated, ...process, ended }
}

describe('a task that ended longer ago than the retention', () => {
  it('is gone with its logs and kept outputs; a younger one and a live one stay', async () => {
    const { ended, runner, during, pass, host, until, engine } = await keeping()
    const old = await ended('old')
    host.directories.outputs.set('old/o', 'kept')
    host.directories.outputs.set('older/o', 'another')
    await during(runner.pause())
    const waiting = await during(runner.submit(submissionOf('waiting', {})))
    await pass(hourMs / 8)
    await during(runner.resume())
    await until(() => waiting.status().status === 'completed')
    await pass((hourMs * 7) / 8 + 120_000)
    expect(runner.list({ limit: 10 }).map(({ id }) => id)).toEqual(['waiting'])
    expect(() => old.status()).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(await host.logs.size({ taskId: 'old', attempt: 1 }, 'stdout')).toBe(0)
    expect([...host.directories.outputs.keys()]).toEqual(['older/o'])
    expect(engine.context.counters.read()['streams_forgotten']).toEqual({ task: 1 })
  })

  it('leaves its id to a new task', async () => {
    const { ended, pass, during, runner } = await keeping()
    await ended('a')
    await ended('b')
    await pass(2 * hourMs)
    await ended('last') // the last record stays whatever it is
    const again = await during(runner.submit(submissionOf('a', { print: 'another body' })))
    expect(again.created).toBe(true)
    expect((await during(again.result())).status).toBe('completed')
  })

  it('is kept for a cursor that has not passed it', async () => {
    const { ended, engine, pass, during, runner } = await keeping()
    await ended('a')
    await ended('b')
    await during(engine.context.journal.moveCursor({ name: 'sink', position: 3, at: 0 }))
    await pass(2 * hourMs)
    expect(runner.list({ limit: 10 })).toHaveLength(2)
    await during(engine.context.journal.removeCursor('sink'))
    await pass(120_000)
    expect(runner.list({ limit: 10 }).map(({ id }) => id)).toEqual(['b'])
  })

  it('tells a reader from before it where to go on', async () => {
    const { ended, pass, during, runner } = await keeping()
    await ended('a')
    await ended('b')
    await pass(2 * hourMs)
    const { horizon, lastPosition } = runner.status()
    expect(horizon).toBeGreaterThan(0)
    await expect(during(collect(runner.records(0)))).rejects.toMatchObject({ code: 'OUT_OF_RANGE', hint: `Read from position ${horizon + 1} on: after=${horizon}` }) // prettier-ignore
    const rest = runner.records(horizon)[Symbol.asyncIterator]()
    expect(await during(rest.next())).toMatchObject({ value: { position: horizon + 1 } })
    await rest.return!()
    expect(lastPosition).toBeGreaterThan(horizon)
  })

  it('is kept for ever when the retention is 0, and goes when that is changed', async () => {
    const { ended, pass, runner, engine } = await keeping()
    engine.reconfigure({ ...engine.context.settings, journal: { retentionMs: 0 } })
    await ended('a')
    await ended('b')
    await pass(20 * hourMs)
    expect(runner.list({ limit: 10 })).toHaveLength(2)
    engine.reconfigure({ ...engine.context.settings, journal: { retentionMs: hourMs } })
    await pass(1_000)
    expect(runner.list({ limit: 10 }).map(({ id }) => id)).toEqual(['b'])
  })
})

it('an array goes as a whole, once its last task is old enough', async () => {
  const { ended, runner, during, pass } = await keeping()
  const { submission } = planArray('x', [{ runMs: 1 }, { runMs: 1 }], 0)
  await during(runner.submitArray(submission))
  for (const id of ['x.0', 'x.1']) await during(runner.task(id).result())
  await ended('last')
  await pass(hourMs / 2)
  expect(runner.array('x').count).toBe(2)
  await pass(hourMs)
  expect(() => runner.array('x')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  expect(runner.list({ limit: 10 }).map(({ id }) => id)).toEqual(['last'])
})

it('a removal that fails is counted and tried again', async () => {
  const simulated = createSimulatedRunner({
    settings,
    context: (context) => {
      let failures = 1
      const forget = async (taskId: string): Promise<void> => {
        if (failures-- > 0) throw new Error('busy')
        await context.workspace.forget(taskId)
      }
      return { ...context, workspace: { ...context.workspace, forget } }
    },
  })
  const { runner, engine } = await simulated.boot()
  for (const id of ['a', 'b']) await simulated.during((await simulated.during(runner.submit(submissionOf(id, {})))).result())
  await simulated.pass(hourMs + 300_000)
  expect(engine.context.counters.read()['retention_failures']).toEqual({ INTERNAL: 1 })
  expect(runner.list({ limit: 10 }).map(({ id }) => id)).toEqual(['b'])
})
