import { formatFailure } from '../domain/errors.ts'
import type { TaskRow } from '../ports/journal.ts'

const iso = (at: number): string => new Date(at).toISOString()

/** Where a task stands and why, in sentences: the same with a running engine and from the journal alone. */
export const explainRow = (row: TaskRow): string[] => {
  const about = `${row.id} (${row.class}, priority ${row.priority}) was submitted at ${iso(row.submittedAt)}`
  switch (row.status) {
    case 'pending':
      return [about, 'it waits for a place']
    case 'preparing':
      return [about, `attempt ${row.attempt} is being prepared: its work directory and inputs are made`]
    case 'running':
      return [about, `attempt ${row.attempt} runs${row.startedAt === null ? '' : ` since ${iso(row.startedAt)}`}`, ...ending(row)]
    case 'collecting':
      return [about, `attempt ${row.attempt} has ended; its output is being collected`, ...ending(row)]
    case 'retrying':
      return [about, `attempt ${row.attempt} failed and is tried again`, ...ending(row)]
    case 'completed':
      return [about, `it completed after ${row.attempt} attempt${row.attempt === 1 ? '' : 's'}`]
    case 'failed':
    case 'cancelled':
      return [
        about,
        `it ${row.status === 'failed' ? 'failed' : 'was cancelled'} after ${row.attempt} attempt${row.attempt === 1 ? '' : 's'}`,
        ...why(row),
      ]
  }
}

const ending = ({ failure, cancelReason }: TaskRow): string[] => [
  ...(failure ? [`because: ${formatFailure(failure)}`] : []),
  ...(cancelReason === null ? [] : [`somebody asked for its end: ${cancelReason}`]),
]

const why = ({ result }: TaskRow): string[] => {
  const stderr = result?.collected?.summary.stderrTail.trimEnd() ?? ''
  return [
    ...(result?.failure ? [formatFailure(result.failure)] : []),
    ...(stderr === '' ? [] : [`the end of its stderr: ${stderr.slice(-2_000)}`]),
  ]
}
