import { describe, expect, it } from 'vitest'
import { createSimulatedRunner, submissionOf } from '../../test/support/simulated-runner.ts'

describe('a task whose launch is on record', () => {
  const interrupted = async (mark: 'kept' | 'taken away') => {
    const simulated = createSimulatedRunner()
    const { boot, during, until, host, world } = simulated
    const { runner } = await boot()
    const task = await during(runner.submit(submissionOf('a', { runMs: 500 })))
    await until(() => task.status().startedAt !== null)
    world.crash()
    if (mark === 'taken away') host.machine.processes.delete('a.1')
    const next = await boot()
    const { status, attempts } = await during(next.runner.task('a').result())
    const lost = next.runner.history('a').filter(({ type }) => type === 'attempt.lost')
    return { status, attempts, lost: lost.map(({ data }) => data), starts: Object.fromEntries(host.machine.starts) }
  }

  it('is lost when its mark is gone, and tried again: the same attempt is not launched a second time', async () => {
    expect(await interrupted('taken away')).toMatchObject({
      status: 'completed',
      attempts: 2,
      lost: [{ attempt: 1, failure: { code: 'TASK_LOST' } }],
      starts: { 'a.1': 1, 'a.2': 1 },
    })
  })

  it('goes on when it is there', async () => {
    expect(await interrupted('kept')).toEqual({ status: 'completed', attempts: 1, lost: [], starts: { 'a.1': 1 } })
  })
})
