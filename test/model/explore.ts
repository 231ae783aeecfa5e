import type { AnyStateMachine, AnyStateNode, EventFromLogic, InputFrom, SnapshotFrom } from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'

/** One event in one state, and the state after it. */
export interface Edge<Machine extends AnyStateMachine> {
  readonly from: SnapshotFrom<Machine>
  readonly event: EventFromLogic<Machine>
  readonly to: SnapshotFrom<Machine>
}

/** Every state of a machine that can be reached with these events, and every event in each of them.
 * Throws when `limit` events were not enough: then the frontier is open and nothing is shown. */
export const explore = <Machine extends AnyStateMachine>(
  machine: Machine,
  events: (state: SnapshotFrom<Machine>) => readonly EventFromLogic<Machine>[],
  input?: InputFrom<Machine>,
  limit = 1_000_000,
): { readonly states: readonly SnapshotFrom<Machine>[]; readonly edges: readonly Edge<Machine>[] } => {
  const adjacency = getAdjacencyMap(machine, { input, events, limit } as never) as unknown as Record<
    string,
    { state: SnapshotFrom<Machine>; transitions: Record<string, { event: EventFromLogic<Machine>; state: SnapshotFrom<Machine> }> }
  >
  const found = Object.values(adjacency)
  const edges = found.flatMap(({ state: from, transitions }) =>
    Object.values(transitions).map(({ event, state: to }) => ({ from, event, to })),
  )
  if (edges.length >= limit) throw new Error(`the frontier is still open after ${limit} events`)
  return { states: found.map(({ state }) => state), edges }
}

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
