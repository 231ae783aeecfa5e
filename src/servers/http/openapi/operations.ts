import type * as z from 'zod'
import { cancelBody, rerunBody } from '../array-routes.ts'
import { eventsQuery, eventStreamQuery, listQuery, logsQuery, submitQuery } from '../query.ts'
import { drainBody } from '../runner-routes.ts'
import * as documents from './documents.ts'

/** An answer of a call; without a schema it is text or bytes. */
export interface AnswerDescription {
  readonly description: string
  readonly type: string
  readonly schema?: z.ZodType
}

/** What a call takes and answers. Refusals are not listed: every call may answer a problem. */
export interface Operation {
  readonly tag: 'tasks' | 'arrays' | 'events' | 'orchestrator' | 'operation'
  readonly summary: string
  readonly description?: string
  readonly query?: z.ZodObject
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean }
  /** Request headers that matter, with what they do. */
  readonly headers?: Readonly<Record<string, string>>
  /** By status. Of several for one status, each has another content type. */
  readonly answers: Readonly<Record<number, readonly AnswerDescription[]>>
}

const json = (description: string, schema: z.ZodType): readonly AnswerDescription[] => [{ description, type: 'application/json', schema }]
const text = (description: string, type = 'text/plain'): AnswerDescription => ({ description, type })
const submission = { schema: documents.submission, required: true }

/** Every call by `METHOD pattern of its route`. A test holds this table against the routes that there are. */
export const operations: Readonly<Record<string, Operation>> = {
  'POST /api/v1/tasks': {
    tag: 'tasks',
    summary: 'Submit a task',
    description:
      'The same id with the same body is the same task. `wait` answers when it has ended, or with 202 when `timeout_seconds` are over.',
    query: submitQuery,
    body: submission,
    answers: {
      200: [...json('The task was known already; with `wait`, its result', documents.task.or(documents.result))],
      201: json('The task was accepted: it is durable', documents.task),
      202: json('It has not ended in time', documents.task),
    },
  },
  'GET /api/v1/tasks': {
    tag: 'tasks',
    summary: 'List tasks, newest first',
    query: listQuery,
    answers: { 200: json('One page', documents.taskList) },
  },
  'GET /api/v1/tasks/:id': {
    tag: 'tasks',
    summary: 'A task',
    query: submitQuery,
    answers: {
      200: json('The task; with `wait`, its result', documents.task.or(documents.result)),
      202: json('It has not ended in time', documents.task),
    },
  },
  'POST /api/v1/tasks/:id/cancel': {
    tag: 'tasks',
    summary: 'Cancel a task',
    description: 'Idempotent; without effect on a task that has ended.',
    body: { schema: documents.cancellation, required: false },
    answers: { 202: json('The wish is on record', documents.task) },
  },
  'GET /api/v1/tasks/:id/events': {
    tag: 'tasks',
    summary: "A task's journal",
    query: eventsQuery,
    answers: { 200: json('One page', documents.taskEvents) },
  },
  'GET /api/v1/tasks/:id/explain': {
    tag: 'tasks',
    summary: 'Why a task waits, or why it failed',
    answers: { 200: json('Sentences', documents.explanation) },
  },
  'GET /api/v1/tasks/:id/logs': {
    tag: 'tasks',
    summary: 'What a task printed',
    query: logsQuery,
    headers: {
      Range: 'One range of bytes, of one stream of one attempt that is not followed',
      Accept: '`application/x-ndjson` for lines as documents',
    },
    answers: {
      200: [
        text('Bytes as they were printed'),
        { description: 'One document per line', type: 'application/x-ndjson', schema: documents.logLine },
      ],
      206: [text('A range of bytes')],
    },
  },
  'POST /api/v1/arrays': {
    tag: 'arrays',
    summary: 'Submit an array: N tasks from one template',
    description:
      'All of them or none. `{index}` and `{item}` in strings of the template are replaced. The same id with the same body is the same array.',
    body: { schema: documents.arraySubmission, required: true },
    answers: { 200: json('The array was known already', documents.array), 201: json('Every task of it is durable', documents.array) },
  },
  'GET /api/v1/arrays/:id': { tag: 'arrays', summary: 'An array', answers: { 200: json('As it is now', documents.array) } },
  'POST /api/v1/arrays/:id/rerun': {
    tag: 'arrays',
    summary: 'Run the tasks that failed or were cancelled again, as a new array',
    body: { schema: rerunBody, required: false },
    answers: { 200: json('That rerun was known already', documents.array), 201: json('Every task of it is durable', documents.array) },
  },
  'POST /api/v1/arrays/:id/cancel': {
    tag: 'arrays',
    summary: 'Cancel every task of an array that has not ended',
    body: { schema: cancelBody, required: false },
    answers: { 202: json('The wishes are on record', documents.array) },
  },
  'GET /api/v1/events': {
    tag: 'events',
    summary: 'What happens to all tasks, as server-sent events',
    description:
      'Begins behind `Last-Event-ID`, `after` or at `since`, else now; goes on until the client goes. Each event comes once; every 15 seconds of silence a comment.',
    query: eventStreamQuery,
    headers: { 'Last-Event-ID': 'The `id` of the last event that the client has; comes before `after` and `since`' },
    answers: { 200: [{ description: 'The events', type: 'text/event-stream', schema: documents.envelope }] },
  },
  'POST /tasks/execute': {
    tag: 'orchestrator',
    summary: 'Run a task to its end',
    description:
      'Answers when the task has ended. A client that goes away leaves it running; the same id and body again get its result. Every refusal that would come again is a 400.',
    body: submission,
    answers: { 200: json('It completed', documents.execution), 500: json('It failed or was cancelled', documents.execution) },
  },
  'GET /health': { tag: 'orchestrator', summary: 'The process answers', answers: { 200: json('It does', documents.healthy) } },
  'GET /hardware': { tag: 'orchestrator', summary: 'What this host has', answers: { 200: json('A snapshot', documents.hardware) } },
  'GET /api/v1/runner': { tag: 'operation', summary: 'The runner', answers: { 200: json('As it is now', documents.runner) } },
  'GET /api/v1/audit': {
    tag: 'operation',
    summary: 'Whether the invariants hold now',
    description:
      'Looks twice, a second apart: at journal, places, buffers, and what there is outside. What nobody owns is removed. Wants the role admin of every tenant.',
    answers: { 200: json('Each invariant, and what contradicts it', documents.audit) },
  },
  'POST /api/v1/runner/pause': {
    tag: 'operation',
    summary: 'Begin no further tasks',
    description: 'Tasks are accepted and wait; what runs goes on. Outlives the process. Wants the role admin of every tenant.',
    answers: { 200: json('The runner', documents.runner) },
  },
  'POST /api/v1/runner/resume': {
    tag: 'operation',
    summary: 'Begin tasks again',
    description: 'Wants the role admin of every tenant.',
    answers: { 200: json('The runner', documents.runner) },
  },
  'POST /api/v1/runner/drain': {
    tag: 'operation',
    summary: 'Refuse new tasks, wait for those that run, then end',
    description:
      'After `timeouts.drain_seconds` what still runs is left to the next process. `env-runner serve` ends then. Wants the role admin of every tenant.',
    body: { schema: drainBody, required: false },
    answers: { 202: json('The drain has begun', documents.runner) },
  },
  'GET /healthz': { tag: 'operation', summary: 'The process answers', answers: { 200: json('It does', documents.alive) } },
  'GET /readyz': {
    tag: 'operation',
    summary: 'A task would be accepted now',
    answers: { 200: json('It would', documents.readiness), 503: json('It would not, and why', documents.readiness) },
  },
  'GET /metrics': {
    tag: 'operation',
    summary: 'Metrics for Prometheus',
    answers: { 200: [text("Prometheus's text format")] },
  },
  'GET /api/v1/openapi.json': {
    tag: 'operation',
    summary: 'This document',
    answers: { 200: [text('OpenAPI 3.1', 'application/json')] },
  },
  'GET /api/v1/docs': { tag: 'operation', summary: 'This document as a page', answers: { 200: [text('The page', 'text/html')] } },
}
