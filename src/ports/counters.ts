/** Counts of what would otherwise pass unseen: events dropped, retries, refusals, defects. Each has a label that tells which. */
export interface Counters {
  add(name: CounterName, label: string): void
  /** A copy: name, label, count. */
  read(): Readonly<Record<string, Readonly<Record<string, number>>>>
}

export type CounterName =
  /** An event that changed nothing, by its type: late attempts, second answers. */
  | 'events_ignored'
  /** A submission that was refused, by code. */
  | 'submissions_refused'
  /** An attempt that is tried again, by code. */
  | 'attempts_retried'
  /** A task that ended, by status. */
  | 'tasks_ended'
  /** Remains outside that no task owns, by kind. */
  | 'leftovers_found'
  /** Remains that could not be removed yet, by code. */
  | 'leftovers_kept'
  /** Something threw that never should: by place. */
  | 'defects'
