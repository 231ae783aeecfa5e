import { describe, expect, it } from 'vitest'
import { createTestModel } from 'xstate/graph'
import { taskMachine, type TaskEvent } from '../../machines/task/task.machine.ts'
import { essenceOf, provokable, wordFor } from './outside.ts'
import { createPuppet } from './puppet.ts'
import type { TaskSnapshot } from './task-events.ts'

const modelOf = (attemptsMax: number) =>
  createTestModel(taskMachine, {
    input: { attemptsMax },
    events: provokable,
    serializeState: (state) => JSON.stringify(essenceOf(state)),
  })

/** All simple paths to an end: every other path is the beginning of one of these. Shortest: one to each end that can be told from the others. */
const pathsOf = (kind: 'simple' | 'shortest', attemptsMax: number) => {
  const model = modelOf(attemptsMax)
  return (kind === 'simple' ? model.getSimplePaths() : model.getShortestPaths()).filter(({ state }) => state.status === 'done')
}

type Path = ReturnType<typeof pathsOf>[number]
const eventsOf = ({ steps }: Path): TaskEvent[] => steps.map(({ event }) => event as TaskEvent).filter(({ type }) => type in handled)
const handled = Object.fromEntries(taskMachine.events.map((type) => [type, true]))
const nameOf = (path: Path): string => eventsOf(path).map(wordFor).join(' → ')

/** Walks a path in the engine; after each step the committed state has to be the model's. Answers what went wrong, in words. */
const walk = async (path: Path, attemptsMax: number, isCrashing: boolean): Promise<string[]> => {
  const puppet = await createPuppet(eventsOf(path), attemptsMax)
  let from: TaskSnapshot | null = null
  const check = (state: TaskSnapshot): void => {
    expect(puppet.essence()).toEqual(essenceOf(state))
    from = state
  }
  const perform = async (event: TaskEvent): Promise<void> => {
    const record = await puppet.step(event, from!)
    expect(wordFor({ type: record.type, ...record.data } as unknown as TaskEvent)).toBe(wordFor(event))
    if (isCrashing) await puppet.crash()
  }
  try {
    await path.test({
      states: { '*': (state) => check(state as TaskSnapshot) },
      events: Object.fromEntries(taskMachine.events.map((type) => [type, ({ event }: { event: unknown }) => perform(event as TaskEvent)])),
    })
    return (await puppet.finish()).map((problem) => `${nameOf(path)}: ${problem}`)
  } catch (cause) {
    return [`${nameOf(path)}: ${cause instanceof Error ? cause.message : String(cause)}`]
  }
}

const walkAll = async (
  kind: 'simple' | 'shortest',
  attemptsMax: number,
  isCrashing: boolean,
): Promise<{ paths: number; problems: string[] }> => {
  const paths = pathsOf(kind, attemptsMax)
  const problems: string[] = []
  for (const path of paths) problems.push(...(await walk(path, attemptsMax, isCrashing)))
  const steps = paths.reduce((sum, path) => sum + eventsOf(path).length, 0)
  const how = isCrashing ? ', killed after each step' : ''
  process.stdout.write(`${paths.length} ${kind} paths of ${steps} steps with up to ${attemptsMax} attempts${how}\n`)
  return { paths: paths.length, problems }
}

describe('the engine on the simulated executor', () => {
  it('follows the task machine on every simple path to an end, with up to two attempts', async () => {
    const { paths, problems } = await walkAll('simple', 2, false)
    expect(problems).toEqual([])
    expect(paths).toBeGreaterThan(2_000)
  })

  it('follows it on every simple path with one attempt when it is killed and started again after each step', async () => {
    const { paths, problems } = await walkAll('simple', 1, true)
    expect(problems).toEqual([])
    expect(paths).toBeGreaterThan(150)
  })

  it('follows it to every end with up to three attempts when it is killed and started again after each step', async () => {
    const { paths, problems } = await walkAll('shortest', 3, true)
    expect(problems).toEqual([])
    expect(paths).toBeGreaterThan(50)
  })
})
