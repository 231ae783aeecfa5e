import { expect, it } from 'vitest'
import { initialTransition, transition, type SnapshotFrom } from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import { arrayMachine } from './array.machine.ts'

it('reaches every state, and ends once', () => {
  const explored = getAdjacencyMap(arrayMachine, { events: [{ type: 'array.expanded' }], limit: 100 })
  const states = Object.values(explored).map(({ state }) => state as SnapshotFrom<typeof arrayMachine>)
  expect(states.map(({ value, status }) => [value, status])).toEqual([
    ['expanding', 'active'],
    ['expanded', 'done'],
  ])
})

it('keeps nothing but its state, which survives JSON', () => {
  const [expanded] = transition(arrayMachine, initialTransition(arrayMachine)[0], { type: 'array.expanded' })
  expect(expanded.context).toEqual({})
})
