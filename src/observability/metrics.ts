import { Registry } from 'prom-client'
import { endedStatuses, taskStatuses, type TaskStatus } from '../domain/result.ts'
import type { ExecutionPlan } from '../domain/plan.ts'
import type { Executor } from '../ports/executor.ts'
import type { Journal } from '../ports/journal.ts'
import { createFactMetrics, type Facts, type WatchedRunner } from './fact-metrics.ts'
import { createJournalMetrics, meterJournal } from './journal-metrics.ts'
import { meterExecutor } from './meter-executor.ts'
import { processMetrics } from './process-metrics.ts'
import { createServerMetrics, type ServerMetrics } from './server-metrics.ts'
import { createTaskMetrics } from './task-metrics.ts'

export { streamKinds, type GrpcObservation, type HttpObservation, type StreamKind } from './server-metrics.ts'

/** The numbers of one runner. Two runners of a process share nothing but the numbers of the process itself. */
export interface Metrics extends ServerMetrics {
  /** Everything in Prometheus's text format. Never rejects: what cannot be asked is left out, and counted. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>
  /** The numbers that agents ask for by gRPC (contracts §1), of the tasks that the caller may see. Always has `tasks_tracked_total`,
   * `tasks_pending`, `tasks_running` (anything between its first place and its end), `tasks_completed` and `tasks_failed` (cancelled ones too). */
  values(tasks: Readonly<Record<TaskStatus, number>>): Record<string, number>
}

/** The same for whoever composes a runner: what is to be measured is passed through here. */
export interface RunnerMetrics extends Metrics {
  /** The journal with its commits timed; what they say about tasks is counted once it is durable. */
  journal(journal: Journal): Journal
  /** An executor whose attempts count as active. */
  executor(mode: ExecutionPlan['mode'], executor: Executor): Executor
  /** From now on the runner's own state is told. */
  watch(runner: WatchedRunner): void
}

/** @param registry of this runner alone: never the library's global one */
export const createMetrics = (facts: Facts, registry: Registry = new Registry()): RunnerMetrics => {
  const tasks = createTaskMetrics(registry)
  const commits = createJournalMetrics(registry)
  const servers = createServerMetrics(registry)
  const active = new Map<ExecutionPlan['mode'], ReadonlySet<string>>()
  const current = createFactMetrics(registry, facts, active)
  return {
    ...servers,
    async text() {
      await current.refresh()
      const [own, ofProcess] = await Promise.all([registry.metrics(), processMetrics().metrics()])
      return { contentType: registry.contentType, body: `${own}\n${ofProcess}` }
    },
    values: agentValues,
    journal: (journal) => meterJournal(journal, facts.clock, commits, (entry) => tasks.committed(entry)),
    executor(mode, executor) {
      const running = new Set<string>()
      active.set(mode, running)
      return meterExecutor(executor, running)
    },
    watch: (runner) => current.watch(runner),
  }
}

const agentValues = (tasks: Readonly<Record<TaskStatus, number>>): Record<string, number> => {
  const sum = (statuses: readonly TaskStatus[]): number => statuses.reduce((total, status) => total + tasks[status], 0)
  return {
    tasks_tracked_total: sum(taskStatuses),
    tasks_pending: tasks.pending,
    tasks_running: sum(taskStatuses.filter((status) => status !== 'pending' && !endedStatuses.has(status))),
    tasks_completed: tasks.completed,
    tasks_failed: tasks.failed + tasks.cancelled,
  }
}
