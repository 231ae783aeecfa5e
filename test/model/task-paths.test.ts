import { describe, expect, it } from 'vitest'
import { taskMachine } from '../../machines/task/task.machine.ts'
import { pathsToEnds, shortestPathsToEnds, walkPaths, type Model, type Path } from '../../src/testing/model-paths.ts'
import { essenceOf, provokable, wordFor } from './outside.ts'
import { createPuppet } from './puppet.ts'

type TaskPath = Path<typeof taskMachine>

const modelOf = (attemptsMax: number): Model<typeof taskMachine> => ({
  machine: taskMachine,
  input: { attemptsMax },
  events: provokable,
  essence: essenceOf,
})

const nameOf = (path: TaskPath): string => path.map(({ event }) => wordFor(event)).join(' → ')

/** Walks the paths in engines of their own; after each step the committed state has to be the model's. Answers what went wrong, in words. */
const walkAll = async (paths: readonly TaskPath[], attemptsMax: number, isCrashing: boolean): Promise<string[]> => {
  const left: string[] = []
  const problems = await walkPaths(paths, modelOf(attemptsMax), async (path) => {
    const puppet = await createPuppet(
      path.map(({ event }) => event),
      attemptsMax,
    )
    return {
      async perform({ event, from }) {
        const record = await puppet.step(event, from)
        expect(wordFor({ type: record.type, ...record.data } as never)).toBe(wordFor(event))
        if (isCrashing) await puppet.crash()
      },
      essence: () => puppet.essence(),
      async close() {
        left.push(...(await puppet.finish()).map((problem) => `${nameOf(path)}: ${problem}`))
      },
    }
  })
  const steps = paths.reduce((sum, path) => sum + path.length, 0)
  const how = isCrashing ? ', killed after each step' : ''
  process.stdout.write(`${paths.length} paths of ${steps} steps with up to ${attemptsMax} attempts${how}\n`)
  return [...problems, ...left]
}

describe('the engine on the simulated executor', () => {
  it('follows the task machine on every simple path to an end, with up to two attempts', async () => {
    const paths = pathsToEnds(modelOf(2)) // every other path is the beginning of one of these
    expect(await walkAll(paths, 2, false)).toEqual([])
    expect(paths.length).toBeGreaterThan(2_000)
  })

  it('follows it on every simple path with one attempt when it is killed and started again after each step', async () => {
    const paths = pathsToEnds(modelOf(1))
    expect(await walkAll(paths, 1, true)).toEqual([])
    expect(paths.length).toBeGreaterThan(150)
  })

  it('follows it to every end with up to three attempts when it is killed and started again after each step', async () => {
    const paths = shortestPathsToEnds(modelOf(3))
    expect(await walkAll(paths, 3, true)).toEqual([])
    expect(paths.length).toBeGreaterThan(50)
  })
})
