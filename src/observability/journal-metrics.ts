import { Counter, Histogram, type Registry } from 'prom-client'
import type { Clock } from '../ports/clock.ts'
import type { Journal, JournalEntry } from '../ports/journal.ts'

/** What commits cost. */
export interface JournalMetrics {
  committed(entries: number, seconds: number): void
  failed(): void
}

export const createJournalMetrics = (registry: Registry): JournalMetrics => {
  const registers = [registry]
  const commits = new Histogram({
    name: 'env_runner_journal_commit_seconds',
    help: 'Time of one commit of the journal that went well: many records, one fsync.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const records = new Counter({ name: 'env_runner_journal_records_total', help: 'Records that became durable.', registers })
  const failures = new Counter({
    name: 'env_runner_journal_commit_failures_total',
    help: 'Commits that failed; each is tried again until it goes well.',
    registers,
  })
  return {
    committed(entries, seconds) {
      commits.observe(seconds)
      records.inc(entries)
    },
    failed: () => failures.inc(),
  }
}

/** A journal that tells of each commit, after it, and of each entry that became durable by it. Everything else is the journal's own. */
export const meterJournal = (
  journal: Journal,
  clock: Pick<Clock, 'monotonic'>,
  metrics: JournalMetrics,
  durable: (entry: JournalEntry) => void,
): Journal => ({
  ...journal,
  async append(entries) {
    const begunAt = clock.monotonic()
    try {
      await journal.append(entries)
    } catch (cause) {
      metrics.failed()
      throw cause
    }
    metrics.committed(entries.length, (clock.monotonic() - begunAt) / 1_000)
    entries.forEach(durable)
  },
})
