import { Counter, Histogram, type Registry } from 'prom-client'
import { endedStatuses } from '../domain/result.ts'
import { taskClasses } from '../domain/task-class.ts'
import type { JournalEntry } from '../ports/journal.ts'

/** What becomes of tasks, read off the journal's entries as they become durable. */
export interface TaskMetrics {
  /** Called once for each entry, in order. */
  committed(entry: JournalEntry): void
}

/** From tasks that print a line to the ceilings of the classes, 60 s and 15 min, and a little beyond, in seconds. */
const runBuckets = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300, 600, 900, 1_800]
/** A line that is empty is passed in milliseconds; one that is not, in up to a day. */
const waitBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400]

export const createTaskMetrics = (registry: Registry): TaskMetrics => {
  const registers = [registry]
  const submitted = new Counter({
    name: 'env_runner_tasks_submitted_total',
    help: 'Tasks that were accepted.',
    labelNames: ['class'],
    registers,
  })
  const ended = new Counter({
    name: 'env_runner_tasks_ended_total',
    help: 'Tasks that ended, by outcome (completed, failed, cancelled) and the code of their failure (none for those that completed).',
    labelNames: ['class', 'outcome', 'code'],
    registers,
  })
  const retried = new Counter({
    name: 'env_runner_attempts_retried_total',
    help: 'Attempts that failed and are tried again, by code.',
    labelNames: ['class', 'code'],
    registers,
  })
  const duration = new Histogram({
    name: 'env_runner_task_duration_seconds',
    help: 'Run time of the last attempt of tasks that ended, launch to exit; tasks that were never launched are not in it.',
    labelNames: ['class', 'outcome'],
    buckets: runBuckets,
    registers,
  })
  const queueWait = new Histogram({
    name: 'env_runner_queue_wait_seconds',
    help: 'From the submission of a task to its first place.',
    labelNames: ['class'],
    buckets: waitBuckets,
    registers,
  })
  const launchDelay = new Histogram({
    name: 'env_runner_task_launch_delay_seconds',
    help: 'From the submission of a task to the launch of its first attempt: waiting, inputs and image included.',
    labelNames: ['class'],
    buckets: waitBuckets,
    registers,
  })
  // A rate over a counter that is not there yet misses its first step.
  for (const name of taskClasses) {
    submitted.inc({ class: name }, 0)
    ended.inc({ class: name, outcome: 'completed', code: 'none' }, 0)
  }

  return {
    committed({ record, row }) {
      if (row === null || record.type === 'task.progressed') return
      const { class: taskClass, status, submittedAt } = row
      const sinceSubmission = (record.at - submittedAt) / 1_000
      if (record.type === 'task.submitted') submitted.inc({ class: taskClass })
      else if (record.type === 'task.admit' && row.attempt === 1) queueWait.observe({ class: taskClass }, sinceSubmission)
      else if (record.type === 'attempt.launched' && row.attempt === 1) launchDelay.observe({ class: taskClass }, sinceSubmission)
      if (record.public.some(({ type }) => type === 'task_retrying')) retried.inc({ class: taskClass, code: row.failure?.code ?? 'none' })
      if (!endedStatuses.has(status)) return
      ended.inc({ class: taskClass, outcome: status, code: row.result?.failure?.code ?? 'none' })
      if (row.startedAt !== null) duration.observe({ class: taskClass, outcome: status }, (row.result?.latencyMs ?? 0) / 1_000)
    },
  }
}
