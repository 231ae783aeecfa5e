import { RunnerError } from '../domain/errors.ts'
import { endedStatuses, type TaskStatus } from '../domain/result.ts'
import type { TaskRow } from '../ports/journal.ts'
import type { LogStore } from '../ports/log-store.ts'
import { readLog } from '../streams/follow-log.ts'
import { mergePulled } from '../streams/merge-pulled.ts'
import type { LogOptions, LogPiece } from './api.ts'
import { createWakeUp, type Listeners } from './listeners.ts'

export interface LogReaderDeps {
  readonly logs: LogStore
  readonly listeners: Listeners
  /** The committed row of the task. */
  readonly row: () => TaskRow
  /** The engine was closed: nothing will change any more. */
  readonly closed: () => boolean
}

/** States of an attempt in which its log may still grow: an executor may copy what was printed when the process has long ended. */
const mayPrint: ReadonlySet<TaskStatus> = new Set(['pending', 'preparing', 'running', 'collecting'])

/** Reads what a task printed, attempt by attempt, at the reader's own pace; with `follow` until the task has ended and all is read. */
export async function* readLogs(deps: LogReaderDeps, options: LogOptions): AsyncGenerator<LogPiece, void> {
  const { streams = ['stdout', 'stderr'], offset = 0, follow = false, signal } = options
  const { id: taskId } = deps.row()
  const until = (holds: (row: TaskRow) => boolean): Promise<void> => waitFor(deps, taskId, holds, signal)
  if (follow) await until(({ attempt, status }) => attempt > 0 || endedStatuses.has(status))
  if (deps.closed()) return
  const first = options.attempt ?? deps.row().attempt
  if (options.attempt !== undefined && (options.attempt < 1 || options.attempt > deps.row().attempt))
    throw new RunnerError('NOT_FOUND', `the task has no attempt ${options.attempt}`, {
      path: 'attempt',
      hint: `It has ${deps.row().attempt} so far`,
    })
  for (let attempt = first; attempt > 0 && !signal?.aborted; attempt++) {
    const key = { taskId, attempt }
    const isOver = (row: TaskRow): boolean => row.attempt > attempt || !mayPrint.has(row.status)
    const ended = follow ? until(isOver) : Promise.resolve()
    const from = attempt === first ? offset : 0
    const readers = streams.map((stream) => ({
      stream,
      pieces: readLog(deps.logs, key, stream, { offset: from, ended, ...(signal ? { signal } : {}) }),
    }))
    for await (const { source, item } of mergePulled(readers.map(({ pieces }) => pieces)))
      yield { ...item, stream: readers[source]!.stream, attempt }
    if (!follow || options.attempt !== undefined) return
    await until((row) => row.attempt > attempt || endedStatuses.has(row.status))
    if (deps.closed() || deps.row().attempt === attempt) return
  }
}

/** Resolves when the committed row fits, the signal aborts, or the engine is closed. */
const waitFor = async (
  { listeners, row, closed }: LogReaderDeps,
  taskId: string,
  holds: (row: TaskRow) => boolean,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const wakeUp = createWakeUp(listeners, taskId, signal)
  try {
    while (!signal?.aborted && !closed() && !holds(row())) await wakeUp.next()
  } finally {
    wakeUp.end()
  }
}
