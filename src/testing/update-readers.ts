import { RunnerError, type ErrorCode } from '../domain/errors.ts'
import { endedStatuses, type TaskStatus } from '../domain/result.ts'
import type { Clock } from '../ports/clock.ts'
import type { Runner } from '../runner/api.ts'

/** Who waits is told that the runner was closed, who asks that its journal is. */
const closedCodes: ReadonlySet<ErrorCode> = new Set(['RUNNER_UNREACHABLE', 'JOURNAL_UNAVAILABLE'])

/** Of this many records the sink takes its time with one, in which others are committed. */
const [slowEvery, slowMs] = [7, 3]

/** Clients that watch a task's updates, and one sink that follows every record with a cursor, across crashes, not always as fast as they come. Each update must
 * come once and in order, also over the seam between what is replayed and what is live. */
export const createUpdateReaders = () => {
  const watchers = new Map<string, { seen: number[]; done: boolean }>()
  const problems: string[] = []
  let cursor = 0

  const watch = async (runner: Runner, id: string): Promise<void> => {
    const watcher = watchers.get(id)!
    const positions: number[] = []
    let last: TaskStatus = 'pending'
    const task = runner.task(id)
    for await (const { position, status } of task.updates()) {
      if (position <= (positions.at(-1) ?? 0)) problems.push(`${id}: update ${position} came after ${positions.at(-1)}`)
      positions.push(position)
      last = status
    }
    const replayed = watcher.seen.some((position, index) => positions[index] !== position)
    if (replayed && positions.length >= watcher.seen.length) problems.push(`${id}: a second watcher saw other updates than the first`)
    watcher.seen = positions
    const followed: number[] = []
    for await (const { position } of runner.recordsOf([id])) followed.push(position)
    const result = await task.result() // rejects when the runner was closed meanwhile
    if (followed.join() !== positions.join()) problems.push(`${id}: who follows some tasks sees other records than who watches this one`)
    if (!endedStatuses.has(last) || result.status !== last)
      problems.push(`${id}: the updates end with ${last}, the result says ${result.status}`)
    if (runner.explain(id).length < 2) problems.push(`${id}: its end is not explained`)
    if (runner.history(id).length !== positions.length)
      problems.push(`${id}: ${positions.length} updates of ${runner.history(id).length} records`)
    watcher.done = true
  }

  const follow = async (runner: Runner, clock: Clock): Promise<void> => {
    for await (const { position } of runner.records(cursor)) {
      if (position !== cursor + 1) problems.push(`a sink saw record ${position} after ${cursor}`)
      cursor = position
      if (position % slowEvery === 0) await new Promise<void>((resolve) => void clock.timer(slowMs, resolve))
    }
  }

  /** A runner that was closed in the middle is no problem: the reader comes again to the next one. */
  const unlessClosed = (cause: unknown): void => {
    if (!(cause instanceof RunnerError && closedCodes.has(cause.code))) problems.push(`reading failed: ${String(cause)}`)
  }

  return {
    problems,
    open(runner: Runner, id: string): void {
      if (watchers.has(id)) return
      watchers.set(id, { seen: [], done: false })
      watch(runner, id).catch(unlessClosed)
    },
    /** @param clock of the runner's process */
    reconnect(runner: Runner, clock: Clock): void {
      follow(runner, clock).catch(unlessClosed)
      for (const [id, { done }] of watchers) if (!done) watch(runner, id).catch(unlessClosed)
    },
    done: (): boolean => [...watchers.values()].every(({ done }) => done),
    cursor: (): number => cursor,
  }
}
