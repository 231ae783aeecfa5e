import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** A state as it is drawn. `path` is its dotted path below the machine, such as `running.executing`. */
export interface ChartState {
  readonly path: string
  readonly name: string
  /** `passing`: left at once, by the first arrow that fits. */
  readonly kind: 'waiting' | 'passing' | 'final' | 'compound'
  readonly tags: readonly string[]
  readonly entry: readonly string[]
  readonly children: readonly ChartState[]
  /** Path of the child that is entered first. */
  readonly initial: string | null
}

/** An arrow. `from` is null when every state has it, `to` is null when the state stays. */
export interface ChartEdge {
  readonly from: string | null
  readonly to: string | null
  /** Null for an arrow that is taken at once. */
  readonly event: string | null
  readonly guard: string | null
  readonly actions: readonly string[]
}

/** A machine as it is drawn: what stands in its definition, and nothing that a run would add. */
export interface Chart {
  readonly id: string
  readonly initial: string
  readonly states: readonly ChartState[]
  readonly edges: readonly ChartEdge[]
}

const pathOf = (node: AnyStateNode): string => node.path.join('.')

/** A guard or action by its name and its literal parameters; one written in place by its expression. */
const wordFor = (part: unknown): string => {
  if (typeof part === 'string') return part
  if (typeof part === 'function')
    return Function.prototype.toString
      .call(part)
      .replace(/^[^>]*=>\s*/s, '')
      .replaceAll(/\s+/g, ' ')
  const { type, params } = part as { type: string; params?: unknown }
  if (params === undefined || typeof params === 'function') return type
  return `${type}(${Object.values(params as object)
    .map(String)
    .join(', ')})`
}

const edgeOf = (node: AnyStateNode, { eventType, guard, target, actions }: AnyTransitionDefinition): ChartEdge => ({
  from: node.parent === undefined ? null : pathOf(node),
  to: target?.[0] === undefined ? null : pathOf(target[0]),
  event: eventType === '' ? null : String(eventType),
  guard: guard === undefined ? null : wordFor(guard),
  actions: actions.map(wordFor),
})

const ownEdges = (node: AnyStateNode): AnyTransitionDefinition[] => [...[...node.transitions.values()].flat(), ...(node.always ?? [])]

const childrenOf = (node: AnyStateNode): AnyStateNode[] => Object.values(node.states)

const stateOf = (node: AnyStateNode): ChartState => {
  const children = childrenOf(node).map(stateOf)
  const settled = node.type === 'final' ? 'final' : node.always === undefined ? 'waiting' : 'passing'
  return {
    path: pathOf(node),
    name: node.key,
    kind: children.length > 0 ? 'compound' : settled,
    tags: node.tags,
    entry: node.entry.map(wordFor),
    children,
    initial: children.length > 0 ? initialOf(node) : null,
  }
}

const initialOf = (node: AnyStateNode): string => {
  const [first] = node.initial.target
  if (first === undefined) throw new Error(`${node.id} has no initial state`)
  return pathOf(first)
}

const edgesBelow = (node: AnyStateNode): ChartEdge[] => [
  ...ownEdges(node).map((edge) => edgeOf(node, edge)),
  ...childrenOf(node).flatMap(edgesBelow),
]

export const chartOf = (machine: AnyStateMachine): Chart => ({
  id: machine.id,
  initial: initialOf(machine.root),
  states: childrenOf(machine.root).map(stateOf),
  edges: edgesBelow(machine.root),
})

/** Every state of a chart, parents before their children. */
export const allStates = ({ states }: Pick<Chart, 'states'>): ChartState[] =>
  states.flatMap((state) => [state, ...allStates({ states: state.children })])

/** Arrows that leave one state for another, those between the same two together, in order. */
export const arrowsOf = ({
  edges,
}: Chart): { readonly from: string | null; readonly to: string; readonly edges: readonly ChartEdge[] }[] => {
  const arrows = new Map<string, { from: string | null; to: string; edges: ChartEdge[] }>()
  for (const edge of edges) {
    if (edge.to === null) continue
    const key = `${edge.from ?? ''} ${edge.to}`
    const arrow = arrows.get(key) ?? { from: edge.from, to: edge.to, edges: [] }
    arrow.edges.push(edge)
    arrows.set(key, arrow)
  }
  return [...arrows.values()]
}

/** What an arrow says, such as `task.admit [isNext]`. */
export const labelOf = ({ event, guard }: ChartEdge): string =>
  event === null && guard === null ? 'otherwise' : [event, guard === null ? null : `[${guard}]`].filter((part) => part !== null).join(' ')
