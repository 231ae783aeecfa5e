/** Counts of what leaves no record in the journal and would otherwise pass unseen: events dropped, refusals, defects. Each has a label that tells which. */
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
  /** Remains outside that no task owns, by kind. */
  | 'leftovers_found'
  /** Remains that could not be removed yet, by code. */
  | 'leftovers_kept'
  /** A stream that retention has removed, by kind. */
  | 'streams_forgotten'
  /** A removal of ended streams that failed, by code; it is tried again. */
  | 'retention_failures'
  /** Something threw that never should: by place. */
  | 'defects'
