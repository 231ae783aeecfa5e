import { toFailure } from '../domain/errors.ts'
import { arrayStream, taskStream, type StreamName } from '../ports/journal.ts'
import type { EngineContext } from './engine-context.ts'

/** Gives up what has ended long enough ago: records, row, log files and kept outputs of a task, then its array's. */
export interface Retention {
  /** Begins, or goes by settings that have changed. */
  reconsider(): void
  /** Resolves when nothing is being removed any more. */
  close(): Promise<void>
}

export interface RetentionLinks {
  /** The stream has gone. */
  readonly forgotten: (stream: StreamName) => unknown
}

/** Between two looks, in milliseconds: what ended in between waits so much longer than it was to be kept. */
const lookMs = 60_000
/** Streams of one removal: about a thousand records, some tens of milliseconds in which no commit is made. */
const batchStreams = 100

const idIn = (stream: StreamName, nameOf: (id: string) => StreamName): string | null => {
  const prefix = nameOf('')
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : null
}

export const createRetention = (
  { clock, journal, logs, workspace, settings, counters, logger }: EngineContext,
  { forgotten }: RetentionLinks,
): Retention => {
  let [cancel, closed] = [(): void => {}, false]
  let working: Promise<void> = Promise.resolve()

  /** Files first: a crash in between leaves a row without files, which the next look finds, never files that no row leads to. */
  const removeBatch = async (streams: readonly StreamName[]): Promise<void> => {
    for (const taskId of streams.map((stream) => idIn(stream, taskStream)).filter((id) => id !== null)) {
      await logs.remove(taskId)
      await workspace.forget(taskId)
    }
    await journal.forget(streams)
    for (const stream of streams) {
      counters.add('streams_forgotten', idIn(stream, arrayStream) === null ? 'task' : 'array')
      forgotten(stream)
    }
  }

  const removeAll = async (): Promise<void> => {
    let removed = 0
    try {
      while (!closed && settings.journal.retentionMs > 0) {
        const streams = journal.forgettable(clock.now() - settings.journal.retentionMs, batchStreams)
        if (streams.length === 0) break
        await removeBatch(streams)
        removed += streams.length
      }
    } catch (cause) {
      counters.add('retention_failures', toFailure(cause).code)
      logger.warn({ err: cause }, 'ended tasks could not be removed, and are tried again')
    }
    if (removed > 0) logger.info({ streams: removed }, 'ended tasks were removed: they are older than journal.retention_seconds')
  }

  const arm = (ms: number): void => {
    cancel()
    if (closed || settings.journal.retentionMs === 0) return
    cancel = clock.timer(ms, () => {
      working = removeAll()
      void working.then(() => arm(lookMs))
    })
  }

  return {
    reconsider: () => void working.then(() => arm(0)),
    close() {
      closed = true
      cancel()
      return working
    },
  }
}
