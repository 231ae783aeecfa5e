import type { AnyStateMachine, AnyStateNode } from 'xstate'
import type { Edge } from '../../src/testing/model-paths.ts'

export { exploreMachine as explore, type Edge } from '../../src/testing/model-paths.ts'

/** What tells one state of a machine from another. */
export const keyOf = ({ value, context }: { value: unknown; context: unknown }): string => JSON.stringify([value, context])

/** Cases are tens of thousands: what does not hold is collected as text, and compared with nothing once. */
export const told = ({ from, event, to }: Edge<AnyStateMachine>): string =>
  `${keyOf(from as never)} took ${JSON.stringify(event)} to ${keyOf(to as never)}`

/** Every node of a chart, the root included. */
export const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)]

/** The actions that a node names in its entry, its exit, and on its transitions. */
export const actionsOf = (node: AnyStateNode): { readonly entry: string[]; readonly exit: string[]; readonly onTheWay: string[] } => ({
  entry: node.entry.map(nameOfAction),
  exit: node.exit.map(nameOfAction),
  onTheWay: [...node.transitions.values(), node.always ?? []].flat().flatMap(({ actions }) => actions.map(nameOfAction)),
})

const nameOfAction = (action: unknown): string => (typeof action === 'string' ? action : (action as { type: string }).type)
