import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AttemptKey, Exit } from '../../src/domain/exit.ts'
import type { ExecutorHarness, Script } from '../conformance/executor.ts'
import { simulatedHarness } from '../support/simulated-harness.ts'
import { hasDocker } from '../support/docker-images.ts'
import { dockerHarness } from './docker-harness.ts'
import { hasBubblewrap, nativeHarness } from './native-harness.ts'

/** Fixed, so that a failure can be looked at again; another one explores other histories. */
const seed = 20_260_101
const histories = 100
/** Fewer: a container takes a fifth of a second to start. */
const dockerHistories = 15

const keys: readonly AttemptKey[] = [
  { taskId: 'a', attempt: 1 },
  { taskId: 'a', attempt: 2 },
  { taskId: 'b:c', attempt: 1 },
]
/** What ends by itself ends at once, what does not runs for ever: between the two, real and simulated time would have to agree. */
const scripts: readonly Script[] = [
  { exitCode: 0 },
  { exitCode: 7, print: 'hello' },
  { signal: 'SIGKILL' },
  { missingCommand: true },
  { runMs: 120_000 },
  { runMs: 120_000, ignoreTerm: true },
]

type Operation =
  | { readonly do: 'launch'; readonly key: AttemptKey; readonly script: Script }
  | { readonly do: 'wait' | 'stop' | 'remove' | 'stdout' | 'starts'; readonly key: AttemptKey }
  | { readonly do: 'list' | 'crash' }

const key = fc.constantFrom(...keys)
const operations = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('launch' as const), key, script: fc.constantFrom(...scripts) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('wait', 'stop', 'remove', 'stdout', 'starts'), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('list', 'crash') }) },
  ),
  { minLength: 4, maxLength: 14 },
) as fc.Arbitrary<Operation[]>

/** Of an exit, what both can know: the host also counts memory and time, and a signal may leave a code. */
const exitOf = (exit: Exit | null) =>
  exit && { code: exit.signal === null ? exit.code : null, signal: exit.signal, oomKilled: exit.oomKilled }

/** What an executor answers to a history. An attempt that runs for ever is waited for in vain, on both sides: it is not asked. */
const answersOf = async (harness: ExecutorHarness, history: readonly Operation[]): Promise<unknown[]> => {
  const { signal } = new AbortController()
  const running = new Set<AttemptKey>()
  const [launched, known] = [new Set<AttemptKey>(), new Set<AttemptKey>()]
  const ask = <T>(promise: Promise<T>): Promise<unknown> =>
    harness.during(promise).then(
      (value) => value as unknown,
      (cause: unknown) => (cause as { code?: unknown }).code,
    )
  /** What ends by itself has ended: whether an order comes before that is a race, on a real host. */
  const rest = async (of: AttemptKey): Promise<void> => {
    if (launched.has(of) && !running.has(of)) await ask(harness.executor.wait(of, signal))
  }
  const answers: unknown[] = []
  for (const operation of history) {
    const { executor } = harness
    switch (operation.do) {
      case 'launch': {
        const before = await harness.starts(operation.key)
        answers.push(await ask(harness.request(operation.key, operation.script).then((request) => executor.launch(request, signal))))
        known.add(operation.key)
        if (!launched.has(operation.key) && operation.script.runMs) {
          while ((await harness.starts(operation.key)) === before) await delay(2) // it has begun once more
          running.add(operation.key)
        }
        launched.add(operation.key)
        break
      }
      case 'wait':
        if (!running.has(operation.key)) answers.push(await ask(executor.wait(operation.key, signal).then(exitOf)))
        break
      case 'stop':
        await rest(operation.key)
        answers.push(await ask(executor.stop(operation.key, 50, signal).then(exitOf)))
        running.delete(operation.key)
        break
      case 'remove':
        await rest(operation.key)
        answers.push(await ask(executor.remove(operation.key, signal)))
        for (const set of [running, launched]) set.delete(operation.key)
        break
      case 'stdout':
        await rest(operation.key)
        if (launched.has(operation.key) && !running.has(operation.key)) await ask(harness.executor.drainLogs(operation.key, signal))
        if (known.has(operation.key)) answers.push(await harness.stdout(operation.key))
        break
      case 'starts':
        await rest(operation.key)
        answers.push(await harness.starts(operation.key))
        break
      case 'list':
        answers.push(((await ask(executor.list(signal))) as AttemptKey[]).map(({ taskId, attempt }) => `${taskId}.${attempt}`).toSorted())
        break
      case 'crash':
        await harness.crash()
        answers.push('crashed')
    }
  }
  return answers
}

const ask = async (create: () => Promise<ExecutorHarness>, history: readonly Operation[]): Promise<unknown[]> => {
  const harness = await create()
  try {
    return await answersOf(harness, history)
  } finally {
    await harness.close()
  }
}

/** Asks both sides the same histories. @returns how many answers were compared */
const compare = async (real: () => Promise<ExecutorHarness>, numRuns: number): Promise<number> => {
  let asked = 0
  await fc.assert(
    fc.asyncProperty(operations, async (history) => {
      const [simulated, answered] = await Promise.all([ask(simulatedHarness(), history), ask(real, history)])
      asked += answered.length
      expect(simulated).toEqual(answered)
    }),
    { seed, numRuns, endOnFailure: true },
  )
  return asked
}

describe('the simulated executor', () => {
  it.runIf(hasBubblewrap)('answers every history as the native one does', async () => {
    expect(await compare(nativeHarness(), histories)).toBeGreaterThan(100)
  })

  it.runIf(hasDocker())('answers every history as the Docker one does', async () => {
    expect(await compare(dockerHarness(), dockerHistories)).toBeGreaterThan(50)
  })
})
