import type { Phase } from '../domain/plan.ts'
import { endedStatuses } from '../domain/result.ts'
import type { TaskRow } from '../ports/journal.ts'
import type { NotedAction } from './journalled-actor.ts'

/** One thing that the engine does for a task when a record of it is durable, and not before. */
export type Consequence =
  /** The task gives its place back. */
  | { readonly does: 'freePlace' }
  /** The work and the timers of the state that was left end. */
  | { readonly does: 'stopEffects' }
  | { readonly does: 'armDeadline'; readonly phase: Phase }
  /** Back into the line, for the next attempt. */
  | { readonly does: 'enqueue' }
  | { readonly does: 'startEffect'; readonly name: string }
  /** The actor of a task that has ended goes. */
  | { readonly does: 'dismiss' }

/** What an action that the machine has noted asks of the engine; null: it is told with the record. */
export const consequenceOf = ({ type, params }: NotedAction): Consequence | null => {
  switch (type) {
    case 'announce':
      return null
    case 'stopEffects':
    case 'enqueue':
      return { does: type }
    case 'armDeadline':
      return { does: 'armDeadline', phase: (params as { phase: Phase }).phase }
    default:
      return { does: 'startEffect', name: type }
  }
}

/** All that follows a record, in this order. Pure: the exhaustive check and the engine run the same function.
 * @param row as of the record */
export const consequencesOf = (noted: readonly NotedAction[], row: Pick<TaskRow, 'placed' | 'status'>): readonly Consequence[] => [
  ...(row.placed ? [] : [{ does: 'freePlace' } as const]),
  ...noted.map(consequenceOf).filter((consequence) => consequence !== null),
  ...(endedStatuses.has(row.status) ? [{ does: 'dismiss' } as const] : []),
]
