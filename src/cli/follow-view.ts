import type { TaskRow } from '../ports/journal.ts'
import type { LogOptions, LogPiece } from '../runner/api.ts'
import { createListeners } from '../runner/listeners.ts'
import { readLogs } from '../runner/log-reader.ts'
import type { JournalView } from './journal-view.ts'

/** How often a follower looks whether the task's state has changed; its output is watched by the log store. A look takes some 20 µs. */
const lookMs = 100

/** Reads a task's logs from the files, beside the task's runner or without one. */
export async function* followView(view: JournalView, id: string, options: LogOptions): AsyncGenerator<LogPiece, void> {
  const listeners = createListeners()
  let row: TaskRow = view.row(id)
  const look = (): void => {
    const { status, attempt } = row
    row = view.row(id)
    if (row.status !== status || row.attempt !== attempt) listeners.notify(id)
  }
  const looking = options.follow === true ? setInterval(look, lookMs) : undefined
  try {
    yield* readLogs({ logs: view.logs, listeners, row: () => row, closed: () => false }, options)
  } finally {
    clearInterval(looking)
  }
}
