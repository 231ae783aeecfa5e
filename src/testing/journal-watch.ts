import type { Phase } from '../domain/plan.ts'
import type { TaskStatus } from '../domain/result.ts'
import type { JournalEntry, JournalRecord, TaskRow } from '../ports/journal.ts'
import { phaseTimeouts } from '../runner/plan.ts'
import type { RunnerSettings } from '../runner/settings.ts'

/** Looks at every entry in the order in which it is stored, which is the order in which it was applied: what must not happen after what. */
export interface JournalWatch {
  readonly problems: string[]
  /** @param now what is released from a record on happens after this time, not after the record's own */
  stored(entry: JournalEntry, now: number): void
}

/** Long enough for everything that an admission needs. */
const admissionMs = 1_000

/** The clock of a simulated process may have been read a moment before the record was made. */
const slackMs = 1

/** Of tasks that hold a place. */
const isAtWork: ReadonlySet<TaskStatus> = new Set(['preparing', 'running', 'collecting'])

export const createJournalWatch = (settings: RunnerSettings): JournalWatch => {
  const problems: string[] = []
  const entered = new Map<string, { state: string; at: number }>()
  const placed = new Map<string, TaskRow>()
  let runner: { value: unknown; paused: boolean; since: number } = { value: 'idle', paused: false, since: 0 }
  let emptySince = 0

  const watchRunner = ({ state }: JournalRecord, now: number): void => {
    if (state) runner = { value: state['value'], paused: (state['context'] as { paused: boolean }).paused, since: now }
  }

  const watchAdmission = ({ type }: JournalRecord, row: TaskRow, now: number): void => {
    if (type === 'task.admit' && (runner.value !== 'accepting' || runner.paused))
      problems.push(`I8: ${row.id} was given a place while the runner was ${runner.paused ? 'paused' : String(runner.value)}`)
    if (row.placed !== isAtWork.has(row.status)) problems.push(`I8: ${row.id} is ${row.status} and its row says otherwise of its place`)
    if (row.placed) placed.set(row.id, row)
    else if (placed.delete(row.id) && placed.size === 0) emptySince = now
    const used = [...placed.values()].filter((other) => other.class === row.class).length
    const limit = settings.classes[row.class]?.concurrency ?? 0
    if (row.placed && used > limit) problems.push(`I8: ${used} tasks of ${row.class} hold one of its ${limit} places`)
  }

  /** Nobody waits in vain for a place while every place is free. */
  const watchLine = ({ type, at, data }: JournalRecord, row: TaskRow): void => {
    if (type !== 'deadline.elapsed' || data['phase'] !== 'queue' || placed.size > 0) return
    const isOpen = runner.value === 'accepting' && !runner.paused
    if (isOpen && at - Math.max(runner.since, emptySince, row.submittedAt) > admissionMs)
      problems.push(`I6: ${row.id} has waited in vain, and nobody held a place`)
  }

  /** Phases count from the record that began them, the whole from the submission. */
  const watchDeadline = ({ type, at, data, stream }: JournalRecord, row: TaskRow): void => {
    if (type !== 'deadline.elapsed') return
    const phase = data['phase'] as Phase
    const limitMs = phaseTimeouts(row.class, undefined, settings)[phase]
    const lastedMs = at - (phase === 'total' ? row.submittedAt : entered.get(stream)!.at)
    if (lastedMs < limitMs - slackMs) problems.push(`I6: ${row.id} was out of time for ${phase} after ${lastedMs} of ${limitMs} ms`)
  }

  /** What a drawn task promises is there from its beginning on. */
  const watchOutputs = ({ id, failure }: TaskRow): void => {
    if (failure?.code === 'OUTPUT_MISSING') problems.push(`I5: ${id} has failed for an output that was there until somebody took it away`)
  }

  const watchState = ({ state, stream, at }: JournalRecord): void => {
    if (state === null) return
    const value = JSON.stringify(state['value'])
    if (entered.get(stream)?.state !== value) entered.set(stream, { state: value, at })
  }

  return {
    problems,
    stored({ record, row }, now) {
      if (record.stream === 'runner') watchRunner(record, now)
      if (row === null) return
      watchDeadline(record, row)
      watchLine(record, row)
      watchAdmission(record, row, now)
      watchOutputs(row)
      watchState(record)
    },
  }
}
