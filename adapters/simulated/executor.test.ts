import { describe, expect, it } from 'vitest'
import { conformsToExecutor, type Script } from '../../test/conformance/executor.ts'
import { planOf } from '../../test/support/plans.ts'
import { codeOf } from '../../test/support/code-of.ts'
import { createDrivenWorld } from '../../test/support/driven-world.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import { createSimulatedExecutor, createSimulatedMachine, simulatedArgv, type SimulatedBehaviour } from './executor.ts'
import { createSimulatedLogStore } from './log-store.ts'
import { calm, type Weather } from './world.ts'

const behaviourOf = ({ runMs, print, exitCode, signal, ignoreTerm, missingCommand, exceedsMemory }: Script): SimulatedBehaviour => ({
  runMs: runMs ?? 0,
  ...(print === undefined ? {} : { print }),
  ...(exitCode === undefined ? {} : { exitCode }),
  ...(signal === undefined ? {} : { signal }),
  ...(ignoreTerm === undefined ? {} : { ignoreTerm }),
  ...(missingCommand === undefined ? {} : { missingCommand }),
  ...(exceedsMemory === undefined ? {} : { oomKilled: exceedsMemory, exitCode: 137 }),
})

const requestOf = (key: AttemptKey, behaviour: SimulatedBehaviour): LaunchRequest => ({
  key,
  plan: planOf(simulatedArgv(behaviour)),
  workDir: '/simulated/work',
  logs: { stdout: '/simulated/stdout', stderr: '/simulated/stderr' },
})

const key: AttemptKey = { taskId: 'one', attempt: 1 }
const { signal } = new AbortController()

const createHost = (weather: Weather = calm) => {
  const { world, during } = createDrivenWorld()
  world.weather = weather
  const logs = createSimulatedLogStore()
  const machine = createSimulatedMachine((of, stream, text) => logs.append(of, stream, text))
  let incarnation = world.begin()
  return {
    world,
    during,
    logs,
    machine,
    open: (on = machine) => createSimulatedExecutor(world, on, incarnation),
    crash(): void {
      world.crash()
      incarnation = world.begin()
    },
  }
}

describe.each([
  ['in calm weather', calm],
  ['when every call takes its time', { ...calm, delayMsMax: 20 }],
])('the simulated executor', (name, weather) => {
  conformsToExecutor(
    name,
    async () => {
      const { during, logs, machine, open, crash } = createHost(weather)
      const strangers = createSimulatedMachine(() => {})
      let executor = open()
      return {
        get executor() {
          return executor
        },
        async crash() {
          crash()
          executor = open()
        },
        stranger: async () => open(strangers),
        request: async (of, script) => requestOf(of, behaviourOf(script)),
        begun: async () => {},
        starts: async (of) => machine.starts.get(attemptName(of)) ?? 0,
        stdout: async (of) => Buffer.from((await logs.read(of, 'stdout', 0, 1_000)).bytes).toString(),
        backgroundRuns: async () => false,
        during,
        close: async () => {},
      }
    },
    { background: false, memoryLimit: true },
  )
})

describe('the simulated machine', () => {
  it('loses what runs when the host goes down, and keeps what had ended', async () => {
    const { machine, open, during } = createHost()
    const [executor, other] = [open(), { taskId: 'other', attempt: 1 }]
    await during(executor.launch(requestOf(key, { runMs: 1_000 }), signal))
    await during(executor.launch(requestOf(other, { runMs: 1, exitCode: 3 }), signal))
    await during(executor.wait(other, signal))
    machine.reboot()
    expect(await codeOf(during(executor.wait(key, signal)))).toBe('TASK_LOST')
    expect(await during(executor.stop(key, 10, signal))).toBeNull()
    expect(await during(executor.wait(other, signal))).toMatchObject({ code: 3 })
  })

  it('refuses as many launches of a task as its behaviour says, with nothing started', async () => {
    const { machine, open, during } = createHost()
    const executor = open()
    const request = requestOf(key, { launchFailures: 2 })
    for (let refused = 0; refused < 2; refused++) expect(await codeOf(during(executor.launch(request, signal)))).toBe('LAUNCH_FAILED')
    expect(machine.starts.size).toBe(0)
    expect(await during(executor.launch(request, signal))).toEqual({ attached: false })
    expect(machine.starts.get(attemptName(key))).toBe(1)
  })

  it('leaves a mark and no process when the runner dies between the two, and the next launch starts it once', async () => {
    const { world, machine, open, during, crash } = createHost()
    world.crashAt = 1 // after the mark, its answer lost
    void open().launch(requestOf(key, {}), signal)
    await world.run(() => world.faults.crashes === 1, 1_000)
    crash()
    const executor = open()
    expect(await during(executor.list(signal))).toEqual([key])
    expect(await codeOf(during(executor.wait(key, signal)))).toBe('TASK_LOST')
    expect(await during(executor.launch(requestOf(key, {}), signal))).toEqual({ attached: false })
    expect(machine.starts.get(attemptName(key))).toBe(1)
  })
})
