import type { SnapshotFrom } from 'xstate'
import type { taskMachine } from '../../machines/task/task.machine.ts'
import { failure } from '../domain/errors.ts'
import { endedStatuses, type Collected, type TaskResult, type TaskStatus } from '../domain/result.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { TaskRow } from '../ports/journal.ts'
import type { Draft } from './commit-log.ts'

export type TaskSnapshot = SnapshotFrom<typeof taskMachine>

/** The word that clients see: the outermost state. */
export const statusOf = (snapshot: TaskSnapshot): TaskStatus =>
  (typeof snapshot.value === 'string' ? snapshot.value : Object.keys(snapshot.value)[0]) as TaskStatus

/** A task's row when it was just accepted. */
export const firstRow = (spec: TaskSpec, specDigest: string, at: number): TaskRow => ({
  id: spec.id,
  specDigest,
  class: spec.class,
  tenant: spec.tenant,
  workflowId: spec.workflowId,
  array: spec.array ?? null,
  priority: spec.priority,
  cpuMillicores: spec.execution.resources.cpu_millicores ?? 0,
  memoryBytes: spec.execution.resources.mem_bytes ?? 0,
  status: 'pending',
  placed: false,
  attempt: 0,
  submittedAt: at,
  startedAt: null,
  completedAt: null,
  failure: null,
  cancelReason: null,
  result: null,
  progress: null,
})

/** The row after one more record. Pure: a replay of the records gives the same rows. */
export const nextRow = (row: TaskRow, draft: Pick<Draft, 'at' | 'type' | 'data'>, snapshot: TaskSnapshot, spec: TaskSpec): TaskRow => {
  const { context } = snapshot
  const status = statusOf(snapshot)
  const ended = endedStatuses.has(status)
  const startedAt = draft.type === 'attempt.launched' ? draft.at : row.startedAt
  return {
    ...row,
    status,
    placed: snapshot.hasTag('placed'),
    attempt: context.attempt,
    startedAt,
    completedAt: ended ? draft.at : null,
    failure: context.failure,
    cancelReason: context.cancelReason,
    progress: draft.type === 'task.progressed' ? (draft.data['progress'] ?? null) : row.progress,
    result: ended ? resultOf(row, draft, snapshot, spec, startedAt) : null,
  }
}

const resultOf = (
  row: TaskRow,
  draft: Pick<Draft, 'at' | 'type' | 'data'>,
  { context, value }: TaskSnapshot,
  spec: TaskSpec,
  startedAt: number | null,
): TaskResult => ({
  id: row.id,
  status: value as TaskResult['status'],
  exit: context.exit,
  image: context.image,
  failure: value === 'cancelled' ? failure('CANCELLED', context.cancelReason ?? 'cancelled') : context.failure,
  attempts: context.attempt,
  submittedAt: row.submittedAt,
  startedAt,
  completedAt: draft.at,
  latencyMs: context.runMs,
  collected: draft.type === 'attempt.collected' ? (draft.data['collected'] as unknown as Collected) : null,
  context: spec.context,
})
