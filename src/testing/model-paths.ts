import { transition, type AnyStateMachine, type EventFromLogic, type InputFrom, type SnapshotFrom } from 'xstate'
import { getAdjacencyMap, getShortestPaths, getSimplePaths } from 'xstate/graph'

/** One event in one state, and the state after it. */
export interface Edge<Machine extends AnyStateMachine> {
  readonly from: SnapshotFrom<Machine>
  readonly event: EventFromLogic<Machine>
  readonly to: SnapshotFrom<Machine>
}

/** From the machine's first state on. */
export type Path<Machine extends AnyStateMachine> = readonly Edge<Machine>[]

/** A machine as the specification of something else. */
export interface Model<Machine extends AnyStateMachine> {
  readonly machine: Machine
  readonly input?: InputFrom<Machine>
  /** What can happen in a state, with every payload that makes a difference. */
  readonly events: (state: SnapshotFrom<Machine>) => readonly EventFromLogic<Machine>[]
  /** What of a state the system can be compared with: JSON. States that agree in it are one. */
  readonly essence: (state: SnapshotFrom<Machine>) => unknown
}

/** A system that a machine specifies, at the machine's first state. */
export interface SystemUnderTest<Machine extends AnyStateMachine> {
  /** Makes the event happen, and resolves when all that follows from it has. */
  perform(step: Edge<Machine>): void | Promise<void>
  /** Its state, as the model's `essence` tells it. */
  essence(): unknown
  close?(): void | Promise<void>
}

/** Every state of a machine that can be reached with these events, and every event in each of them.
 * Throws when `limit` events were not enough: then the frontier is open and nothing is shown. */
export const exploreMachine = <Machine extends AnyStateMachine>(
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

/** Every path to an end that meets no state twice. */
export const pathsToEnds = <Machine extends AnyStateMachine>(model: Model<Machine>): Path<Machine>[] =>
  getSimplePaths(model.machine, traversalOf(model))
    .filter(isOver)
    .map(edgesOf<Machine>)

/** The shortest path to each end that can be told from the others. */
export const shortestPathsToEnds = <Machine extends AnyStateMachine>(model: Model<Machine>): Path<Machine>[] =>
  getShortestPaths(model.machine, traversalOf(model))
    .filter(isOver)
    .map(edgesOf<Machine>)

/** The shortest path that ends with each transition, by the transition's name: as few steps as can show every one.
 * @param nameOf equal for steps that show the same */
export const pathsToTransitions = <Machine extends AnyStateMachine>(
  model: Model<Machine>,
  nameOf: (step: Edge<Machine>) => string,
): Map<string, Path<Machine>> => {
  const best = new Map<string, Path<Machine>>()
  const toStates = getShortestPaths(model.machine, traversalOf(model)) as unknown as GraphPath<Machine>[]
  for (const path of toStates.toSorted((a, b) => a.steps.length - b.steps.length)) {
    const walked = edgesOf<Machine>(path)
    for (const event of model.events(path.state)) {
      const last: Edge<Machine> = { from: path.state, event, to: transition(model.machine, path.state as never, event)[0] as never }
      if (!best.has(nameOf(last)) || best.get(nameOf(last))!.length > walked.length + 1) best.set(nameOf(last), [...walked, last])
    }
  }
  return best
}

/** Walks each path in a system of its own, and compares their states before the first step and after each one.
 * Answers what went wrong, a sentence for each path: empty when the system does as the machine says. */
export const walkPaths = async <Machine extends AnyStateMachine>(
  paths: Iterable<Path<Machine>>,
  { essence }: Pick<Model<Machine>, 'essence'>,
  open: (path: Path<Machine>) => SystemUnderTest<Machine> | Promise<SystemUnderTest<Machine>>,
): Promise<string[]> => {
  const problems: string[] = []
  for (const path of paths) {
    const problem = await walk(path, essence, await open(path))
    if (problem !== null) problems.push(problem)
  }
  return problems
}

const walk = async <Machine extends AnyStateMachine>(
  path: Path<Machine>,
  essence: (state: SnapshotFrom<Machine>) => unknown,
  system: SystemUnderTest<Machine>,
): Promise<string | null> => {
  const words = ['the beginning']
  const differs = (state: SnapshotFrom<Machine>): string | null => {
    const [expected, found] = [JSON.stringify(essence(state)), JSON.stringify(system.essence())]
    return expected === found ? null : `${words.join(' → ')}: the machine is in ${expected}, the system in ${found}`
  }
  try {
    const first = path[0] === undefined ? null : differs(path[0].from)
    if (first !== null) return first
    for (const step of path) {
      words.push((step.event as { type: string }).type)
      await system.perform(step)
      const problem = differs(step.to)
      if (problem !== null) return problem
    }
    return null
  } catch (cause) {
    return `${words.join(' → ')}: ${cause instanceof Error ? cause.message : String(cause)}`
  } finally {
    await system.close?.()
  }
}

/** As `xstate/graph` has it: each step's event leads to its state, the first one is the machine's own beginning. */
interface GraphPath<Machine extends AnyStateMachine> {
  readonly state: SnapshotFrom<Machine>
  readonly steps: readonly { readonly state: SnapshotFrom<Machine>; readonly event: EventFromLogic<Machine> }[]
}

const traversalOf = <Machine extends AnyStateMachine>({ input, events, essence }: Model<Machine>) =>
  ({ input, events, serializeState: (state: SnapshotFrom<Machine>) => JSON.stringify(essence(state)) }) as never

const isOver = ({ state }: { readonly state: { readonly status: string } }): boolean => state.status === 'done'

const edgesOf = <Machine extends AnyStateMachine>({ steps }: { readonly steps: readonly unknown[] }): Path<Machine> => {
  const known = steps as GraphPath<Machine>['steps']
  return known.slice(1).map(({ event, state: to }, index) => ({ from: known[index]!.state, event, to }))
}
