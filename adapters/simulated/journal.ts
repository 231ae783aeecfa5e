import { RunnerError } from '../../src/domain/errors.ts'
import { endedStatuses, taskStatuses, type TaskStatus } from '../../src/domain/result.ts'
import type { Journal, JournalEntry, JournalRecord, TaskFilter, TaskRow } from '../../src/ports/journal.ts'
import type { Incarnation } from './world.ts'

/** What of the journal is on the simulated disk: survives crashes. */
export interface SimulatedDisk {
  readonly records: JournalRecord[]
  readonly rows: Map<string, TaskRow>
  readonly quarantined: { stream: string; reason: string; at: number }[]
  /** No room: appends fail and store nothing. */
  full: boolean
  /** Called with each entry when it becomes durable. */
  onStored: (entry: JournalEntry) => void
}

export const createSimulatedDisk = (): SimulatedDisk => ({ records: [], rows: new Map(), quarantined: [], full: false, onStored: () => {} })

/** A journal on a simulated disk. What is appended becomes durable as a whole at one moment between call and answer; a crash before it loses all, after it nothing. */
export const openSimulatedJournal = (disk: SimulatedDisk, incarnation: Incarnation): Journal => {
  const streams = new Map<string, JournalRecord[]>()
  const index = (record: JournalRecord): void => {
    const own = streams.get(record.stream)
    if (own) own.push(record)
    else streams.set(record.stream, [record])
  }
  disk.records.forEach(index)
  const isQuarantined = (stream: string): boolean => disk.quarantined.some((entry) => entry.stream === stream)
  const unavailable = (why: string): RunnerError => new RunnerError('JOURNAL_UNAVAILABLE', why)
  let [appending, closed] = [false, false]

  const store = (entries: readonly JournalEntry[]): void => {
    if (disk.full) throw unavailable('the simulated disk is full')
    for (const entry of entries) {
      const copy = structuredClone(entry) // what the engine does with its objects later must not reach the disk
      const { record, row } = copy
      const last = disk.records.length
      if (record.position <= last) {
        const known = disk.records[record.position - 1]!
        if (known.stream !== record.stream || known.seq !== record.seq)
          throw new Error(`position ${record.position} was taken by another record`)
        continue
      }
      if (record.position !== last + 1) throw new Error(`position ${record.position} leaves a gap after ${last}`)
      disk.records.push(record)
      index(record)
      if (row) disk.rows.set(row.id, row)
      disk.onStored(copy)
    }
  }

  return {
    warnings: [],
    lastPosition: () => disk.records.length,
    lastAt: () => disk.records.at(-1)?.at ?? 0,
    readStream: (stream, fromSeq, limit) => structuredClone((streams.get(stream) ?? []).slice(fromSeq, fromSeq + limit)),
    readAfter: (position, limit) => structuredClone(disk.records.slice(position, position + limit)),
    positionSince(since) {
      const found = disk.records.findIndex(({ at }) => at >= since)
      return found === -1 ? disk.records.length + 1 : found + 1
    },
    findTask: (id) => structuredClone(disk.rows.get(id) ?? null),
    listTasks: (filter) => structuredClone(select([...disk.rows.values()].reverse(), filter)),
    eachLiveTask(visit) {
      for (const row of [...disk.rows.values()])
        if (!endedStatuses.has(row.status) && !isQuarantined(`task:${row.id}`)) visit(structuredClone(row))
    },
    countTasks() {
      const counts = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>
      for (const { status } of disk.rows.values()) counts[status]++
      return counts
    },
    quarantined: () => [...disk.quarantined],
    async append(entries) {
      if (closed) throw unavailable('the journal is closed')
      if (appending) throw new Error('append was called while another one was under way')
      appending = true
      try {
        await incarnation.call(`journal.append ${entries.length}`, () => store(entries), () => unavailable('the simulated disk failed')) // prettier-ignore
      } finally {
        appending = false
      }
    },
    quarantine(stream, reason, at) {
      if (!isQuarantined(stream)) disk.quarantined.push({ stream, reason, at })
    },
    async close() {
      closed = true
    },
  }
}

const select = (newestFirst: readonly TaskRow[], { status, class: taskClass, tenant, after, limit }: TaskFilter): TaskRow[] => {
  const start = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && start === 0) return []
  return newestFirst
    .slice(start)
    .filter(
      (row) => (!status || status.includes(row.status)) && (!taskClass || row.class === taskClass) && (!tenant || row.tenant === tenant),
    )
    .slice(0, limit)
}
