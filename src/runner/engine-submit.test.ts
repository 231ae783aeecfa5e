import { describe, expect, it } from 'vitest'
import { codeOf } from '../../test/support/code-of.ts'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'
import { violationsOf } from './invariants.ts'

const quick = { runMs: 5 }

describe('a submission', () => {
  it('is answered when it is durable, and not before', async () => {
    const { boot, during, host } = createSimulatedRunner()
    const { runner } = await boot()
    let answered = false
    const submitting = runner.submit(submissionOf('a', quick)).then((task) => ((answered = true), task))
    expect([answered, host.disk.rows.has('a')]).toEqual([false, false])
    const task = await during(submitting)
    expect([task.id, task.created, host.disk.rows.get('a')?.status]).toEqual(['a', true, 'pending'])
  })

  it('is given an id when it has none', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const { id: _, ...unnamed } = submissionOf('', quick)
    const tasks = await during(Promise.all([runner.submit(unnamed), runner.submit(unnamed)]))
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(2)
  })

  it('of the same id and body is the same task: while the first is on its way, while it runs, and after it ended', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const submission = submissionOf('a', quick)
    const [first, second] = await during(Promise.all([runner.submit(submission), runner.submit(structuredClone(submission))]))
    expect([first.created, second.created]).toEqual([true, false])
    const third = await during(runner.submit(submission))
    const result = await during(third.result())
    expect([third.created, result.status]).toEqual([false, 'completed'])
    const last = await during(runner.submit(submission))
    expect([last.created, last.status().status]).toEqual([false, 'completed'])
    expect(runner.list({ limit: 10 })).toHaveLength(1)
  })

  it('is the same whatever the order of its keys, as JSON has none', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const body = (env: Record<string, string>, context: object) => ({ id: 'a', payload: { execution: { command: ['x'], env }, context } })
    const first = body({ A: '1', B: '2' }, { list: [{ x: 1, y: 2 }], z: 0 })
    const { id, payload } = body({ B: '2', A: '1' }, { z: 0, list: [{ y: 2, x: 1 }] })
    await during(runner.submit(first))
    expect((await during(runner.submit({ payload: Object.fromEntries(Object.entries(payload).reverse()), id }))).created).toBe(false)
    const other = body({ A: '1', B: '2' }, { list: [{ x: 1, y: 3 }], z: 0 })
    expect(await during(codeOf(runner.submit(other)))).toBe('TASK_CONFLICT')
  })

  it('of the same id and another body is refused, and the first is untouched: also while that is on its way', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const first = runner.submit(submissionOf('a', quick))
    const other = runner.submit(submissionOf('a', { exitCode: 1 }))
    expect(await during(codeOf(other))).toBe('TASK_CONFLICT')
    const task = await during(first)
    expect(await during(codeOf(runner.submit(submissionOf('a', quick, { priority: 1 }))))).toBe('TASK_CONFLICT')
    expect((await during(task.result())).status).toBe('completed')
    expect(runner.history('a').filter(({ type }) => type === 'task.submitted')).toHaveLength(1)
  })

  it('is refused with its reason counted, and leaves nothing behind', async () => {
    const { boot, during, host } = createSimulatedRunner()
    const { runner, engine } = await boot()
    const before = host.disk.records.length
    const refused = [
      {},
      submissionOf('a/b', quick),
      submissionOf('a', quick, { class: 'gpu' }),
      submissionOf('a', quick, {}, { secrets: ['TOKEN'] }),
    ]
    const codes = await during(Promise.all(refused.map((submission) => codeOf(runner.submit(submission)))))
    expect(codes).toEqual(['INVALID_SPEC', 'INVALID_ID', 'CLASS_UNAVAILABLE', 'NOT_SUPPORTED'])
    expect(engine.context.counters.read()['submissions_refused']).toEqual({
      INVALID_SPEC: 1,
      INVALID_ID: 1,
      CLASS_UNAVAILABLE: 1,
      NOT_SUPPORTED: 1,
    })
    expect(host.disk.records.length).toBe(before)
    expect(engine.inspect()).toMatchObject({ waiting: 0, uncommittedBytes: 0 })
  })

  it('is refused before the runner has taken up its journal, while it drains, and after it stopped', async () => {
    const { create, during } = createSimulatedRunner()
    const { runner, engine } = create()
    expect(await codeOf(runner.submit(submissionOf('a', quick)))).toBe('RUNNER_BUSY')
    const starting = engine.start()
    expect(await codeOf(runner.submit(submissionOf('a', quick)))).toBe('RUNNER_BUSY')
    await during(starting)
    const task = await during(runner.submit(submissionOf('slow', { runMs: 1_000 })))
    const draining = runner.drain('maintenance')
    expect(await codeOf(runner.submit(submissionOf('b', quick)))).toBe('DRAINING')
    await during(draining)
    expect(await codeOf(runner.submit(submissionOf('b', quick)))).toBe('DRAINING')
    expect(task.status().status).toBe('completed')
  })

  it('waits while too much is applied and not yet durable, and is taken then', async () => {
    const { boot, during } = createSimulatedRunner({
      settings: { limits: { payloadUnits: 100_000, payloadDepth: 32, uncommittedBytes: 20_000 } },
    })
    const { runner, engine } = await boot()
    const large = (id: string) =>
      runner.submit({ ...submissionOf(id, quick), payload: { ...submissionOf(id, quick).payload, context: { text: 'x'.repeat(30_000) } } })
    const first = large('a')
    await Promise.resolve().then(() => Promise.resolve()) // it is applied
    const second = large('b')
    expect(engine.inspect().uncommittedBytes).toBeGreaterThan(30_000)
    expect(engine.inspect().uncommittedBytes).toBeLessThan(60_000)
    const tasks = await during(Promise.all([first, second]))
    expect(tasks.map(({ created }) => created)).toEqual([true, true])
  })

  it('one after the other when many wait for room: the limit is passed by one of them alone', async () => {
    const limits = { payloadUnits: 100_000, payloadDepth: 32, uncommittedBytes: 20_000 }
    const { boot, during, host, pass, until } = createSimulatedRunner({ settings: { limits } })
    const { runner, engine } = await boot()
    let most = 0
    host.disk.onStored = () => (most = Math.max(most, engine.inspect().uncommittedBytes))
    const submission = (id: string) => ({
      ...submissionOf(id, quick),
      payload: { ...submissionOf(id, quick).payload, context: { text: 'x'.repeat(15_000) } },
    })
    const all = Promise.all(Array.from({ length: 50 }, (_, index) => runner.submit(submission(`t${index}`))))
    const observed = engine.inspect()
    await pass(1)
    await during(all)
    await until(() => engine.inspect().uncommittedBytes === 0)
    expect(Math.max(most, observed.uncommittedBytes)).toBeLessThan(limits.uncommittedBytes + 20_000)
  })
})

describe('while the journal cannot be written', () => {
  it('new work is refused, what runs goes on, and everything is made good when the disk has room again', async () => {
    const { boot, during, host, until, pass } = createSimulatedRunner()
    const { runner, engine } = await boot()
    const running = await during(runner.submit(submissionOf('running', { runMs: 1_000, print: 'done\n' })))
    await until(() => running.status().status === 'running')
    host.disk.full = true
    const lost = runner.submit(submissionOf('on-its-way', quick)) // the first to notice: it waits for its commit
    await pass(100)
    expect(await codeOf(runner.submit(submissionOf('refused', quick)))).toBe('JOURNAL_UNAVAILABLE')
    expect(runner.status().journalTrouble?.message).toContain('full')
    await pass(10_000)
    expect(running.status().status).toBe('running') // it has ended; nobody may be told before that is durable
    host.disk.full = false
    expect((await during(running.result())).status).toBe('completed')
    expect((await during(lost)).created).toBe(true)
    expect(runner.status().journalTrouble).toBeNull()
    const after = await during(runner.submit(submissionOf('after', quick)))
    expect((await during(after.result())).status).toBe('completed')
    expect(engine.context.counters.read()['defects']).toBeUndefined()
    const tasks = ['running', 'on-its-way', 'after'].map((id) => ({ row: runner.task(id).status(), records: runner.history(id) }))
    expect(
      violationsOf({ tasks, running: [], traces: [], engine: engine.inspect(), attemptsMax: 3, settled: false, logProblems: [] }),
    ).toEqual([])
  })

  it('no deadline of a phase that is over ends a task', async () => {
    const { boot, during, host, until, pass } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 50 })))
    await until(() => task.status().status === 'preparing')
    host.disk.full = true
    await pass(5_000) // prepared in time; the prepare deadline of 1 s passes before that can be committed
    host.disk.full = false
    const result = await during(task.result())
    expect([result.status, result.failure, result.attempts]).toEqual(['completed', null, 1])
  })
})
