import { expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import { arrayMachine } from './array.machine.ts'

it('reaches every state, and ends once', () => {
  const explored = Object.values(getAdjacencyMap(arrayMachine, { events: [{ type: 'array.expanded' }], limit: 100 }))
  expect(explored.map(({ state }) => [state.value, state.status])).toEqual([
    ['expanding', 'active'],
    ['expanded', 'done'],
  ])
})

it('keeps nothing but its state, which survives JSON', () => {
  const [expanded] = transition(arrayMachine, initialTransition(arrayMachine)[0], { type: 'array.expanded' })
  expect(expanded.context).toEqual({})
})
