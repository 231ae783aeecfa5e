import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import { endedStatuses } from '../../domain/result.ts'
import type { TaskFilter, TaskRow } from '../../ports/journal.ts'
import type { Runner, Task } from '../../runner/api.ts'
import { endsWithin } from '../../runner/await-end.ts'
import { recordDocument, resultDocument, taskDocument } from '../../runner/task-document.ts'
import { runnerOf } from './identity.ts'
import { assertBody } from './json-body.ts'
import { linksOf } from './links.ts'
import type { OpenAnswers } from './open-answers.ts'
import type { HttpServerOptions } from './options.ts'
import { eventsQuery, listQuery, noQuery, parseQuery, parseTaskId, submitQuery } from './query.ts'

/** Submit, look, list, cancel, history. */
export const registerTaskRoutes = (app: FastifyInstance, { clock }: HttpServerOptions, answers: OpenAnswers): void => {
  app.post('/api/v1/tasks', async (request, reply) => {
    const { wait, timeout_seconds: timeout } = parseQuery(submitQuery, request.query)
    assertBody(request.body)
    const runner = runnerOf(request)
    const gone = wait ? answers.hold('wait', reply) : null
    const task = await runner.submit(request.body)
    void reply.header('location', `/api/v1/tasks/${task.id}`)
    if (!gone) return reply.code(task.created ? 201 : 200).send(documentOf(request, runner, task.status()))
    return answerAtEnd(task, timeout, gone, request, reply)
  })

  app.get('/api/v1/tasks', async (request) => {
    const { status, class: taskClass, tenant, workflow_id: workflowId, array: arrayId, limit, after } = parseQuery(listQuery, request.query)
    const runner = runnerOf(request)
    if (after !== undefined) runner.task(after)
    const filter: TaskFilter = {
      limit,
      ...(status && { status }),
      ...(taskClass && { class: taskClass }),
      ...(tenant !== undefined && { tenant }),
      ...(workflowId !== undefined && { workflowId }),
      ...(arrayId !== undefined && { arrayId }),
      ...(after !== undefined && { after }),
    }
    const rows = runner.list(filter)
    return {
      tasks: rows.map((row) => taskDocument(row, linksOf(request, runner, row))),
      next: rows.length === limit ? rows.at(-1)!.id : null,
    }
  })

  app.get('/api/v1/tasks/:id', async (request, reply) => {
    const runner = runnerOf(request)
    const task = runner.task(parseTaskId(request.params))
    const { wait, timeout_seconds: timeout } = parseQuery(submitQuery, request.query)
    if (!wait) return documentOf(request, runner, task.status())
    return answerAtEnd(task, timeout, answers.hold('wait', reply), request, reply)
  })

  app.post('/api/v1/tasks/:id/cancel', async (request, reply) => {
    const runner = runnerOf(request)
    const task = runner.task(parseTaskId(request.params))
    parseQuery(noQuery, request.query)
    return reply.code(202).send(documentOf(request, runner, await task.cancel(reasonOf(request.body))))
  })

  app.get('/api/v1/tasks/:id/events', async (request) => {
    const id = parseTaskId(request.params)
    const { from_seq: fromSeq, limit } = parseQuery(eventsQuery, request.query)
    const records = runnerOf(request).history(id, fromSeq)
    const page = records.slice(0, limit)
    return { events: page.map(recordDocument), next: records.length > limit ? page.at(-1)!.seq + 1 : null }
  })

  app.get('/api/v1/tasks/:id/explain', async (request) => {
    const id = parseTaskId(request.params)
    parseQuery(noQuery, request.query)
    const runner = runnerOf(request)
    return { id, status: runner.task(id).status().status, explain: runner.explain(id) }
  })

  /** The runner result once the task has ended, whatever its outcome; the task as it is when the time is over before. */
  const answerAtEnd = async (
    task: Task,
    timeoutSeconds: number | undefined,
    gone: AbortSignal,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const ended = await endsWithin(task, timeoutSeconds === undefined ? null : timeoutSeconds * 1_000, clock, gone)
    const row = task.status()
    const runner = runnerOf(request)
    return ended ? reply.send(resultDocument(row, linksOf(request, runner, row))) : reply.code(202).send(documentOf(request, runner, row))
  }
}

const documentOf = (request: FastifyRequest, runner: Runner, row: TaskRow) =>
  taskDocument(row, linksOf(request, runner, row), endedStatuses.has(row.status) ? null : runner.explain(row.id).join('. ') || null)

const reasonOf = (body: unknown): string | undefined => {
  if (body === undefined || body === null) return undefined
  const { reason, ...rest } = body as { reason?: unknown }
  if (typeof body !== 'object' || Array.isArray(body) || Object.keys(rest).length > 0)
    throw new RunnerError('INVALID_SPEC', 'a cancellation takes a reason and nothing else', {
      path: 'body',
      hint: 'Send {"reason": "…"} or no body',
    })
  if (reason === undefined) return undefined
  if (typeof reason !== 'string' || reason.length > 1_000)
    throw new RunnerError('INVALID_SPEC', 'the reason is a text of at most 1000 characters', { path: 'reason', hint: 'Shorten it' })
  return reason
}
