import { createActor, type Actor, type AnyStateMachine, type EventFromLogic, type SnapshotFrom } from 'xstate'
import type { JsonObject } from '../domain/json.ts'

/** An action that a machine named while it took an event: what the outside has to do once the event is committed. */
export interface NotedAction {
  readonly type: string
  readonly params: unknown
}

/** What an event did to an actor, before anything of it has left. */
export interface Applied<Machine extends AnyStateMachine> {
  readonly before: SnapshotFrom<Machine>
  readonly after: SnapshotFrom<Machine>
  /** In the order in which the machine named them. */
  readonly noted: readonly NotedAction[]
}

/** One actor of a machine whose actions only note what is wanted. It takes events at once; what is noted is carried out after the commit. */
export interface JournalledActor<Machine extends AnyStateMachine> {
  snapshot(): SnapshotFrom<Machine>
  /** Null when the event changes nothing: then there is nothing to journal.
   * @throws whatever a guard or an action of the machine threw; the actor then is as it was before */
  take(event: EventFromLogic<Machine>): Applied<Machine> | null
  stop(): void
}

/** Makes actors of one machine. Every action that the machine declares without an implementation of its own is replaced by one that notes it. */
export const createActorFactory = <Machine extends AnyStateMachine>(machine: Machine, notedActions: readonly string[]) => {
  let noted: NotedAction[] = [] // of the actor that takes an event right now: taking is synchronous and never nested
  const note = (type: string) => (_: unknown, params: unknown) => {
    noted.push({ type, params })
  }
  const noting = machine.provide({ actions: Object.fromEntries(notedActions.map((type) => [type, note(type)])) } as never) as Machine

  return (initial: SnapshotFrom<Machine>): JournalledActor<Machine> => {
    let actor = start(initial)
    let failure: { cause: unknown } | null = null

    function start(snapshot: SnapshotFrom<Machine>): Actor<Machine> {
      const started = createActor(noting, { snapshot: snapshot as never } as never) as Actor<Machine>
      started.subscribe({ error: (cause: unknown) => { failure = { cause } } }) // prettier-ignore
      return started.start()
    }

    return {
      snapshot: () => actor.getSnapshot() as SnapshotFrom<Machine>,
      take(event) {
        const before = actor.getSnapshot() as SnapshotFrom<Machine>
        if ((before as { status: string }).status !== 'active') return null // it has ended: nothing changes it any more
        noted = []
        failure = null
        actor.send(event as never)
        const taken = noted
        if (failure !== null) {
          const { cause } = failure as { cause: unknown }
          actor = start(before)
          throw cause
        }
        const after = actor.getSnapshot() as SnapshotFrom<Machine>
        return after === before ? null : { before, after, noted: taken }
      },
      stop: () => void actor.stop(),
    }
  }
}

/** The part of a snapshot that is journalled. */
export const stateOf = ({ value, context }: { value: unknown; context: unknown }): JsonObject => ({ value, context }) as JsonObject

/** The effects of the state that a snapshot is in: the actions that its states name in `entry`, as far as they are effects. Run again after a crash. */
export const effectsOf = (snapshot: { _nodes: readonly { entry: readonly unknown[] }[] }, effects: readonly string[]): NotedAction[] =>
  snapshot._nodes
    .flatMap(({ entry }) => entry)
    .map((action): NotedAction => (typeof action === 'string' ? { type: action, params: undefined } : (action as NotedAction)))
    .filter(({ type }) => effects.includes(type))
