import { Counter, Gauge, type Registry } from 'prom-client'
import { taskStatuses } from '../domain/result.ts'
import type { Clock } from '../ports/clock.ts'
import type { CounterName, Counters } from '../ports/counters.ts'
import type { Runner } from '../runner/api.ts'
import { createAuditMetrics } from './audit-metrics.ts'

/** Where numbers come from that are asked for when somebody reads them. */
export interface Facts {
  readonly version: string
  /** Such as `v24.1.0`. */
  readonly nodeVersion: string
  readonly clock: Clock
  readonly counters: Counters
  /** Unix milliseconds; null when no task is pending. */
  oldestPendingAt(): number | null
  /** Of the journal's files together. */
  journalBytes(): Promise<number>
  /** The file system of the data directory; free is what this user may still write. */
  disk(): Promise<{ readonly freeBytes: number; readonly sizeBytes: number }>
}

/** What of a runner is told. */
export type WatchedRunner = Pick<Runner, 'status' | 'auditReport'>

/** Numbers that are true at one moment. */
export interface FactMetrics {
  /** Asks every source. Never rejects: the numbers of a source that fails are left out, and the failure is counted. */
  refresh(): Promise<void>
  watch(runner: WatchedRunner): void
}

const runnerStates = ['idle', 'recovering', 'accepting', 'paused', 'draining', 'stopped'] as const

/** @param active names of the attempts that run, by mode */
export const createFactMetrics = (registry: Registry, facts: Facts, active: ReadonlyMap<string, ReadonlySet<string>>): FactMetrics => {
  const registers = [registry]
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name: `env_runner_${name}`, help, labelNames, registers })

  gauge('build_info', 'Always 1; which program this is.', ['version', 'node']).set({ version: facts.version, node: facts.nodeVersion }, 1)
  const state = gauge('state', 'What the runner does: 1 for the state that it is in, 0 for the others.', ['state'])
  const tasks = gauge('tasks', 'Tasks in the journal, by status.', ['status'])
  const waiting = gauge('queue_depth', 'Tasks that wait for a place, between two attempts too.', ['class'])
  const oldest = gauge('queue_oldest_seconds', 'Since when the oldest pending task waits; 0 when none is pending.')
  const used = gauge('places_used', 'Places that tasks hold.', ['class'])
  const places = gauge('places', 'Places that there are.', ['class'])
  const attempts = gauge(
    'attempts_active',
    'Attempts that run, launched or found again by this process: native processes, docker containers.',
    ['mode'],
  )
  const writable = gauge('journal_writable', '1 when the last commit went well; 0 while new tasks are refused because it did not.')
  const journalBytes = gauge('journal_bytes', 'Size of the journal with its write-ahead log.')
  const free = gauge('data_disk_free_bytes', 'What may still be written to the file system of the data directory.')
  const size = gauge('data_disk_size_bytes', 'Size of the file system of the data directory.')
  const counted = createCounted(registry)
  const unread = new Counter({
    name: 'env_runner_metrics_unread_total',
    help: 'Times that a source of numbers could not be read, by source; they are then missing.',
    labelNames: ['source'],
    registers,
  })

  const audit = createAuditMetrics(registry)
  let runner: WatchedRunner | null = null
  const refreshers: Record<string, { readonly gauges: readonly Gauge[]; read(): unknown }> = {
    status: {
      gauges: [state, tasks, waiting, used, places, writable] as Gauge[],
      read() {
        const status = runner?.status()
        if (!status) return
        for (const name of runnerStates) state.set({ state: name }, name === status.state ? 1 : 0)
        for (const name of taskStatuses) tasks.set({ status: name }, status.tasks[name])
        for (const [name, place] of Object.entries(status.places)) {
          waiting.set({ class: name }, place.waiting)
          used.set({ class: name }, place.used)
          places.set({ class: name }, place.total)
        }
        writable.set(status.journalTrouble === null ? 1 : 0)
      },
    },
    audit: { gauges: audit.gauges, read: () => runner && audit.set(runner.auditReport()) },
    queue: {
      gauges: [oldest] as Gauge[],
      read() {
        const since = facts.oldestPendingAt()
        oldest.set(since === null ? 0 : Math.max(0, facts.clock.now() - since) / 1_000)
      },
    },
    journal: { gauges: [journalBytes] as Gauge[], read: async () => journalBytes.set(await facts.journalBytes()) },
    disk: {
      gauges: [free, size] as Gauge[],
      async read() {
        const { freeBytes, sizeBytes } = await facts.disk()
        free.set(freeBytes)
        size.set(sizeBytes)
      },
    },
    attempts: {
      gauges: [attempts] as Gauge[],
      read() {
        for (const [mode, running] of active) attempts.set({ mode }, running.size)
      },
    },
    counters: { gauges: [], read: () => counted(facts.counters) },
  }

  const refresh = async (source: string): Promise<void> => {
    const { gauges, read } = refreshers[source]!
    try {
      await read()
    } catch {
      gauges.forEach(forget) // an old number would be a lie
      unread.inc({ source })
    }
  }

  return {
    refresh: async () => void (await Promise.all(Object.keys(refreshers).map(refresh))),
    watch: (watched) => void (runner = watched),
  }
}

const forget = (gauge: Gauge): void => {
  gauge.reset() // with labels: all of them
  gauge.remove({}) // without: its one value, which `reset` makes a 0
}

/** Of `Counters`, what no record of the journal tells: name there, then name, label and meaning here. */
const counterMetrics: readonly (readonly [of: CounterName, name: string, label: string, help: string])[] = [
  ['submissions_refused', 'submissions_refused_total', 'code', 'Submissions that were refused, by code.'],
  ['events_ignored', 'events_ignored_total', 'event', 'Events of tasks that changed nothing: late attempts, second answers.'],
  ['leftovers_found', 'leftovers_found_total', 'kind', 'Remains outside that no task owned when the runner started, by kind.'],
  ['leftovers_kept', 'leftovers_kept_total', 'code', 'Times that remains could not be removed yet, by code.'],
  ['streams_forgotten', 'journal_forgotten_total', 'kind', 'Ended tasks and arrays that retention has removed, by kind.'],
  ['retention_failures', 'journal_retention_failures_total', 'code', 'Removals of ended tasks that failed, by code; they are tried again.'],
  ['defects', 'defects_total', 'place', 'Something threw that never should, and was contained: by place.'],
]

const createCounted = (registry: Registry): ((counters: Counters) => void) => {
  const metrics = counterMetrics.map(([of, name, label, help]) => {
    const counter = new Counter({ name: `env_runner_${name}`, help, labelNames: [label], registers: [registry] })
    return { of, label, counter }
  })
  return (counters) => {
    const counts = counters.read()
    for (const { of, label, counter } of metrics) {
      counter.reset()
      for (const [value, count] of Object.entries(counts[of] ?? {})) counter.inc({ [label]: value }, count)
    }
  }
}
