import * as z from 'zod'
import { RunnerError } from '../../../domain/errors.ts'
import { ruleWords } from '../../../domain/rule-words.ts'
import type { LogStream } from '../generated/envrunner/v1/LogStream.ts'
import type { TaskState } from '../generated/envrunner/v1/TaskState.ts'
import type { TaskClass } from '../generated/envrunner/v1/TaskClass.ts'
import { classOfWire, statusOfWire } from './words.ts'

/** Tasks that one stream may list: each costs a place in the merge of their records. */
const listedTasksMax = 10_000
const reasonUnitsMax = 1_000

/** A position or an offset: what is larger is no number that can be told exactly. */
const cursor = z.int('must be a whole number below 2^53').min(0, 'must not be negative')
const reason = z
  .string()
  .max(reasonUnitsMax, `must have at most ${reasonUnitsMax} characters`)
  .transform((text) => (text === '' ? undefined : text.toWellFormed()))

/** A value of an enum as its word; one that this version does not know comes as a number. */
const known = <Wire, Word>(wordOf: (value: Wire) => Word | undefined, what: string) =>
  z.custom<Wire>().transform((value, context): Word => {
    const word = wordOf(value)
    if (word === undefined) context.addIssue({ code: 'custom', message: `must be ${what}, not ${String(value)}` })
    return word!
  })

const logStreams = new Map<LogStream, 'stdout' | 'stderr'>([
  ['LOG_STREAM_STDOUT', 'stdout'],
  ['LOG_STREAM_STDERR', 'stderr'],
])

export const listRequest = z.object({
  states: z.array(known((state: TaskState) => statusOfWire(state), 'a state of tasks')),
  task_class: z.union([
    z.literal('TASK_CLASS_UNSPECIFIED').transform(() => undefined),
    known((name: TaskClass) => classOfWire(name), 'a class'),
  ]),
  tenant: z.string(),
  workflow_id: z.string(),
  array_id: z.string(),
  page_size: z
    .int()
    .min(0, 'must be 1 to 1000, or 0 for 100')
    .max(1_000, 'must be 1 to 1000, or 0 for 100')
    .transform((size) => size || 100),
  page_token: z.string(),
})

export const waitRequest = z.object({
  id: z.string(),
  timeout_seconds: z.number('must be a number').min(0, 'must not be negative').max(31_536_000, 'must be at most a year').optional(),
})

export const watchRequest = z.object({
  ids: z.array(z.string()).max(listedTasksMax, `must be at most ${listedTasksMax} tasks`),
  after_position: cursor.optional(),
})

export const logsRequest = z.object({
  id: z.string(),
  streams: z.array(known((stream: LogStream) => logStreams.get(stream), 'stdout or stderr')),
  attempt: z.int().min(0, 'must not be negative'),
  offset: cursor,
  follow: z.boolean(),
})

export const cancelRequest = z.object({ id: z.string(), reason })
export const drainRequest = z.object({ reason })

/** A request by its schema. @throws RunnerError `INVALID_SPEC`, `LIMIT_EXCEEDED` for a list that is too long */
export const parseRequest = <Schema extends z.ZodObject>(schema: Schema, request: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(request)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const path = issue.path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`)).join('')
  const isLongList = issue.code === 'too_big' && issue.origin === 'array'
  throw new RunnerError(isLongList ? 'LIMIT_EXCEEDED' : 'INVALID_SPEC', `it ${ruleWords(issue)}`, { path, hint: 'See docs/grpc.md' })
}
