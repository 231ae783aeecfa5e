import { setup } from 'xstate'

export type ArrayEvent =
  /** Every task of it is on record. */
  { type: 'array.expanded' }

/** An array of tasks, from its acceptance until every task of it is on record; what becomes of those is told by their own streams.
 * - `expanding`  accepted: its tasks are submitted in the order of their indexes, if need be by the next process
 * Final: `expanded`; every task is on record */
export const arrayMachine = setup({ types: {} as { events: ArrayEvent } }).createMachine({
  id: 'array',
  initial: 'expanding',
  states: { expanding: { on: { 'array.expanded': 'expanded' } }, expanded: { type: 'final' } },
})
