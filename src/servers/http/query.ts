import * as z from 'zod'
import { RunnerError } from '../../domain/errors.ts'
import { publicEventTypes } from '../../domain/events.ts'
import { ruleWords } from '../../domain/rule-words.ts'
import { taskStatuses } from '../../domain/result.ts'
import { taskClasses } from '../../domain/task-class.ts'
import { taskIdPattern } from '../../domain/task-spec.ts'
import { nearestName } from '../../domain/untrusted.ts'
import { parseCursor } from './event-stream.ts'

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .transform((text) => text !== 'false' && text !== '0')
  .meta({ type: 'boolean' })
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most })
/** One or more words, comma-separated. */
const someOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(words)))
    .meta({ type: 'array', items: { type: 'string', enum: [...words] } })
const taskId = z.string().regex(taskIdPattern, 'is not a task id')

export const submitQuery = z.strictObject({
  wait: flag.describe('Answer when the task has ended').default(false),
  timeout_seconds: z
    .string()
    .regex(/^\d{1,8}(?:\.\d{1,3})?$/, 'must be a number of seconds')
    .transform(Number)
    .meta({ type: 'number', description: 'With `wait`: seconds after which the answer is 202' })
    .optional(),
})
export const listQuery = z.strictObject({
  status: someOf(taskStatuses).optional(),
  class: z.enum(taskClasses).optional(),
  tenant: z.string().min(1).max(64).optional(),
  workflow_id: z.string().min(1).max(256).optional(),
  array: taskId.describe('Tasks of this array').optional(),
  limit: whole(1, 1_000).default(100),
  after: taskId.describe('The `next` of the page before').optional(),
})
export const logsQuery = z.strictObject({
  stream: z.enum(['stdout', 'stderr', 'all']).default('all'),
  follow: flag.describe('Go on until the task has ended').default(false),
  attempt: whole(1, 1_000_000).describe('The last one, if not given').optional(),
  offset: whole(0, Number.MAX_SAFE_INTEGER).describe('Of the first byte wanted').optional(),
})
export const eventsQuery = z.strictObject({
  from_seq: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: whole(1, 10_000).default(1_000),
})
export const eventStreamQuery = z.strictObject({
  type: someOf(publicEventTypes).optional(),
  since: z
    .union([z.string().regex(/^\d{1,11}(?:\.\d{1,3})?$/), z.iso.datetime({ offset: true })], 'must be Unix seconds or an RFC 3339 time')
    .transform((text) => (/^[\d.]+$/.test(text) ? Math.round(Number(text) * 1_000) : Date.parse(text))) // Unix milliseconds
    .describe('Unix seconds or RFC 3339, inclusive')
    .optional(),
  after: z
    .string()
    .transform(parseCursor)
    .refine((cursor) => cursor !== null, 'is no id of an event')
    .transform((cursor) => cursor!)
    .describe('The `id` of the last event that the client has, where it cannot send `Last-Event-ID`')
    .optional(),
})
export const noQuery = z.strictObject({})

/** How a caller spells parameters, for messages. */
export interface ParameterStyle {
  readonly spell: (name: string) => string
  readonly see: string
}
const inQuery: ParameterStyle = { spell: (name) => `query.${name}`, see: 'See docs/http.md' }

/** Parameters given as text, by their schema; unknown and repeated ones are refused, so that a mistyped filter never means "everything".
 * @throws RunnerError `INVALID_SPEC` */
export const parseQuery = <Schema extends z.ZodObject>(schema: Schema, query: unknown, style = inQuery): z.output<Schema> => {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const known = Object.keys(schema.shape)
  if (issue.code === 'unrecognized_keys') {
    const near = nearestName(issue.keys[0]!, known)
    throw new RunnerError('INVALID_SPEC', `the parameter ${JSON.stringify(issue.keys[0]).slice(0, 80)} is unknown`, {
      path: style.spell(issue.keys[0]!.slice(0, 80)),
      hint: near ? `Did you mean ${near}?` : known.length > 0 ? `Known here: ${known.join(', ')}` : 'This call takes none',
    })
  }
  throw new RunnerError('INVALID_SPEC', ruleWords(issue), {
    path: style.spell(String(issue.path[0])),
    hint: style.see,
  })
}

/** The `{id}` of a path. @throws RunnerError `INVALID_ID` */
export const parseTaskId = (params: unknown): string => {
  const { id } = params as { id: string }
  if (taskIdPattern.test(id)) return id
  throw new RunnerError('INVALID_ID', `${JSON.stringify(id.slice(0, 200))} is not a task id`, {
    path: 'id',
    hint: 'Ids are 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit, without ".."',
  })
}
