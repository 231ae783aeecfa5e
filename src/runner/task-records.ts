import { Heap } from '../domain/heap.ts'
import { endedStatuses, type TaskStatus } from '../domain/result.ts'
import { taskStream, type JournalReader, type JournalRecord } from '../ports/journal.ts'
import type { Listeners } from './listeners.ts'

export interface TaskRecordSources {
  readonly journal: Pick<JournalReader, 'readStream' | 'findTask'>
  readonly listeners: Listeners
  /** Position of the last record whose listeners were woken. What is stored beyond it is not looked at yet, so that the order holds across tasks. */
  readonly released: () => number
  readonly closed: () => boolean
}

/** Decoded records that one reader holds, over all its tasks. */
const recordsHeldMax = 16_384
const pageRecordsMax = 256

/** One task's place in the merge. */
interface Lane {
  readonly id: string
  nextSeq: number
  /** In order; the first is the next. */
  page: JournalRecord[]
  /** Its last record was read. */
  ended: boolean
}

/** Every record of some tasks behind a position, in the order of the journal, then as they are committed; ends when every task has ended. Costs nothing while
 * nothing happens to these tasks, whatever happens to others. */
export async function* followTasks(
  { journal, listeners, released, closed }: TaskRecordSources,
  ids: Iterable<string>,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<JournalRecord> {
  const lanes = new Map([...ids].map((id) => [id, { id, nextSeq: 0, page: [], ended: false } as Lane]))
  const pageRecords = Math.max(1, Math.min(pageRecordsMax, Math.floor(recordsHeldMax / lanes.size)))
  const merge = new Heap<Lane>((a, b) => a.page[0]!.position < b.page[0]!.position)
  const stale = new Set(lanes.values())
  let wake: (() => void) | null = null
  const woken = (): void => {
    wake?.()
    wake = null
  }
  const unlisten = [...lanes.values()].map((lane) =>
    listeners.listen(lane.id, () => {
      if (lanes.has(lane.id) && lane.page.length === 0) stale.add(lane)
      woken()
    }),
  )
  signal?.addEventListener('abort', woken)

  /** Reads on where nothing is held. A lane that holds records reads on when they are used up. */
  const refill = (): void => {
    const end = released()
    for (const lane of stale) {
      stale.delete(lane)
      const page = journal.readStream(taskStream(lane.id), lane.nextSeq, pageRecords)
      lane.page = page.filter(({ position }) => position <= end)
      lane.nextSeq += lane.page.length
      lane.ended = isEnded(lane.page.at(-1))
      if (lane.page.length > 0) merge.push(lane)
      else if (page.length === 0 && journal.findTask(lane.id) === null) lanes.delete(lane.id) // put aside: nobody reads it any more
    }
  }

  try {
    while (!signal?.aborted && !closed()) {
      refill()
      const lane = merge.pop()
      if (lane === undefined) {
        if (lanes.size === 0) return
        await new Promise<void>((resolve) => {
          wake = resolve
          if (stale.size > 0 || signal?.aborted || closed()) woken()
        })
        continue
      }
      const record = lane.page.shift()!
      if (lane.page.length > 0) merge.push(lane)
      else if (lane.ended) lanes.delete(lane.id)
      else stale.add(lane)
      if (record.position > after) yield record
    }
  } finally {
    for (const end of unlisten) end()
    signal?.removeEventListener('abort', woken)
  }
}

/** The word that clients see after a record; null where it leaves the state as it was. */
export const statusAfter = ({ state }: JournalRecord): TaskStatus | null => {
  if (state === null) return null
  const value = state['value']
  return (typeof value === 'string' ? value : Object.keys(value as object)[0]) as TaskStatus
}

const isEnded = (record: JournalRecord | undefined): boolean => {
  const status = record === undefined ? null : statusAfter(record)
  return status !== null && endedStatuses.has(status)
}
