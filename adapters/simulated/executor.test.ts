import { describe, expect, it } from 'vitest'
import { conformsToExecutor } from '../../test/conformance/executor.ts'
import { codeOf } from '../../test/support/code-of.ts'
import { createSimulatedMachineHost, simulatedHarness, simulatedRequest } from '../../test/support/simulated-harness.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import { calm } from './world.ts'

const key: AttemptKey = { taskId: 'one', attempt: 1 }
const { signal } = new AbortController()

describe.each([
  ['in calm weather', calm],
  ['when every call takes its time', { ...calm, delayMsMax: 20 }],
])('the simulated executor', (name, weather) => {
  conformsToExecutor(name, simulatedHarness(weather), { background: false, memoryLimit: true })
})

describe('the simulated machine', () => {
  it('loses what runs when the host goes down, and keeps what had ended', async () => {
    const { machine, open, during } = createSimulatedMachineHost()
    const [executor, other] = [open(), { taskId: 'other', attempt: 1 }]
    await during(executor.launch(simulatedRequest(key, { runMs: 1_000 }), signal))
    await during(executor.launch(simulatedRequest(other, { runMs: 1, exitCode: 3 }), signal))
    await during(executor.wait(other, signal))
    machine.reboot()
    expect(await codeOf(during(executor.wait(key, signal)))).toBe('TASK_LOST')
    expect(await during(executor.stop(key, 10, signal))).toBeNull()
    expect(await during(executor.wait(other, signal))).toMatchObject({ code: 3 })
  })

  it('refuses as many launches of a task as its behaviour says, with nothing started', async () => {
    const { machine, open, during } = createSimulatedMachineHost()
    const executor = open()
    const request = simulatedRequest(key, { launchFailures: 2 })
    for (let refused = 0; refused < 2; refused++) expect(await codeOf(during(executor.launch(request, signal)))).toBe('LAUNCH_FAILED')
    expect(machine.starts.size).toBe(0)
    expect(await during(executor.launch(request, signal))).toEqual({ attached: false })
    expect(machine.starts.get(attemptName(key))).toBe(1)
  })

  it('leaves a mark and no process when the runner dies between the two, and the next launch starts it once', async () => {
    const { world, machine, open, during, crash } = createSimulatedMachineHost()
    world.crashAt = 1 // after the mark, its answer lost
    void open().launch(simulatedRequest(key, {}), signal)
    await world.run(() => world.faults.crashes === 1, 1_000)
    crash()
    const executor = open()
    expect(await during(executor.list(signal))).toEqual([key])
    expect(await codeOf(during(executor.wait(key, signal)))).toBe('TASK_LOST')
    expect(await during(executor.launch(simulatedRequest(key, {}), signal))).toEqual({ attached: false })
    expect(machine.starts.get(attemptName(key))).toBe(1)
  })
})
