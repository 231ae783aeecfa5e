import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf, type SimulatedProcess, type SimulatedRunner } from '../../test/support/simulated-runner.ts'
import type { AttemptKey } from '../domain/exit.ts'
import { watchedInvariants } from './audit.ts'

const intervalMs = 10_000
const settings = { audit: { intervalMs } }

/** A process of its own on the simulated host, as somebody else's removal or an earlier defect may have left it. */
const plant = ({ host }: SimulatedRunner, key: AttemptKey): void => {
  const process = { key, state: 'running' as const, exit: null, plans: [], onEnd: new Set<() => void>(), behaviour: {} }
  host.machine.processes.set(`${key.taskId}.${key.attempt}`, process)
}

const violationsIn = (process: SimulatedProcess): string[] =>
  process.engine.report().invariants.flatMap(({ name, violations }) => violations.map((sentence) => `${name}: ${sentence}`))

const seenIn = (process: SimulatedProcess): Record<string, number> =>
  Object.fromEntries(process.engine.report().invariants.filter(({ seen }) => seen > 0).map(({ name, seen }) => [name, seen])) // prettier-ignore

describe('the audit of a runner at work', () => {
  it('finds nothing while tasks of every kind run, fail, are tried again and end', async () => {
    const simulated = createSimulatedRunner({ settings: { audit: { intervalMs: 7 } } })
    const { boot, during } = simulated
    const process = await boot()
    const behaviours = [{ runMs: 400 }, { exitCode: 3 }, { launchFailures: 2 }, { runMs: 90, vanishes: true }, { missingCommand: true }, {}]
    const tasks = await during(
      Promise.all([0, 1, 2, 3].flatMap((round) => behaviours.map((each, index) => process.runner.submit(submissionOf(`t${round}.${index}`, each))))),
    ) // prettier-ignore
    await during(Promise.all(tasks.map((task) => task.result())))
    expect(process.engine.report().looks).toBeGreaterThan(20)
    expect([violationsIn(process), seenIn(process)]).toEqual([[], {}])
  })

  it('says which invariants it watches', async () => {
    const { boot } = createSimulatedRunner()
    const { engine } = await boot()
    expect(engine.report().invariants.filter(({ armed }) => armed).map(({ name }) => name)).toEqual(watchedInvariants) // prettier-ignore
    expect(engine.report()).toMatchObject({ looks: 0, at: 0, failure: null })
  })

  it('removes what nobody owns at the second look, tells it once, and then finds nothing', async () => {
    const simulated = createSimulatedRunner({ settings })
    const { boot, pass, host } = simulated
    const process = await boot()
    plant(simulated, { taskId: 'ghost', attempt: 2 })
    await pass(intervalMs + 1_000)
    expect([host.machine.processes.size, seenIn(process)]).toEqual([1, {}])
    await pass(intervalMs)
    expect([host.machine.processes.size, seenIn(process)]).toEqual([0, { I7: 1 }])
    await pass(intervalMs)
    expect(violationsIn(process)).toEqual([])
    expect(process.engine.context.counters.read()['leftovers_found']).toEqual({ attempt: 1 })
  })

  it('removes the remains of an older attempt beside the one that runs', async () => {
    const simulated = createSimulatedRunner({ settings: { ...settings, classes: { cpu_short: { timeoutMs: 600_000, concurrency: 4, queueTimeoutMs: 600_000 } } } }) // prettier-ignore
    const { boot, during, until, pass, host } = simulated
    const process = await boot()
    const task = await during(process.runner.submit(submissionOf('a', { runMs: 100_000, launchFailures: 1 })))
    await until(() => task.status().attempt === 2 && task.status().startedAt !== null)
    plant(simulated, { taskId: 'a', attempt: 1 })
    await pass(2 * intervalMs + 1_000)
    expect([...host.machine.processes.keys()]).toEqual(['a.2'])
    expect(seenIn(process)).toEqual({ I4: 1, I7: 1 })
  })

  it('leaves alone what is only late: a task that goes on between two looks is no difference', async () => {
    const simulated = createSimulatedRunner({ settings })
    const { boot, during, pass, host } = simulated
    const process = await boot()
    plant(simulated, { taskId: 'late', attempt: 1 })
    await pass(intervalMs + 1_000)
    await during(process.runner.pause())
    await during(process.runner.submit(submissionOf('late', {})))
    await pass(intervalMs)
    expect([host.machine.processes.has('late.1'), seenIn(process)]).toEqual([true, {}])
    await pass(intervalMs)
    expect([host.machine.processes.has('late.1'), seenIn(process)]).toEqual([false, { I7: 1 }])
  })

  it('tells of a task that runs by the journal and is unknown outside', async () => {
    const simulated = createSimulatedRunner({ settings: { ...settings, classes: { cpu_short: { timeoutMs: 600_000, concurrency: 4, queueTimeoutMs: 600_000 } } } }) // prettier-ignore
    const { boot, during, until, pass, host } = simulated
    const process = await boot()
    const task = await during(process.runner.submit(submissionOf('a', { runMs: 300_000 })))
    await until(() => task.status().startedAt !== null)
    host.machine.processes.delete('a.1')
    await pass(2 * intervalMs + 1_000)
    expect(violationsIn(process)).toEqual(['I4: a runs by the journal, and outside nothing is known of its attempt 1'])
    await pass(3 * intervalMs)
    expect(seenIn(process)).toEqual({ I4: 1 })
  })

  it('does not look while commits fail, and says so', async () => {
    const simulated = createSimulatedRunner({ settings })
    const { boot, during, pass, host, until } = simulated
    const process = await boot()
    plant(simulated, { taskId: 'ghost', attempt: 1 })
    host.disk.full = true
    const submitted = process.runner.submit(submissionOf('a', {}))
    await pass(3 * intervalMs)
    expect([process.engine.report().failure, host.machine.processes.has('ghost.1')]).toEqual([expect.stringContaining('cannot be written'), true]) // prettier-ignore
    host.disk.full = false
    await during(submitted)
    await until(() => !host.machine.processes.has('ghost.1'))
    expect(process.engine.report().failure).toBeNull()
  })

  it('rests when its interval is 0, begins when that is changed, and looks when it is asked', async () => {
    const simulated = createSimulatedRunner()
    const { boot, during, pass, host } = simulated
    const { engine } = await boot()
    plant(simulated, { taskId: 'ghost', attempt: 1 })
    await pass(100_000)
    expect(engine.report().looks).toBe(0)
    const [report, same] = await during(Promise.all([engine.audit(), engine.audit()]))
    expect([report.looks, same, host.machine.processes.size]).toEqual([2, report, 0])
    expect(report.invariants.find(({ name }) => name === 'I7')!.violations).toEqual([
      'ghost has left something of its attempt 1 that nobody owns',
    ])
    engine.reconfigure({ ...engine.context.settings, audit: { intervalMs: 1_000 } })
    await pass(3_500)
    expect(engine.report().looks).toBe(5)
  })

  it('ends with the runner, in the middle of a look too', async () => {
    const { boot, during, pass } = createSimulatedRunner({ settings: { audit: { intervalMs: 1 } } })
    const { engine, runner } = await boot()
    await pass(10)
    await during(runner.close('detach'))
    const { looks } = engine.report()
    await pass(1_000)
    expect(engine.report().looks).toBe(looks)
  })
})
