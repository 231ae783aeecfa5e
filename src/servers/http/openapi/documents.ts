import * as z from 'zod'
import { arraySubmissionSchema } from '../../../domain/array-spec.ts'
import { errorClass, type ErrorCode } from '../../../domain/errors.ts'
import { publicEventTypes } from '../../../domain/events.ts'
import { taskStatuses } from '../../../domain/result.ts'
import { taskClasses } from '../../../domain/task-class.ts'
import { submissionSchema } from '../../../domain/task-spec.ts'

/** What the routes answer, for the OpenAPI document. A test holds what is really answered against these. */

/** Any JSON value. */
const anyJson = z.unknown()
const time = z.iso.datetime().describe('RFC 3339 in UTC, with milliseconds')
const bytes = z.int().min(0)
const codes = Object.keys(errorClass) as [ErrorCode, ...ErrorCode[]]
const status = z.enum(taskStatuses)
const ended = z.enum(['completed', 'failed', 'cancelled'])
const output = z.strictObject({
  name: z.string(),
  path: z.string().describe('Where it is now: a URI'),
  type: z.string(),
  size_bytes: bytes,
  checksum: z.string().describe('`sha256:` and 64 hexadecimal digits'),
})
const logs = z.strictObject({
  stdout_path: z.string().nullable(),
  stderr_path: z.string().nullable(),
  stdout_bytes: bytes,
  stderr_bytes: bytes,
  stdout_tail: z.string(),
  stderr_tail: z.string(),
})
const metrics = z.record(z.string(), z.number())

export const problem = z
  .looseObject({
    status: z.int().min(400).max(599),
    code: z.enum(codes),
    detail: z.string().describe('A sentence'),
    path: z.string().optional().describe('Which part of the request it is about'),
    hint: z.string().optional().describe('What to do'),
  })
  .describe('RFC 9457; the codes stand in docs/errors.md')

export const result = z
  .strictObject({
    id: z.string(),
    class: z.enum(taskClasses),
    status: ended,
    exit_code: z.int().nullable(),
    signal: z.string().nullable(),
    attempts: z.int(),
    submitted_at: time,
    started_at: time.nullable(),
    completed_at: time,
    image: z.looseObject({}).nullable().describe('What the last attempt ran in; null without a container'),
    result: z.strictObject({ latency_ms: z.number(), outputs: z.array(output), metrics }),
    runner_output: anyJson.describe('The last result that the task printed'),
    logs_url: z.string().nullable(),
    logs,
    error_code: z.enum(codes).nullable(),
    error: z.string().nullable().describe('Code, sentence, exit code and the end of stderr'),
  })
  .describe('How a task ended')

export const task = z
  .looseObject({
    id: z.string(),
    class: z.enum(taskClasses),
    tenant: z.string(),
    workflow_id: z.string().nullable(),
    array_id: z.string().nullable(),
    array_index: z.int().nullable(),
    priority: z.int(),
    status,
    why: z.string().nullable().describe('Why it waits, is tried again, or did not succeed'),
    attempt: z.int().describe('0 before the first'),
    progress: anyJson,
    submitted_at: time,
    started_at: time.nullable(),
    completed_at: time.nullable(),
    cancel_reason: z.string().nullable(),
    result: result.nullable(),
    error_code: z.enum(codes).nullable(),
    error: z.string().nullable(),
  })
  .describe('A task as it is now')

export const taskList = z.strictObject({
  tasks: z.array(task),
  next: z.string().nullable().describe('The `after` of the next page; null when there is none'),
})

export const array = z
  .strictObject({
    id: z.string(),
    class: z.enum(taskClasses),
    tenant: z.string(),
    workflow_id: z.string().nullable(),
    count: z.int(),
    concurrency: z.int().nullable().describe('Tasks that hold a place at once; null: no limit of its own'),
    rerun_of: z.string().nullable().describe('The array whose tasks these are again'),
    submitted_at: time,
    tasks: z.record(status, z.int()).describe('How many tasks are in each state'),
    ended: z.boolean(),
  })
  .describe('N tasks from one template, called `<id>.<index>`')

const event = z.strictObject({ type: z.enum(publicEventTypes), data: z.record(z.string(), anyJson) })
export const taskEvents = z.strictObject({
  events: z.array(
    z.strictObject({
      position: z.int(),
      seq: z.int(),
      at: z.int().describe('Unix milliseconds'),
      type: z.string(),
      data: anyJson,
      state: anyJson,
      public: z.array(event),
    }),
  ),
  next: z.int().nullable().describe('The `from_seq` of the next page; null when there is none'),
})

export const envelope = z
  .strictObject({ type: z.enum(publicEventTypes), timestamp: time, source: z.string(), data: z.record(z.string(), anyJson) })
  .describe('The `data` of one server-sent event; its `event` is the type, its `id` the position in the journal')

export const explanation = z.strictObject({ id: z.string(), status, explain: z.array(z.string()) })

export const logLine = z
  .strictObject({
    offset: bytes.describe('Of the first byte, in the stream'),
    stream: z.enum(['stdout', 'stderr']),
    attempt: z.int(),
    time: time.nullable(),
    line: z.string().optional(),
    partial: z.literal(true).optional(),
    gap: z.int().optional().describe('Bytes that were given back, from `offset` on'),
  })
  .describe('One line of `application/x-ndjson`')

export const execution = z
  .strictObject({
    ...result.shape,
    embeddings: z.array(z.never()),
    latency_ms: z.number(),
    metadata: z.strictObject({
      status: ended,
      exit_code: z.int().nullable(),
      duration_ms: z.number(),
      tenant: z.string(),
      workflow_id: z.string().nullable(),
      result: z.strictObject({
        outputs: z.array(output),
        metrics: z.looseObject({ wall_clock_ms: z.number(), task_class: z.enum(taskClasses) }),
        outputs_summary: z.record(z.string(), anyJson).describe('Small JSON outputs, parsed, by file name'),
      }),
      logs,
      progress: z.array(
        z.strictObject({
          status,
          timestamp: time,
          progress: z.number().nullable().describe('Percent'),
          step: z.string().optional(),
          message: z.string().optional(),
        }),
      ),
      working_dir: z.string().nullable(),
      runner_output: anyJson,
    }),
  })
  .describe('How a task ended, as the orchestrator reads it')

export const hardware = z.strictObject({
  hostname: z.string(),
  cpu: z.strictObject({ cores: z.number(), millicores: z.int() }),
  memory: z.strictObject({ total_bytes: bytes }),
  accelerators: z.array(z.looseObject({})),
})

export const readiness = z
  .strictObject({
    status: z.enum(['ready', 'not ready']),
    why: z.string().nullable(),
    missing: z.array(
      z.strictObject({
        what: z.string(),
        why: z.string(),
        required: z.boolean().describe('No task is accepted without it'),
      }),
    ),
    runner_id: z.string(),
    state: z.string(),
    tasks: z.record(status, z.int()).optional(),
    places: z.record(z.string(), z.strictObject({ used: z.int(), total: z.int(), waiting: z.int() })).optional(),
  })
  .describe('Counts are told to known callers alone')

export const audit = z
  .strictObject({
    ok: z.boolean().describe('Nothing contradicts any armed invariant, and everything could be looked at'),
    at: time.nullable(),
    took_ms: z.number(),
    failure: z.string().nullable().describe('Why it could not look'),
    invariants: z.array(
      z.strictObject({
        name: z.string(),
        says: z.string(),
        armed: z.boolean(),
        holds: z.boolean().nullable().describe('null: nobody watches it here'),
        violations: z.array(z.string()),
      }),
    ),
  })
  .describe('What an audit has found')

export const runner = z
  .strictObject({
    runner_id: z.string(),
    version: z.string(),
    state: z.enum(['idle', 'recovering', 'accepting', 'paused', 'draining', 'stopped']),
    tasks: z.record(status, z.int()).describe('How many tasks are in each state'),
    places: z.record(z.string(), z.strictObject({ used: z.int(), total: z.int(), waiting: z.int() })).describe('By class'),
    trouble: z.string().nullable().describe('Why the journal cannot be written, and new tasks are refused'),
    last_position: z.int().describe('Of the last record of the journal'),
  })
  .describe('A runner as it is now; of a tenant, its tasks alone')

export const alive = z.strictObject({ status: z.literal('ok') })
export const healthy = z.strictObject({ status: z.literal('healthy') })
export const cancellation = z.strictObject({ reason: z.string().max(1_000).optional() })
export const arraySubmission = arraySubmissionSchema.describe(
  'A task document with `count` or `items`; docs/tasks.md says what each field means',
)
export const submission = submissionSchema.describe('A task to run; docs/tasks.md says what each field means')

/** By their names in the document. */
export const components: Readonly<Record<string, z.ZodType>> = {
  Problem: problem,
  Submission: submission,
  Task: task,
  TaskList: taskList,
  ArraySubmission: arraySubmission,
  Array: array,
  Result: result,
  TaskEvents: taskEvents,
  EventEnvelope: envelope,
  Explanation: explanation,
  LogLine: logLine,
  Execution: execution,
  Hardware: hardware,
  Runner: runner,
  Audit: audit,
  Readiness: readiness,
}
