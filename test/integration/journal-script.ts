import type { TaskStatus } from '../../src/domain/result.ts'
import type { JournalEntry } from '../../src/ports/journal.ts'
import { pendingRow } from '../conformance/journal.ts'

const life: readonly TaskStatus[] = ['pending', 'running', 'completed']

/** The entry that stands at a position in every journal of these tests: tasks of three events each, records of 100 bytes to 6 KB. */
export const expectedEntry = (position: number): JournalEntry => {
  const id = `t${Math.floor((position - 1) / life.length)}`
  const seq = (position - 1) % life.length
  return {
    record: {
      position,
      stream: `task:${id}`,
      seq,
      at: 1_000 + position,
      type: `step.${seq}`,
      data: { n: position, filler: 'é'.repeat((position * 37) % 3_000) },
      state: { value: life[seq]!, context: { attempt: seq } },
      public: [],
    },
    row: pendingRow(id, { status: life[seq]!, attempt: seq, submittedAt: 1_000 + position - seq }),
  }
}

/** How many tasks of each status there are after a position. */
export const expectedCounts = (position: number): Partial<Record<TaskStatus, number>> => {
  const completed = Math.floor(position / life.length)
  const rest = position % life.length
  return { completed, pending: rest === 1 ? 1 : 0, running: rest === 2 ? 1 : 0 }
}
