import { RunnerError } from '../domain/errors.ts'
import { endedStatuses, type TaskResult, type TaskStatus } from '../domain/result.ts'
import { taskStream, type JournalRecord } from '../ports/journal.ts'
import type { Progress } from '../domain/events.ts'
import type { LogOptions, LogPiece, Task, TaskUpdate } from './api.ts'
import type { Engine } from './engine.ts'
import { createWakeUp } from './listeners.ts'
import { readLogs } from './log-reader.ts'
import { statusAfter } from './task-records.ts'

/** Records that one look into the journal brings: bounds the memory of a reader, whatever it has to catch up with. */
const pageRecords = 256

/** Readers with a cursor: each reads the committed journal at its own pace and is only woken by the engine. */
export const createTaskHandle = (engine: Engine, id: string, created: boolean): Task => {
  const { journal, logs } = engine.context

  async function* records(signal?: AbortSignal): AsyncGenerator<JournalRecord> {
    const wakeUp = createWakeUp(engine.listeners, id, signal)
    try {
      for (let next = 0; !signal?.aborted && !engine.closed();) {
        const ended = endedStatuses.has(engine.row(id).status) // asked before the read: a record that comes in between is read the next time
        const page = journal.readStream(taskStream(id), next, pageRecords)
        for (const record of page) yield record
        next += page.length
        if (page.length === 0 && ended) return
        if (page.length < pageRecords && !ended) await wakeUp.next()
      }
    } finally {
      wakeUp.end()
    }
  }

  async function* updates(signal?: AbortSignal): AsyncGenerator<TaskUpdate> {
    let status: TaskStatus = 'pending'
    for await (const record of records(signal)) {
      const { position, at, type, data } = record
      status = statusAfter(record) ?? status
      yield { id, position, at, type, status, progress: type === 'task.progressed' ? (data['progress'] as unknown as Progress) : null }
    }
  }

  const result = async (signal?: AbortSignal): Promise<TaskResult> => {
    const wakeUp = createWakeUp(engine.listeners, id, signal)
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (engine.closed())
          throw new RunnerError('RUNNER_UNREACHABLE', 'the runner was closed before the task ended', {
            hint: 'Open the data directory again: the task goes on there',
          })
        const { result: ended } = engine.row(id)
        if (ended) return ended
        await wakeUp.next()
      }
    } finally {
      wakeUp.end()
    }
  }

  return {
    id,
    created,
    status: () => engine.row(id),
    updates,
    result,
    logs: (options: LogOptions = {}): AsyncIterable<LogPiece> =>
      readLogs({ logs, listeners: engine.listeners, row: () => engine.row(id), closed: () => engine.closed() }, options),
    cancel: (reason = 'cancelled by the caller') => engine.cancel(id, reason),
  }
}
