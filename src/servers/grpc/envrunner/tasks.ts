import { RunnerError } from '../../../domain/errors.ts'
import type { TaskFilter, TaskRow } from '../../../ports/journal.ts'
import type { Runner } from '../../../runner/api.ts'
import { endsWithin } from '../../../runner/await-end.ts'
import type { Calls } from '../calls.ts'
import type { TaskServiceHandlers } from '../generated/envrunner/v1/TaskService.ts'
import type { GrpcServerOptions } from '../options.ts'
import { logChunks } from './logs.ts'
import { cancelRequest, listRequest, logsRequest, parseRequest, waitRequest, watchRequest } from './requests.ts'
import { submissionOf, submitting } from './submission.ts'
import { createTaskMessages } from './task-message.ts'
import { taskUpdates } from './watch.ts'
import { wireState } from './words.ts'

/** `envrunner.v1.TaskService` over a runner. */
export const taskService = (calls: Calls, { clock, httpBase }: GrpcServerOptions): TaskServiceHandlers => {
  const messages = createTaskMessages(httpBase)
  return {
    SubmitTask: calls.unary(({ spec, ...request }, { runner }) =>
      submitting('spec', async () => {
        const task = await runner.submit(submissionOf(request, 'spec', spec))
        return { task: messages.explained(runner, task.status()), created: task.created }
      }),
    ),
    GetTask: calls.unary(({ id }, { runner }) => messages.explained(runner, runner.task(id).status())),
    ListTasks: calls.unary((request, { runner }) => {
      const { states, task_class, tenant, workflow_id, array_id, page_size, page_token } = parseRequest(listRequest, request)
      const filter = {
        ...(states.length > 0 && { status: states }),
        ...(task_class !== undefined && { class: task_class }),
        ...(tenant !== '' && { tenant }),
        ...(workflow_id !== '' && { workflowId: workflow_id }),
        ...(array_id !== '' && { arrayId: array_id }),
      }
      const { rows, next } = pageOf(runner, filter, page_size, page_token)
      return { tasks: rows.map((row) => messages.of(row)), next_page_token: next }
    }),
    CancelTask: calls.unary(async (request, { runner }) => {
      const { id, reason } = parseRequest(cancelRequest, request)
      return messages.explained(runner, await runner.task(id).cancel(reason))
    }),
    WaitTask: calls.held('wait', async (request, { runner, signal }) => {
      const { id, timeout_seconds: timeout } = parseRequest(waitRequest, request)
      const task = runner.task(id)
      await endsWithin(task, timeout === undefined ? null : timeout * 1_000, clock, signal)
      return messages.explained(runner, task.status())
    }),
    WatchTasks: calls.stream('watch', (request, { runner, signal }) => {
      const { ids, after_position: after } = parseRequest(watchRequest, request)
      return taskUpdates(runner, messages, { ids, after }, signal)
    }),
    ReadLogs: calls.stream('logs', (request, { runner, signal }) => logChunks(runner, parseRequest(logsRequest, request), signal)),
    ExplainTask: calls.unary(({ id }, { runner }) => ({
      id,
      state: wireState(runner.task(id).status().status),
      sentences: runner.explain(id).map((sentence) => sentence.toWellFormed()),
    })),
  }
}

/** A page ends early when its results are so large: clients take messages of 4 MiB unless they were told otherwise. */
const pageBytesMax = 3 * 2 ** 20

/** The tasks behind `token`, newest first, and the token of the page after; empty on the last one. */
const pageOf = (
  runner: Runner,
  filter: Omit<TaskFilter, 'limit' | 'after'>,
  size: number,
  token: string,
): { readonly rows: TaskRow[]; readonly next: string } => {
  if (token !== '') assertKnown(runner, token)
  const found = runner.list({ ...filter, limit: size, ...(token !== '' && { after: token }) })
  let bytes = 0
  const tooLarge = found.findIndex((row, index) => (bytes += bytesOf(row)) > pageBytesMax && index > 0)
  const rows = tooLarge === -1 ? found : found.slice(0, tooLarge)
  const last = rows.at(-1)?.id ?? ''
  const hasMore = tooLarge !== -1 || (rows.length === size && runner.list({ ...filter, limit: 1, after: last }).length > 0)
  return { rows, next: hasMore ? last : '' }
}

/** A token is the id of the last task of the page before. @throws RunnerError `NOT_FOUND` */
const assertKnown = (runner: Runner, token: string): void => {
  try {
    runner.task(token)
  } catch (cause) {
    if (!(cause instanceof RunnerError && cause.code === 'NOT_FOUND')) throw cause
    throw new RunnerError('NOT_FOUND', 'no page begins there', {
      path: 'page_token',
      hint: 'Send the next_page_token of the page before',
      cause,
    })
  }
}

/** About what a row takes in a message. Its stderr stands there twice: in the error, too. */
const bytesOf = ({ result }: TaskRow): number =>
  512 + (result === null ? 0 : Buffer.byteLength(JSON.stringify(result)) + Buffer.byteLength(result.collected?.summary.stderrTail ?? ''))
