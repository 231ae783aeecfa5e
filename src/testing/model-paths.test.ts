import { expect, it } from 'vitest'
import { createMachine } from 'xstate'
import { pathsToEnds, pathsToTransitions, shortestPathsToEnds, walkPaths, type Model } from './model-paths.ts'

/** A door that can be locked while it is shut, and is broken once. */
const doorMachine = createMachine({
  initial: 'shut',
  states: {
    shut: { on: { open: 'ajar', lock: 'locked', break: 'broken' } },
    ajar: { on: { shut: 'shut', break: 'broken' } },
    locked: { on: { unlock: 'shut' } },
    broken: { type: 'final' },
  },
})
const model: Model<typeof doorMachine> = {
  machine: doorMachine,
  events: () => ['open', 'shut', 'lock', 'unlock', 'break'].map((type) => ({ type })) as never,
  essence: ({ value }) => value,
}

/** A door of plain code, which may have bugs. */
const createDoor = (isBuggy = false) => {
  let state = 'shut'
  return {
    perform({ event }: { event: { type: string } }) {
      if (event.type === 'open' && (state === 'shut' || (isBuggy && state === 'locked'))) state = 'ajar'
      else if (event.type === 'shut' && state === 'ajar') state = 'shut'
      else if (event.type === 'lock' && state === 'shut') state = 'locked'
      else if (event.type === 'unlock' && state === 'locked') state = 'shut'
      else if (event.type === 'break' && state !== 'locked') state = 'broken'
    },
    essence: () => state,
  }
}
const words = (path: readonly { readonly event: { readonly type: string } }[]): string => path.map(({ event }) => event.type).join(' ')
const transitions = () =>
  pathsToTransitions(model, ({ from, event, to }) => `${JSON.stringify(from.value)} ${event.type} ${JSON.stringify(to.value)}`)

it('finds every simple path to an end, and the shortest one', () => {
  expect(pathsToEnds(model).map(words).toSorted()).toEqual(['break', 'open break'])
  expect(shortestPathsToEnds(model).map(words)).toEqual(['break'])
})

it('finds the shortest path to each transition, those that change nothing included', () => {
  const paths = transitions()
  expect(paths.size).toBe(20) // five events in each of four states
  expect([words(paths.get('"locked" unlock "shut"')!), words(paths.get('"ajar" lock "ajar"')!)]).toEqual(['lock unlock', 'open lock'])
})

it('says nothing of a system that does as the machine says, and where another one differs first', async () => {
  expect(await walkPaths(transitions().values(), model, () => createDoor())).toEqual([])
  expect(await walkPaths(transitions().values(), model, () => createDoor(true))).toEqual([
    'the beginning → lock → open: the machine is in "locked", the system in "ajar"',
  ])
})

it('tells a system that throws, one that begins elsewhere, and closes each', async () => {
  const closed: string[] = []
  const open = (name: string, essence: string, perform: () => void) => () => ({
    perform,
    essence: () => essence,
    close: () => void closed.push(name),
  })
  const [path] = shortestPathsToEnds(model)
  const broken = open('broken', 'shut', () => {
    throw new Error('the handle came off')
  })
  expect(await walkPaths([path!], model, broken)).toEqual(['the beginning → break: the handle came off'])
  expect(
    await walkPaths(
      [path!],
      model,
      open('other', 'ajar', () => {}),
    ),
  ).toEqual(['the beginning: the machine is in "shut", the system in "ajar"'])
  expect(closed).toEqual(['broken', 'other'])
})
