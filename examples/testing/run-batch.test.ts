import { createSimulatedRunner, simulatedArgv } from 'env-runner/testing'
import { expect, it } from 'vitest'
import { mayRunAgain, runBatch } from './run-batch.ts'

/** Commands of the simulated host act out what their second word says. */
const commands = {
  good: simulatedArgv({ runMs: 3_000, print: 'hello\n' }),
  bad: simulatedArgv({ exitCode: 3 }),
  lost: simulatedArgv({ vanishes: true }),
}
const expected = { completed: ['good'], failed: { bad: 'EXIT_NONZERO', lost: 'TASK_LOST' } }
const patient = { classes: { cpu_short: { timeoutMs: 10_000, concurrency: 4, queueTimeoutMs: 600_000 } } } as const

it('tells how each command went', async () => {
  const { boot, during } = createSimulatedRunner({ settings: patient })
  const { runner } = await boot()
  expect(await during(runBatch(runner, 'b1', commands))).toEqual(expected)
})

it('runs nothing twice when the runner is killed in the middle and the batch is run again', async () => {
  const { boot, during, until, world, host } = createSimulatedRunner({ settings: patient })
  const first = await boot()
  void runBatch(first.runner, 'b1', commands)
  await until(() => first.runner.status().tasks.running > 0)
  world.crash() // as kill -9: nobody is told anything any more, but what runs goes on

  const second = await boot()
  expect(await during(runBatch(second.runner, 'b1', commands))).toEqual(expected)
  expect(host.machine.starts.get('b1.good.1')).toBe(1)
})

it('says that it may be run again when the runner was closed in good order', async () => {
  const { boot, during, until } = createSimulatedRunner({ settings: patient })
  const { runner } = await boot()
  const batch = runBatch(runner, 'b1', commands).catch(mayRunAgain)
  await until(() => runner.status().tasks.running > 0)
  await during(runner.close('detach'))
  expect(await during(batch)).toBe(true)
})
