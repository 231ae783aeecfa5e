import { RunnerError, toFailure } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal, JournalEntry, JournalRecord, TaskRow } from '../ports/journal.ts'

/** A record before it has its place in the journal. */
export type Draft = Omit<JournalRecord, 'position'>

export interface Trouble {
  readonly since: number
  readonly message: string
}

/** Apply, commit, release: what was applied waits here for its commit, and leaves in the order in which it came. */
export interface CommitLog {
  /** Takes a record into the current batch. `release` runs once the batch is durable, after the releases of everything before it; `drop` instead,
   * when the log is closed before: then nobody knows whether it was stored. */
  append(draft: Draft, row: TaskRow | null, release: (record: JournalRecord) => void, drop?: (cause: RunnerError) => void): void
  /** Estimated bytes that are applied and not yet durable. */
  uncommittedBytes(): number
  /** Resolves when fewer than `bytes` are uncommitted. */
  room(bytes: number): Promise<void>
  /** Resolves when nothing waits, or when a commit has failed: then `trouble()` is not null. */
  idle(): Promise<void>
  /** Position of the last record that was released. */
  released(): number
  /** Null when the last commit went well. */
  trouble(): Trouble | null
  /** Ends the retries. What waits is dropped. Resolves when no append is under way. */
  close(): Promise<void>
}

interface Waiting {
  readonly entry: JournalEntry
  readonly bytes: number
  readonly release: (record: JournalRecord) => void
  readonly drop: ((cause: RunnerError) => void) | undefined
}

/** A commit holds at most this many entries, so that one batch never keeps the others waiting for seconds. */
const entriesPerCommitMax = 2_000
/** So many share a commit even when the other half would wait. */
const entriesPerCommitMin = 8
/** Pause before a commit that failed is tried again: doubling from the first to the second, in milliseconds. */
const [retryFirstMs, retryLastMs] = [50, 2_000]

/** One writer, one commit at a time; everything applied meanwhile goes into the next. A commit that fails is tried again until it succeeds: never skipped, never reordered.
 * @param onDefect told of a release that threw: a defect of ours that must not keep the others from leaving
 * @param onTrouble told when commits begin to fail, and with null when one has gone well again */
export const createCommitLog = (
  journal: Journal,
  clock: Clock,
  onDefect: (cause: unknown) => void,
  onTrouble: (trouble: Trouble | null) => void = () => {},
): CommitLog => {
  let waiting: Waiting[] = []
  let bytes = 0
  let position = journal.lastPosition()
  let released = position
  let running = false
  let closed = false
  let trouble: Trouble | null = null
  const quiet: (() => void)[] = []
  let roomy: { bytes: number; resolve: () => void }[] = []

  let endPause: (() => void) | null = null
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      endPause = resolve
      clock.timer(ms, resolve)
    })

  const setTrouble = (next: Trouble | null): void => {
    if ((trouble === null) === (next === null)) return
    trouble = next
    onTrouble(next)
    if (next !== null) tellQuiet()
  }

  const tellQuiet = (): void => {
    for (const resolve of quiet.splice(0)) resolve()
  }

  /** True when the batch is stored; false when the log was closed before. */
  const store = async (batch: readonly Waiting[]): Promise<boolean> => {
    const entries = batch.map(({ entry }) => entry)
    for (let pauseMs = retryFirstMs; !closed; pauseMs = Math.min(pauseMs * 2, retryLastMs)) {
      try {
        await journal.append(entries)
        setTrouble(null)
        return true
      } catch (cause) {
        setTrouble({ since: clock.now(), message: toFailure(cause).message })
        if (!closed) await rest(pauseMs)
      }
    }
    return false
  }

  const dropAll = (dropped: readonly Waiting[]): void => {
    for (const { drop } of dropped) drop?.(closedBefore())
  }

  /** Half of what is on its way, the other half being made meanwhile: with callers that submit again as soon as they are answered, the disk and this thread
   * would otherwise take turns. Measured at 32 in flight: 13,000 a second in turns, 17,000 overlapped. */
  const takeBatch = (releasing: number): Waiting[] => {
    const size = Math.min(entriesPerCommitMax, Math.max(entriesPerCommitMin, Math.ceil((waiting.length + releasing) / 2)))
    const batch = waiting.slice(0, size)
    waiting = waiting.length <= size ? [] : waiting.slice(size)
    return batch
  }

  const releaseAll = (batch: readonly Waiting[]): void => {
    for (const { entry, release, bytes: size } of batch) {
      bytes -= size
      released = entry.record.position
      try {
        release(entry.record)
      } catch (cause) {
        onDefect(cause)
      }
    }
    admitRoomy()
  }

  const run = async (): Promise<void> => {
    let stored: Waiting[] = []
    while (waiting.length > 0 && !closed) {
      const batch = takeBatch(stored.length)
      const storing = store(batch)
      releaseAll(stored) // what is durable leaves while the disk works on the next
      stored = []
      if (await storing) stored = batch
      else dropAll(batch)
      if (waiting.length === 0) releaseAll(stored.splice(0))
    }
    releaseAll(stored)
    running = false
    dropAll(closed ? waiting.splice(0) : [])
    tellQuiet()
    tellEnded?.()
  }
  let tellEnded: (() => void) | null = null

  const admitRoomy = (): void => {
    if (roomy.length === 0) return
    const ready = roomy.filter((entry) => bytes < entry.bytes)
    roomy = roomy.filter((entry) => bytes >= entry.bytes)
    for (const { resolve } of ready) resolve()
  }

  return {
    append(draft, row, release, drop) {
      if (closed) return drop?.(closedBefore())
      const record: JournalRecord = { position: ++position, ...draft }
      const size = sizeOf(record)
      bytes += size
      waiting.push({ entry: { record, row }, bytes: size, release, drop })
      if (running) return
      running = true
      queueMicrotask(() => void run()) // everything that is applied in this turn shares the commit
    },
    uncommittedBytes: () => bytes,
    room: (limit) => (bytes < limit ? Promise.resolve() : new Promise((resolve) => roomy.push({ bytes: limit, resolve }))),
    idle: () => (running && trouble === null ? new Promise((resolve) => quiet.push(resolve)) : Promise.resolve()),
    released: () => released,
    trouble: () => trouble,
    close() {
      closed = true
      endPause?.()
      for (const { resolve } of roomy.splice(0)) resolve()
      return running ? new Promise((resolve) => (tellEnded = resolve)) : Promise.resolve()
    },
  }
}

const closedBefore = (): RunnerError =>
  new RunnerError('RUNNER_UNREACHABLE', 'the runner was closed before this was recorded: it may be on record, or not', {
    hint: 'Ask, or send it again, when the runner is back',
  })

/** What a record weighs, without serialising it: its large parts are the spec of a submission and the tails of a result. */
export const sizeOf = (record: JournalRecord): number => 400 + weigh(record.data, 6)

const weigh = (value: unknown, depth: number): number => {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || depth === 0) return 8
  let units = 8
  for (const child of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) units += weigh(child, depth - 1)
  return units
}
