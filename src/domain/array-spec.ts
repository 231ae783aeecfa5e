import * as z from 'zod'
import { RunnerError } from './errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { ruleWords } from './rule-words.ts'
import { parseSubmission, submissionSchema, taskIdPattern, type TaskSpec } from './task-spec.ts'
import { assertSafeDocument, type DocumentLimits } from './untrusted.ts'

/** Tasks of one array. */
export const arrayTasksMax = 10_000
/** Characters of JSON that the tasks of one array have together, each written out. */
export const arrayUnitsMax = 64 * 2 ** 20

/** N tasks from one template, as they are journalled: every default filled in. JSON values only. */
export interface ArraySpec {
  readonly id: string
  /** What its tasks have in common, with the placeholders still in it. Its id is the array's. */
  readonly template: TaskSpec
  readonly count: number
  /** The index of each task; null: 0 to `count` − 1. A rerun has those of the tasks that it repeats. */
  readonly indexes: readonly number[] | null
  /** What `{item}` stands for, one per task; null: the template has none. */
  readonly items: readonly string[] | null
  /** Tasks that hold a place at once; null: no limit of its own. */
  readonly concurrency: number | null
  /** The array whose tasks these are again. */
  readonly rerunOf: string | null
}

const fieldsSchema = z.object({
  count: z.int().min(1).max(arrayTasksMax).optional(),
  items: z
    .array(z.string().refine((value) => !value.includes('\0'), 'must not hold a NUL character'))
    .min(1)
    .max(arrayTasksMax)
    .optional(),
  concurrency: z.int().min(0).max(arrayTasksMax).default(0),
})

/** The shape of what a client sends: a task document, which is the template, and what makes it an array. */
export const arraySubmissionSchema = z.strictObject({ ...submissionSchema.shape, ...fieldsSchema.shape })
export type ArraySubmission = z.input<typeof arraySubmissionSchema>

/** Parses an array from outside; `newId` is asked when the client gave none. What `{index}` and `{item}` make of the template is not looked at yet: see `checkedTask`.
 * @throws RunnerError `INVALID_SPEC`, `INVALID_ID`, `CLASS_UNKNOWN`, `PAYLOAD_TOO_LARGE`, `LIMIT_EXCEEDED` */
export const parseArray = (input: unknown, newId: () => string, limits: DocumentLimits): ArraySpec => {
  if (!isJsonObject(input)) throw refusal('', 'an array is a JSON object', 'Send a task document with "count" or "items"')
  assertSafeDocument(input, limits)
  const { count, items, concurrency, ...template } = input
  const parsed = fieldsSchema.safeParse(withoutUndefined({ count, items, concurrency }))
  if (!parsed.success) {
    const [issue] = parsed.error.issues as [z.core.$ZodIssue]
    const [field, place] = issue.path
    throw refusal(place === undefined ? String(field) : `${String(field)}[${String(place)}]`, ruleWords(issue), 'See docs/tasks.md')
  }
  const spec = parseSubmission(template, newId, limits)
  assertArrayId(spec.id)
  const fields = parsed.data
  const size = fields.count ?? fields.items?.length
  if (size === undefined) throw refusal('count', 'it is missing: the number of tasks, unless items give it', 'Give count or items')
  if (fields.items && fields.items.length !== size)
    throw refusal('items', `there are ${fields.items.length} items for ${size} tasks`, 'Leave count out, or give one item per task')
  return {
    id: spec.id,
    template: spec,
    count: size,
    indexes: null,
    items: fields.items ?? null,
    concurrency: fields.concurrency === 0 ? null : fields.concurrency,
    rerunOf: null,
  }
}

/** Ids of arrays: short enough for the ids of their tasks. @throws RunnerError `INVALID_ID` */
export const assertArrayId = (id: string, path = 'id'): void => {
  if (!taskIdPattern.test(`${id}.${arrayTasksMax - 1}`))
    throw new RunnerError('INVALID_ID', 'the id of an array must be 1 to 123 of A-Z a-z 0-9 . _ : -, as a task id, not ending with "."', {
      path,
      hint: 'Leave it out to be given one',
    })
}

/** The refusal of an id under which the caller has no array: the same words whether nobody has one, or another tenant. */
export const unknownArray = (id: string): RunnerError =>
  new RunnerError('NOT_FOUND', `there is no array ${JSON.stringify(id.slice(0, 128))}`, {
    path: 'id',
    hint: 'An array goes by the id that its submission was answered with',
  })

export const indexAt = ({ indexes }: Pick<ArraySpec, 'indexes'>, place: number): number => indexes?.[place] ?? place
export const arrayTaskId = (arrayId: string, index: number): string => `${arrayId}.${index}`
/** The array that a task of this id would belong to; null when no array names its tasks so. */
export const arrayOfTaskId = (taskId: string): string | null => /^(.+)\.(?:0|[1-9]\d{0,3})$/.exec(taskId)?.[1] ?? null

/** One task of the array, `{index}` and `{item}` put in.
 * @param place 0 to `count` − 1
 * @throws RunnerError `INVALID_SPEC` when the template has `{item}` and the array no items */
export const taskOfArray = (array: ArraySpec, place: number): TaskSpec => {
  const index = indexAt(array, place)
  const fill = filling(index, array.items?.[place] ?? null)
  const { template, concurrency } = array
  const { execution, artifacts } = template
  const { entrypoint, command, python, env } = execution
  return {
    ...template,
    id: arrayTaskId(array.id, index),
    execution: {
      ...execution,
      ...(entrypoint && { entrypoint: entrypoint.map(fill) }),
      ...(command && { command: command.map(fill) }),
      ...(python && { python: { ...python, args: deeply(python.args as JsonObject, fill) as JsonObject } }),
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
    },
    artifacts: {
      inputs: artifacts.inputs.map((input) => ({ ...input, path: fill(input.path), target: fill(input.target) })),
      outputs: artifacts.outputs.map((output) => ({
        ...output,
        path: fill(output.path),
        ...(output.destination !== undefined && { destination: fill(output.destination) }),
      })),
    },
    array: { id: array.id, index, concurrency },
  }
}

/** The same, held against every rule for tasks: what was put in may have broken one.
 * @throws RunnerError as `parseSubmission` does, naming the task */
export const checkedTask = (array: ArraySpec, place: number, limits: DocumentLimits): TaskSpec => {
  const spec = taskOfArray(array, place)
  const { id, class: taskClass, priority, workflowId, tenant, context, execution, artifacts } = spec
  const document = { id, class: taskClass, priority, payload: { tenant, context, execution, artifacts } }
  parseSubmission(workflowId === null ? document : { ...document, workflow_id: workflowId }, () => id, limits)
  return spec
}

/** `{index}` and `{item}`; doubled braces keep the words themselves. All other braces are the command's own business. */
const placeholders = /\{\{(index|item)\}\}|\{(index|item)\}/g

const filling =
  (index: number, item: string | null) =>
  (text: string): string =>
    text.replace(placeholders, (_, kept?: string, name?: string) => {
      if (kept !== undefined) return `{${kept}}`
      if (name === 'index') return String(index)
      if (item !== null) return item
      throw refusal('items', 'the template has {item}, and there are no items', 'Give items, or write {{item}} for the word itself')
    })

const deeply = (value: Json, fill: (text: string) => string): Json => {
  if (typeof value === 'string') return fill(value)
  if (Array.isArray(value)) return value.map((child: Json) => deeply(child, fill))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, deeply(child, fill)]))
}

const withoutUndefined = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const refusal = (path: string, message: string, hint: string): RunnerError => new RunnerError('INVALID_SPEC', message, { path, hint })
