import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Daemon } from '../../src/daemon.ts'
import { createDaemonHome } from '../support/daemon-home.ts'
import { dispatch } from '../support/dispatcher.ts'
import { behaviours, createBadWay, createMockRunner, type Behaviour } from '../support/runner-stand-ins.ts'

/** What the dispatcher must make of each behaviour: an outcome with a code, never an exception and never a wrong success. */
const outcomes: Readonly<Record<Behaviour, object>> = {
  completes: { status: 'completed', exitCode: 0, latencyMs: expect.any(Number) as number, metadata: { status: 'completed' } },
  fails: { status: 'failed', code: 'EXIT_NONZERO', error: expect.stringMatching(/exit code 3\nso it goes/) as string, retryable: false },
  refuses: { status: 'failed', code: 'INVALID_SPEC', error: expect.stringContaining('nothing to run') as string, retryable: false },
  'is busy': { status: 'failed', code: 'DRAINING', retryable: true },
  hangs: { status: 'failed', code: 'TIMEOUT', retryable: true },
  garbles: { status: 'failed', code: 'BAD_ANSWER', retryable: true },
  cuts: { status: 'failed', code: 'DISCONNECTED', retryable: true },
  breaks: { status: 'failed', code: 'HTTP_500', retryable: true },
}

/** Where the same suite runs. */
interface World {
  /** Sends a task that is treated so, and says what the dispatcher made of it. */
  dispatched(id: string, behaviour: Behaviour): ReturnType<typeof dispatch>
  close(): Promise<void>
}
/** How long the dispatcher waits, in milliseconds: as long as it takes where an answer comes, briefly where none ever does. */
const patience = (behaviour: Behaviour): number => (behaviour === 'hangs' ? 500 : 50_000)
const task = (id: string, script: string) => ({
  id,
  class: 'cpu_short',
  payload: { tenant: 'acme', execution: { command: ['sh', '-c', script] } },
})

const mockWorld = async (): Promise<World> => {
  const runner = await createMockRunner()
  return {
    dispatched(id, behaviour) {
      runner.behave(id, behaviour)
      return dispatch(runner.url, task(id, 'true'), patience(behaviour))
    },
    close: () => runner.close(),
  }
}

const scripts: Partial<Record<Behaviour, string>> = { fails: 'echo so it goes >&2; exit 3', hangs: 'sleep 600' }

interface DaemonWorld extends World {
  readonly daemon: Daemon
}
const daemonWorld = async (): Promise<DaemonWorld> => {
  const home = createDaemonHome()
  const daemon = await home.start()
  const way = await createBadWay(daemon.http)
  let drained: Promise<void> = Promise.resolve()
  return {
    daemon,
    dispatched(id, behaviour) {
      way.behave(id, behaviour)
      if (behaviour === 'is busy') drained = daemon.runner.drain('for the test') // it waits for the task that hangs
      const empty = { id, payload: { execution: {} } }
      return dispatch(way.url, behaviour === 'refuses' ? empty : task(id, scripts[behaviour] ?? 'echo done'), patience(behaviour))
    },
    async close() {
      await way.close()
      await home.close()
      await drained
    },
  }
}

describe.each([
  ['a mock runner', mockWorld],
  ['the daemon', daemonWorld],
])('a dispatcher of %s', (_, create: () => Promise<World>) => {
  let world: World
  beforeAll(async () => {
    world = await create()
  })
  afterAll(() => world.close())

  it.each(behaviours)('makes the right outcome of one that %s', async (behaviour) => {
    expect(await world.dispatched(behaviour.replaceAll(' ', '-'), behaviour)).toMatchObject(outcomes[behaviour])
  })
})

describe('a task that the daemon ran while its answer came to harm', () => {
  let world: DaemonWorld
  beforeAll(async () => {
    world = await daemonWorld()
  })
  afterAll(() => world.close())

  it.each(['garbles', 'cuts', 'breaks'] as const)('has run once when it is sent again after a way that %s it', async (behaviour) => {
    expect(await world.dispatched(behaviour, behaviour)).toMatchObject({ status: 'failed', retryable: true })
    const again = await world.dispatched(behaviour, 'completes')
    expect(again).toMatchObject({ status: 'completed', metadata: { exit_code: 0, logs: { stdout_tail: 'done\n' } } })
    const told = world.daemon.runner.history(behaviour).flatMap((record) => record.public.map(({ type }) => type))
    expect(told).toEqual(['task_submitted', 'task_started', 'task_completed'])
  })
  it('has run once however many dispatchers wait for it', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => world.dispatched('shared', 'completes')))
    for (const one of all) expect(one).toEqual(all[0])
    expect(world.daemon.runner.history('shared').filter(({ type }) => type === 'attempt.launched')).toHaveLength(1)
  })
  it('is told as it went: progress, metrics, small JSON outputs, the working directory', async () => {
    const script = [
      `echo '::env-runner::{"type":"progress","percent":50,"step":"half"}'`,
      `echo '::env-runner::{"type":"metric","name":"tokens","value":512}'`,
      `echo '__DSPY_RESULT__:{"answer":42}'`,
      `mkdir out && echo '{"loss":0.5}' > out/metrics.json`,
    ].join(' && ')
    const outcome = await dispatch(
      world.daemon.http,
      {
        id: 'reports',
        payload: {
          workflow_id: 'wf-1',
          execution: { command: ['sh', '-c', script] },
          artifacts: { outputs: [{ name: 'numbers', path: 'out/metrics.json' }] },
        },
      },
      50_000,
    )
    expect(outcome).toMatchObject({
      status: 'completed',
      metadata: {
        workflow_id: 'wf-1',
        result: {
          outputs: [{ name: 'numbers', type: 'json' }],
          metrics: { tokens: 512, task_class: 'cpu_short', wall_clock_ms: expect.any(Number) as number },
          outputs_summary: { 'metrics.json': { loss: 0.5 } },
        },
        runner_output: { answer: 42 },
        working_dir: expect.stringContaining('reports.1') as string,
      },
    })
    const { progress } = (outcome as { metadata: unknown }).metadata as {
      progress: { status: string; progress: number | null; step?: string }[]
    }
    const statuses = progress.map(({ status }) => status)
    expect([...new Set(statuses)]).toEqual(['pending', 'preparing', 'running', 'collecting', 'completed'])
    expect(progress.filter((entry) => entry.progress !== null)).toMatchObject([{ progress: 50, step: 'half' }])
  })
})
