import { describe, expect, it } from 'vitest'
import { codeOf } from '../../test/support/code-of.ts'
import { createDamage } from '../../test/support/damaged-records.ts'
import { collect, createSimulatedRunner, statusOf, submissionOf } from '../../test/support/simulated-runner.ts'

const quick = { runMs: 5 }
const slow = { runMs: 1_500 }

describe('a pause', () => {
  it('admits nothing, lets what runs end, still accepts, and survives a restart', async () => {
    const { boot, during, until, pass, world } = createSimulatedRunner()
    const first = await boot()
    const running = await during(first.runner.submit(submissionOf('running', slow)))
    await until(() => statusOf(running) === 'running')
    await during(first.runner.pause())
    const waiting = await during(first.runner.submit(submissionOf('waiting', quick)))
    expect(first.runner.explain('waiting').at(-1)).toContain('on hold')
    expect((await during(running.result())).status).toBe('completed')
    await pass(60_000)
    expect([statusOf(waiting), first.runner.status().state]).toEqual(['pending', 'paused'])
    world.crash()
    const { runner } = await boot()
    await pass(60_000)
    expect([runner.task('waiting').status().status, runner.status().state]).toEqual(['pending', 'paused'])
    await during(runner.resume())
    expect((await during(runner.task('waiting').result())).status).toBe('completed')
  })

  it('may be said twice, and taken back twice', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    await during(Promise.all([runner.pause(), runner.pause()]))
    expect(runner.status().state).toBe('paused')
    await during(Promise.all([runner.resume(), runner.resume()]))
    expect(runner.status().state).toBe('accepting')
  })
})

describe('a drain', () => {
  it('waits for what runs, leaves what waits in the journal, and stops', async () => {
    const { boot, during, until } = createSimulatedRunner({
      settings: { classes: { cpu_short: { timeoutMs: 2_000, concurrency: 1, queueTimeoutMs: 60_000 } } },
    })
    const first = await boot()
    const tasks = await during(Promise.all(['a', 'b'].map((id) => first.runner.submit(submissionOf(id, slow)))))
    await until(() => statusOf(tasks[0]!) === 'running')
    await during(first.runner.drain('maintenance'))
    expect([tasks.map(statusOf), first.runner.status().state]).toEqual([['completed', 'pending'], 'stopped'])
    await during(first.runner.close())
    const { runner } = await boot()
    expect((await during(runner.task('b').result())).status).toBe('completed')
    expect(runner.status().state).toBe('accepting')
  })

  it('hands over what outlasts its deadline: the next process attaches to it, and it is started once', async () => {
    const { boot, during, until, host, world } = createSimulatedRunner({ settings: { timeouts: { ...timeouts, drainMs: 200 } } })
    const first = await boot()
    const task = await during(first.runner.submit(submissionOf('a', slow)))
    await until(() => task.status().startedAt !== null)
    const from = world.now()
    await during(first.runner.close('drain'))
    expect(world.now() - from).toBeLessThan(400)
    expect(host.machine.processes.get('a.1')?.state).toBe('running')
    const { runner } = await boot()
    expect((await during(runner.task('a').result())).status).toBe('completed')
    expect([...host.machine.starts]).toEqual([['a.1', 1]])
  })

  it('of a runner that holds nothing is over at once, and may be said again', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    await during(Promise.all([runner.drain('one'), runner.drain('two')]))
    await during(runner.drain('three'))
    expect(runner.status().state).toBe('stopped')
  })

  it('survives a crash of the draining process as no more than a restart', async () => {
    const { boot, during, until, world } = createSimulatedRunner()
    const first = await boot()
    const task = await during(first.runner.submit(submissionOf('a', slow)))
    await until(() => statusOf(task) === 'running')
    void first.runner.drain('maintenance')
    await until(() => first.runner.status().lastPosition > 6)
    world.crash()
    const { runner } = await boot()
    expect(runner.status().state).toBe('accepting')
    expect((await during(runner.task('a').result())).status).toBe('completed')
  })
})

describe('closing', () => {
  it('with cancel ends every task first, running and pending', async () => {
    const { boot, during, until, host } = createSimulatedRunner({
      settings: { classes: { cpu_short: { timeoutMs: 2_000, concurrency: 1, queueTimeoutMs: 60_000 } } },
    })
    const { runner } = await boot()
    const tasks = await during(Promise.all(['a', 'b'].map((id) => runner.submit(submissionOf(id, { ...slow, ignoreTerm: true })))))
    await until(() => statusOf(tasks[0]!) === 'running')
    await during(runner.close('cancel'))
    expect([...host.disk.rows.values()].map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
    expect(host.machine.processes.size).toBe(0)
  })

  it('with detach leaves what runs to the next process at once', async () => {
    const { boot, during, until, host } = createSimulatedRunner()
    const first = await boot()
    const task = await during(first.runner.submit(submissionOf('a', slow)))
    await until(() => task.status().startedAt !== null)
    await during(first.runner.close('detach'))
    expect(host.machine.processes.get('a.1')?.state).toBe('running')
    const { runner } = await boot()
    expect((await during(runner.task('a').result())).status).toBe('completed')
    expect(host.machine.starts.get('a.1')).toBe(1)
  })

  it('may be said again, by anybody, and before the start', async () => {
    const { boot, create, during } = createSimulatedRunner()
    const { runner } = await boot()
    await during(Promise.all([runner.close(), runner.close('detach')]))
    await during(runner.close('cancel'))
    await during(create().runner.close())
  })

  it('leaves nothing that hangs: whatever is asked afterwards is answered or refused', async () => {
    const { boot, during } = createSimulatedRunner()
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', slow)))
    await during(runner.close('detach'))
    const asks = [
      () => task.status(),
      () => runner.task('a'),
      () => runner.list({ limit: 1 }),
      () => runner.history('a'),
      () => runner.status(),
    ]
    for (const ask of asks) expect(ask).toThrow(expect.objectContaining({ name: 'RunnerError', code: 'JOURNAL_UNAVAILABLE' }))
    expect(await codeOf(runner.submit(submissionOf('b', quick)))).toBe('DRAINING')
    expect(await codeOf(task.cancel())).toBe('RUNNER_UNREACHABLE')
    expect(await codeOf(runner.pause())).toBe('resolved')
    expect(await codeOf(runner.drain('again'))).toBe('resolved')
    expect(await collect(runner.records(0))).toEqual([])
  })

  it.each(['detach', 'drain'] as const)(
    'with %s ends also while the journal cannot be written, and lets go of whoever waits for it',
    async (mode) => {
      const { boot, during, host, pass } = createSimulatedRunner({ settings: { timeouts: { ...timeouts, drainMs: 500 } } })
      const { runner, engine } = await boot()
      host.disk.full = true
      const lost = codeOf(runner.submit(submissionOf('lost', quick)))
      const unheard = codeOf(runner.pause())
      await pass(1_000)
      await during(runner.close(mode))
      expect(engine.closed()).toBe(true)
      expect(await during(lost)).toBe('RUNNER_UNREACHABLE')
      expect(await during(unheard)).toBe('RUNNER_UNREACHABLE')
      host.disk.full = false
      const next = await boot()
      expect(await codeOf(Promise.resolve().then(() => next.runner.task('lost')))).toBe('NOT_FOUND')
      expect(next.runner.status().state).toBe('accepting')
    },
  )
})

describe('a stream that cannot be understood', () => {
  const damageable = () => {
    const { damage, context } = createDamage()
    const simulated = createSimulatedRunner({ context })
    const { records } = simulated.host.disk
    return {
      ...simulated,
      damageFirst: (id: string) =>
        damage(
          records.find(({ stream }) => stream === `task:${id}`)!,
          { type: 'nonsense' },
        ),
      damageLast: (id: string) =>
        damage(
          records.findLast(({ stream }) => stream === `task:${id}`)!,
          {
            type: 'attempt.exploded',
            state: { value: 'pending', context: {} },
          },
        ),
    }
  }

  it('is put aside at the start, with its reason, and the others go on', async () => {
    const { boot, during, until, host, world, damageLast } = damageable()
    const first = await boot()
    const tasks = await during(Promise.all(['good', 'bad'].map((id) => first.runner.submit(submissionOf(id, slow)))))
    await until(() => tasks.every((task) => task.status().startedAt !== null))
    world.crash()
    damageLast('bad')
    const { runner, engine } = await boot()
    expect(host.disk.quarantined).toMatchObject([{ stream: 'task:bad', reason: expect.stringContaining('attempt.exploded') }])
    expect((await during(runner.task('good').result())).status).toBe('completed')
    expect(() => runner.task('bad')).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
    expect(engine.inspect().placed.size).toBe(0)
    expect(host.machine.processes.has('bad.1')).toBe(true) // somebody will want to look
    expect(engine.context.counters.read()['defects']).toEqual({ fold: 1 })
  })

  it('of a task that waits is put aside when its turn comes, and nobody waits for it any more', async () => {
    const { boot, during, host, damageFirst } = damageable()
    const { runner, engine } = await boot()
    await during(runner.pause())
    const [bad, good] = await during(Promise.all(['bad', 'good'].map((id) => runner.submit(submissionOf(id, quick)))))
    damageFirst('bad')
    const result = codeOf(bad!.result())
    await during(runner.resume())
    expect((await during(good!.result())).status).toBe('completed')
    expect(host.disk.quarantined.map(({ stream }) => stream)).toEqual(['task:bad'])
    expect(await during(result)).toBe('JOURNAL_CORRUPT')
    expect(engine.inspect()).toMatchObject({ waiting: 0 })
    expect(engine.inspect().placed.size).toBe(0)
  })

  it('of a task that is cancelled answers with a code, and harms nobody', async () => {
    const { boot, during, damageFirst } = damageable()
    const { runner } = await boot()
    await during(runner.pause())
    const bad = await during(runner.submit(submissionOf('bad', quick)))
    damageFirst('bad')
    expect(await during(codeOf(bad.cancel()))).toBe('JOURNAL_CORRUPT')
    await during(runner.resume())
    const good = await during(runner.submit(submissionOf('good', quick)))
    expect((await during(good.result())).status).toBe('completed')
  })

  it('can be begun anew under the same id', async () => {
    const { boot, during, damageFirst } = damageable()
    const { runner } = await boot()
    await during(runner.pause())
    const bad = await during(runner.submit(submissionOf('a', quick)))
    damageFirst('a')
    await during(codeOf(bad.cancel()))
    await during(runner.resume())
    const again = await during(runner.submit(submissionOf('a', quick)))
    expect([again.created, (await during(again.result())).status]).toEqual([true, 'completed'])
  })
})

describe('two engines in one process', () => {
  it('know nothing of each other', async () => {
    const [one, other] = [
      createSimulatedRunner({ settings: { runnerId: 'one' } }),
      createSimulatedRunner({ settings: { runnerId: 'other' } }),
    ]
    const [first, second] = [await one.boot(), await other.boot()]
    const [a, b] = [
      await one.during(first.runner.submit(submissionOf('same', { exitCode: 1 }))),
      await other.during(second.runner.submit(submissionOf('same', quick))),
    ]
    await other.during(second.runner.pause())
    expect((await one.during(a.result())).status).toBe('failed')
    await one.during(first.runner.close())
    await other.during(second.runner.resume())
    expect((await other.during(b.result())).status).toBe('completed')
    expect(second.runner.history('same').at(-1)?.public[0]?.data['runner_id']).toBe('other')
  })
})

const timeouts = { prepareMs: 1_000, stopMs: 20_000, collectMs: 30_000, totalMs: 3_600_000, graceMs: 100, drainMs: 5_000 }
