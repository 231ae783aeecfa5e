import { RunnerError } from '../../src/domain/errors.ts'
import { endedStatuses, taskStatuses, type TaskStatus } from '../../src/domain/result.ts'
import {
  arrayStream,
  beforeHorizon,
  taskStream,
  type Cursor,
  type Journal,
  type JournalEntry,
  type JournalRecord,
  type TaskFilter,
  type TaskRow,
} from '../../src/ports/journal.ts'
import type { Incarnation } from './world.ts'

/** What of the journal is on the simulated disk: survives crashes. */
export interface SimulatedDisk {
  /** Every record ever stored, those that were put aside or removed included: `records[n - 1]` stands at position n. */
  readonly records: JournalRecord[]
  /** In order of submission. */
  readonly rows: Map<string, TaskRow>
  readonly quarantined: { stream: string; reason: string; at: number }[]
  /** Positions of records whose streams were put aside, or removed. */
  readonly hidden: Set<number>
  /** The highest position that was removed; 0 when none was. */
  horizon: number
  readonly cursors: Map<string, Cursor>
  /** No room: appends fail and store nothing. */
  full: boolean
  /** Called with each entry when it becomes durable. */
  onStored: (entry: JournalEntry) => void
}

export const createSimulatedDisk = (): SimulatedDisk => ({
  records: [],
  rows: new Map(),
  quarantined: [],
  hidden: new Set(),
  horizon: 0,
  cursors: new Map(),
  full: false,
  onStored: () => {},
})

const taskPrefix = taskStream('')
const arrayPrefix = arrayStream('')
const unavailable = (why: string): RunnerError => new RunnerError('JOURNAL_UNAVAILABLE', why)
/** As a disk gives it back: JSON, and nothing shared with whoever wrote it. Frozen, so that all who read may share it. */
const copyOf = <T>(value: T): T => freeze(JSON.parse(JSON.stringify(value)) as T)

const freeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}

/** A journal on a simulated disk. What is appended becomes durable as a whole at one moment between call and answer; a crash before it loses all, after it nothing. */
export const openSimulatedJournal = (disk: SimulatedDisk, incarnation: Incarnation): Journal => {
  const streams = new Map<string, JournalRecord[]>()
  const index = (record: JournalRecord): void => {
    const own = streams.get(record.stream)
    if (own) own.push(record)
    else streams.set(record.stream, [record])
  }
  const isVisible = ({ position }: JournalRecord): boolean => !disk.hidden.has(position)
  disk.records.filter(isVisible).forEach(index)
  let lastAppend: Promise<void> = Promise.resolve()
  let [appending, closed] = [false, false]

  /** What of a batch is new; all of it is looked at before any of it is stored. */
  const check = (entries: readonly JournalEntry[]): readonly JournalEntry[] => {
    const last = disk.records.length
    const isStored = ({ record: { position, stream, seq } }: JournalEntry): boolean => {
      const known = disk.records[position - 1]
      if (known && (known.stream !== stream || known.seq !== seq)) throw unavailable(`position ${position} was taken by another record`)
      return known !== undefined
    }
    const fresh = entries.filter((entry) => !isStored(entry))
    const seqs = new Set<string>()
    for (const [offset, { record }] of fresh.entries()) {
      if (record.position !== last + 1 + offset) throw unavailable(`position ${record.position} leaves a gap after ${last + offset}`)
      const name = `${record.stream}#${record.seq}`
      if (seqs.has(name) || streams.get(record.stream)?.some(({ seq }) => seq === record.seq)) throw unavailable(`${name} stands elsewhere`)
      seqs.add(name)
    }
    return fresh
  }

  const store = (entries: readonly JournalEntry[]): void => {
    if (disk.full) throw unavailable('the simulated disk is full')
    for (const { record, row } of check(entries).map(copyOf)) {
      disk.records.push(record)
      index(record)
      if (row) disk.rows.set(row.id, row)
      disk.onStored({ record, row })
    }
  }

  const append = async (entries: readonly JournalEntry[]): Promise<void> => {
    appending = true
    try {
      await incarnation.call(`journal.append ${entries.length}`, () => store(entries), () => unavailable('the simulated disk failed')) // prettier-ignore
    } finally {
      appending = false
    }
  }

  const reading = <Args extends unknown[], T>(read: (...args: Args) => T) =>
    (...args: Args): T => {
      if (closed) throw unavailable('the journal is closed')
      return read(...args)
    } // prettier-ignore

  const changing = <Wanted>(change: (wanted: Wanted) => void) =>
    async (wanted: Wanted): Promise<void> => {
      if (closed) throw unavailable('the journal is closed')
      await incarnation.call('journal.chore', () => change(wanted), () => unavailable('the simulated disk failed'))
    } // prettier-ignore

  /** The last position + 1 when there is none. */
  const firstSince = (since: number): number => {
    const found = disk.records.findIndex(({ at }) => at >= since)
    return found === -1 ? disk.records.length + 1 : found + 1
  }

  return {
    warnings: [],
    lastPosition: reading(() => disk.records.length),
    lastAt: reading(() => disk.records.at(-1)?.at ?? 0),
    readStream: reading((stream, fromSeq, limit) => (streams.get(stream) ?? []).slice(fromSeq, fromSeq + limit)),
    readAfter: reading((position, limit) => {
      if (position < disk.horizon) throw beforeHorizon(position, disk.horizon)
      return take(disk.records, position, limit, isVisible)
    }),
    horizon: reading(() => disk.horizon),
    positionSince: reading((since) => Math.max(firstSince(since), disk.horizon + 1)),
    forgettable: reading((before, limit) => {
      const bound = Math.min(firstSince(before), disk.records.length, ...[...disk.cursors.values()].map(({ position }) => position + 1))
      return forgettableOf(disk, streams, bound).slice(0, limit)
    }),
    firstGap: reading(() => null), // positions are places in a list
    cursors: reading(() => [...disk.cursors.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    findTask: reading((id) => disk.rows.get(id) ?? null),
    listTasks: reading((filter) => select([...disk.rows.values()].reverse(), filter)),
    eachLiveTask: reading((visit) => {
      for (const row of [...disk.rows.values()]) if (!endedStatuses.has(row.status)) visit(row)
    }),
    oldestPendingAt: reading(() => [...disk.rows.values()].find(({ status }) => status === 'pending')?.submittedAt ?? null),
    countTasks: reading((tenant?: string) => count(disk.rows, (row) => tenant === undefined || row.tenant === tenant)),
    countArray: reading((arrayId) => count(disk.rows, ({ array }) => array?.id === arrayId)),
    unfinishedArrays: reading(() =>
      [...streams]
        .filter(([name, own]) => name.startsWith(arrayPrefix) && own.length === 1)
        .map(([name]) => name.slice(arrayPrefix.length))
        .sort(),
    ),
    quarantined: reading(() => [...disk.quarantined]),
    append(entries) {
      if (closed) return Promise.reject(unavailable('the journal is closed'))
      if (appending) throw new Error('append was called while another one was under way')
      if (entries.length === 0) return Promise.resolve()
      const stored = append(entries)
      lastAppend = stored.catch(() => undefined)
      return stored
    },
    quarantine(stream, reason, at) {
      const own = streams.get(stream) ?? []
      if (own.length === 0 && disk.quarantined.some((entry) => entry.stream === stream)) return
      for (const { position } of own) disk.hidden.add(position)
      streams.delete(stream)
      if (stream.startsWith(taskPrefix)) disk.rows.delete(stream.slice(taskPrefix.length))
      disk.quarantined.push({ stream, reason, at })
    },
    forget: changing((names: readonly string[]) => {
      const lastOf = (name: string): number => streams.get(name)?.at(-1)?.position ?? 0
      const needed = names.find((name) => lastOf(name) > 0 && lastOf(name) === disk.records.length)
      if (needed !== undefined) throw unavailable(`${needed} holds the last record of the journal`)
      for (const name of names) {
        const own = streams.get(name)
        if (own === undefined) continue
        for (const { position } of own) disk.hidden.add(position)
        disk.horizon = Math.max(disk.horizon, lastOf(name))
        streams.delete(name)
        if (name.startsWith(taskPrefix)) disk.rows.delete(name.slice(taskPrefix.length))
      }
    }),
    moveCursor: changing((cursor: Cursor) => {
      if (cursor.position < disk.horizon) throw beforeHorizon(cursor.position, disk.horizon)
      disk.cursors.set(cursor.name, copyOf(cursor))
    }),
    removeCursor: changing((name: string) => void disk.cursors.delete(name)),
    async close() {
      await lastAppend
      closed = true
    },
  }
}

/** Streams whose last record stands before the bound: arrays all of whose tasks have ended there, then ended tasks of no array that is still there. */
const forgettableOf = (disk: SimulatedDisk, streams: ReadonlyMap<string, readonly JournalRecord[]>, bound: number): string[] => {
  const endOf = (name: string): number => streams.get(name)?.at(-1)?.position ?? Infinity
  const hasEnded = (row: TaskRow): boolean => endedStatuses.has(row.status) && endOf(taskStream(row.id)) < bound
  const arrays = [...streams.keys()].filter((name) => name.startsWith(arrayPrefix)).filter((name) => {
    const isOwn = ({ array }: TaskRow): boolean => array !== null && arrayStream(array.id) === name
    return streams.get(name)!.length > 1 && endOf(name) < bound && [...disk.rows.values()].filter(isOwn).every(hasEnded)
  }) // prettier-ignore
  const tasks = [...disk.rows.values()].filter((row) => hasEnded(row) && (row.array === null || !streams.has(arrayStream(row.array.id))))
  return [...arrays, ...tasks.map(({ id }) => taskStream(id)).sort((a, b) => endOf(a) - endOf(b))]
}

/** At most `limit` of the records after a position that pass. */
const take = (
  records: readonly JournalRecord[],
  after: number,
  limit: number,
  passes: (record: JournalRecord) => boolean,
): JournalRecord[] => {
  const taken: JournalRecord[] = []
  for (let at = after; at < records.length && taken.length < limit; at++) if (passes(records[at]!)) taken.push(records[at]!)
  return taken
}

const count = (rows: ReadonlyMap<string, TaskRow>, passes: (row: TaskRow) => boolean): Record<TaskStatus, number> => {
  const counts = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>
  for (const row of rows.values()) if (passes(row)) counts[row.status]++
  return counts
}

const select = (newestFirst: readonly TaskRow[], filter: TaskFilter): TaskRow[] => {
  const { status, class: taskClass, tenant, workflowId, arrayId, after, limit } = filter
  const start = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && start === 0)
    throw new RunnerError('NOT_FOUND', `there is no task ${JSON.stringify(after)} to go on after`, { path: 'after' })
  return newestFirst
    .slice(start)
    .filter((row) => (!status || status.includes(row.status)) && (!taskClass || row.class === taskClass))
    .filter((row) => (tenant ?? row.tenant) === row.tenant && (workflowId ?? row.workflowId) === row.workflowId)
    .filter(({ array }) => arrayId === undefined || array?.id === arrayId)
    .slice(0, limit)
}
