import { formatFailure, RunnerError, toFailure } from '../../../domain/errors.ts'
import type { TaskRow } from '../../../ports/journal.ts'
import type { Runner } from '../../../runner/api.ts'
import type { Calls } from '../calls.ts'
import type { OrchestratorServiceHandlers } from '../generated/orchestrator/v1/OrchestratorService.ts'
import type { GrpcServerOptions } from '../options.ts'
import { payloadOf } from './payload.ts'
import { systemEvents } from './system-events.ts'
import { taskResults } from './task-results.ts'
import { wireTask, type WireLinks } from './wire-task.ts'

/** Whether the caller is refused, and not a field of what he sends. */
const isOfCaller = ({ code, path }: RunnerError): boolean =>
  code === 'UNAUTHENTICATED' || (code === 'PERMISSION_DENIED' && path === undefined)

/** Tasks that one stream may list. */
const listedTasksMax = 10_000

/** `orchestrator.v1.OrchestratorService` (contracts §1) over a runner. */
export const orchestratorService = (
  calls: Calls,
  { clock, httpBase, metrics, version }: GrpcServerOptions,
): OrchestratorServiceHandlers => {
  const linksOf =
    (runner: Runner) =>
    ({ id, attempt }: TaskRow): WireLinks => ({ httpBase: httpBase(), logPaths: attempt === 0 ? null : runner.logPaths(id, attempt) })
  const workflows = (): never => {
    throw new RunnerError('NOT_SUPPORTED', 'this version runs tasks, not workflows yet', { hint: 'Submit the steps as tasks' })
  }

  return {
    SubmitTask: calls.unary(async (request, { runner }) => {
      const { id, class: taskClass, payload, priority, workflow_id: workflowId } = request
      try {
        const submission = {
          id,
          class: taskClass,
          payload: payloadOf(payload),
          priority,
          ...(workflowId !== '' && { workflow_id: workflowId }),
        }
        const task = await runner.submit(submission)
        return { success: true, task_id: task.id, error: '' }
      } catch (cause) {
        // A refusal is an answer; who may not submit at all, and what is no refusal but a defect, ends the call.
        if (!(cause instanceof RunnerError) || isOfCaller(cause)) throw cause
        return { success: false, task_id: id, error: formatFailure(toFailure(cause)) }
      }
    }),
    GetTaskStatus: calls.unary(({ task_id: id }, { runner }) => {
      const row = runner.task(id).status()
      const { task_id, status, result, error } = wireTask(row, linksOf(runner)(row))
      return { task_id, status, result, error }
    }),
    StreamTaskResults: calls.stream('results', ({ task_ids: taskIds, include_completed: includeCompleted }, { runner, signal }) => {
      if (taskIds.length > listedTasksMax)
        throw new RunnerError('LIMIT_EXCEEDED', `one stream lists at most ${listedTasksMax} tasks`, {
          path: 'task_ids',
          hint: 'Open several, or list none to follow all',
        })
      return taskResults(runner, { taskIds, includeCompleted }, linksOf(runner), signal)
    }),
    StreamEvents: calls.stream('events', ({ event_types: types, since_timestamp: since }, { runner, signal }) =>
      systemEvents(runner, { types, since }, signal),
    ),
    GetMetrics: calls.unary(({ metric_names: names }, { runner }) => {
      const all = metrics.values(runner.status().tasks)
      const chosen =
        names.length === 0 ? all : Object.fromEntries(names.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name]!]] : [])))
      return { metrics: chosen, timestamp: Math.floor(clock.now() / 1_000) }
    }),
    Health: calls.unary((_request, { runner }) => {
      const { state, journalTrouble } = runner.status()
      return {
        healthy: (state === 'accepting' || state === 'paused') && journalTrouble === null,
        version,
        services: { runner: state, journal: journalTrouble?.message ?? 'ok' },
      }
    }),
    CreateWorkflow: calls.unary(workflows),
    StartWorkflowRun: calls.unary(workflows),
    StreamWorkflowStatus: calls.stream('results', workflows),
  }
}
