import * as z from 'zod'
import { RunnerError } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { pythonFields, pythonSchema } from './python-call.ts'
import { ruleWords } from './rule-words.ts'
import { taskClasses, type TaskClass } from './task-class.ts'
import { assertSafeDocument, nearestName, type DocumentLimits } from './untrusted.ts'

const noNul = (value: string): boolean => !value.includes('\0')
const text = (max: number) => z.string().max(max).refine(noNul, 'must not hold a NUL character')
const word = text(4_096).min(1)
const bytes = z
  .int()
  .min(1)
  .max(2 ** 50)

/** Ids name files, cgroups and containers. `:` is allowed for the ids of existing clients. */
export const taskIdPattern = /^[A-Za-z0-9](?:[A-Za-z0-9_:-]|\.(?!\.)){0,127}$/
/** Tenants and other short names. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit')

const environment = z.record(
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, 'must be an environment variable name: letters, digits and _, not beginning with a digit'),
  text(131_000), // the kernel's limit on one string of execve (MAX_ARG_STRLEN, 128 KiB) less its name
)

const mountSchema = z.strictObject({ host_path: word, mount_path: word, read_only: z.boolean().default(true) })

const resourcesSchema = z.strictObject({
  /** Thousandths of a core. */
  cpu_millicores: z.int().min(1).max(1_024_000).optional(),
  mem_bytes: bytes.optional(),
  gpu_count: z.int().min(0).max(64).optional(),
  gpu_class: text(64).optional(),
  gpu_memory_gb: z.number().positive().max(100_000).optional(),
  /** What a container writes beside its work directory, where the engine's storage driver can limit it. */
  storage_gb: z.number().positive().max(1_000_000).optional(),
  /** Size of a container's /dev/shm. */
  shm_bytes: bytes.optional(),
})

const executionSchema = z.strictObject({
  image: text(512).optional(),
  entrypoint: z.array(word).min(1).max(256).optional(),
  command: z.array(text(131_000)).max(4_096).optional(),
  python: pythonSchema.optional(),
  env: environment.default({}),
  mounts: z.array(mountSchema).max(64).default([]),
  resources: resourcesSchema.default({}),
  timeout_seconds: z.number().positive().max(31_536_000).optional(),
  /** Inside the work directory; where the command starts. */
  working_dir: text(4_096).optional(),
  /** Where a container sees the work directory. */
  container_workdir: text(4_096).optional(),
  secrets: z.array(name).max(256).default([]),
  network: text(64).default('none'),
  /** Runtime of the container engine, such as `runsc`. */
  runtime: text(64).min(1).optional(),
})

/** Fields that other programs have for rights that no task gets here: they are refused as such, not as mistyped. */
const privileges: ReadonlySet<string> = new Set([
  'privileged', 'cap_add', 'capabilities', 'devices', 'device_cgroup_rules', 'security_opt', 'pid', 'pid_mode', 'ipc', 'ipc_mode', 'uts', 'userns',
  'userns_mode', 'cgroupns', 'cgroup_parent', 'sysctls', 'volumes_from', 'network_mode', 'user', 'group_add', 'host_config',
]) // prettier-ignore

const inputSchema = z.strictObject({
  name,
  path: word,
  /** Relative to the work directory. */
  target: word,
  /** What the artifact must have, as its store has it: an archive's own, not of what is in it. */
  checksum: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits in lower case')
    .optional(),
  /** The artifact is an archive, and `target` the directory that its content goes to. */
  unpack: z.boolean().optional(),
  /** The task does not write to it, so that it may share its bytes with other tasks. */
  read_only: z.boolean().optional(),
})
const outputSchema = z.strictObject({
  name,
  /** Relative to the work directory; with `*`, `?` or `**`, every file that matches. */
  path: word,
  type: text(64).optional(),
  destination: word.optional(),
  /** A task that ends well without this output is a failure unless it is optional. */
  optional: z.boolean().default(false),
})

const artifactsSchema = z.strictObject({
  inputs: z.array(inputSchema).max(1_000).default([]),
  outputs: z.array(outputSchema).max(1_000).default([]),
})

const payloadSchema = z.looseObject({
  workflow_id: text(256).optional(),
  tenant: name.default('default'),
  context: z.record(z.string(), z.unknown()).default({}),
  execution: executionSchema,
  artifacts: artifactsSchema.default({ inputs: [], outputs: [] }),
})

const idRule = 'must be 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit, without ".."'
/** The shape of a submission, as its fields say it; `parseSubmission` checks more. */
export const submissionSchema = z.strictObject({
  id: z.string(idRule).regex(taskIdPattern, idRule).optional(),
  class: z.enum(taskClasses).default('cpu_short'),
  payload: payloadSchema,
  priority: z.int().min(-1_000_000).max(1_000_000).default(0),
  workflow_id: text(256).optional(),
})

/** What a client sends; `env-runner submit` and `POST /api/v1/tasks` take the same document. */
export type Submission = z.input<typeof submissionSchema>
export type Execution = z.output<typeof executionSchema>
export type Mount = z.output<typeof mountSchema>
export type InputSpec = z.output<typeof inputSchema>
export type OutputSpec = z.output<typeof outputSchema>

/** Whose task it is, among the tasks of one array. */
export interface ArrayPlace {
  readonly id: string
  /** Unique within the array, from 0. */
  readonly index: number
  /** Tasks of the array that hold a place at once; null: the array has no limit of its own. */
  readonly concurrency: number | null
}

/** A task as it is journalled: every default filled in, nothing of the submission left to interpret. JSON values only. */
export interface TaskSpec {
  readonly id: string
  readonly class: TaskClass
  readonly tenant: string
  readonly workflowId: string | null
  readonly priority: number
  /** Kept for audit and for events; not interpreted. */
  readonly context: JsonObject
  readonly execution: Execution
  readonly artifacts: { readonly inputs: readonly InputSpec[]; readonly outputs: readonly OutputSpec[] }
  /** Absent for a task of its own. */
  readonly array?: ArrayPlace
}

/** Parses a submission from outside and fills in every default; `newId` is asked when the client gave none.
 * All problems that the shape of a document can have are found here; what depends on this host's policy is `src/runner/plan.ts`.
 * @throws RunnerError `INVALID_SPEC`, `INVALID_ID`, `CLASS_UNKNOWN`, `PAYLOAD_TOO_LARGE`, `LIMIT_EXCEEDED` */
export const parseSubmission = (input: unknown, newId: () => string, limits: DocumentLimits): TaskSpec => {
  if (input === undefined) throw noObject()
  assertSafeDocument(input, limits)
  const parsed = submissionSchema.safeParse(withoutEmpty(input))
  if (!parsed.success) throw toRefusal(tellingIssue(parsed.error.issues, input), input)
  const { id, class: taskClass, payload, priority, workflow_id } = parsed.data
  const { execution } = payload
  if (execution.python && [...(execution.entrypoint ?? []), ...(execution.command ?? [])].length > 0)
    throw new RunnerError('INVALID_SPEC', 'there are two things to run: a Python entry point and a command', {
      path: 'payload.execution.python',
      hint: 'Leave out entrypoint and command, or python',
    })
  if (!execution.image && !execution.python && !execution.entrypoint?.length && !execution.command?.length)
    throw new RunnerError('INVALID_SPEC', 'there is nothing to run', {
      path: 'payload.execution.command',
      hint: 'Give a command, such as ["python3", "train.py"]',
    })
  return {
    id: id ?? newId(),
    class: taskClass,
    tenant: payload.tenant,
    workflowId: workflow_id ?? payload.workflow_id ?? null,
    priority,
    context: payload.context as JsonObject,
    execution,
    artifacts: payload.artifacts,
  }
}

/** An empty `id` or `class` is none: clients of protocols without absent strings send those. */
const withoutEmpty = (input: unknown): unknown => {
  if (!isJsonObject(input) || (input['id'] !== '' && input['class'] !== '')) return input
  return Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== '' || (name !== 'id' && name !== 'class')))
}

const hints: Record<string, string> = {
  invalid_type: 'Send the type that is named',
  too_big: 'Use a smaller value',
  too_small: 'Use a larger value',
}

/** A field that is missing because it was mistyped: the unknown one beside it says more. */
const tellingIssue = (issues: readonly z.core.$ZodIssue[], input: unknown): z.core.$ZodIssue => {
  const [first] = issues as [z.core.$ZodIssue]
  const place = first.path.slice(0, -1)
  const beside = issues.find(({ code, path }) => code === 'unrecognized_keys' && path.join('.') === place.join('.'))
  if (beside) return beside
  const payload = isJsonObject(input) ? input['payload'] : undefined
  if (first.path.join('.') !== 'payload.execution' || !isJsonObject(payload) || 'execution' in payload) return first
  // The payload may hold fields of others, so that a near name counts only while execution is missing.
  const mistyped = nearestName('execution', Object.keys(payload))
  return mistyped === undefined ? first : { code: 'unrecognized_keys', keys: [mistyped], path: ['payload'], message: '' }
}

const toRefusal = (issue: z.core.$ZodIssue, input: unknown): RunnerError => {
  const path = issue.path.reduce<string>(
    (joined, part) => (typeof part === 'number' ? `${joined}[${part}]` : joined ? `${joined}.${String(part)}` : String(part)),
    '',
  )
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys
    if (path.startsWith('payload.execution') && privileges.has(key!.toLowerCase()))
      throw new RunnerError('POLICY_PRIVILEGE', `no task may set ${key}`, {
        path: `${path}.${key}`,
        hint: 'Leave it out; see docs/docker.md',
      })
    const near = nearestName(key!, knownKeys(path))
    return new RunnerError('INVALID_SPEC', `the field ${JSON.stringify(key)} is unknown`, {
      path: path ? `${path}.${key}` : key!,
      hint: near ? `Did you mean ${JSON.stringify(near)}?` : `Known here: ${knownKeys(path).join(', ')}`,
    })
  }
  if (path === 'class')
    return new RunnerError('CLASS_UNKNOWN', `there is no class ${JSON.stringify((input as { class?: unknown }).class)}`.slice(0, 200), {
      path,
      hint: `Use one of ${taskClasses.join(', ')}`,
    })
  if (path === 'id') return new RunnerError('INVALID_ID', `the id ${issue.message}`, { path, hint: 'Leave it out to be given one' })
  if (path === '') return noObject()
  const missing = missingType(issue)
  if (missing !== null) return new RunnerError('INVALID_SPEC', `it is missing: ${missing}`, { path, hint: 'Add it; see docs/tasks.md' })
  return new RunnerError('INVALID_SPEC', ruleOf(issue), { path, hint: hints[issue.code] ?? 'See docs/tasks.md' })
}

/** What is expected where there is nothing. */
const missingType = ({ message }: z.core.$ZodIssue): string | null => /^Invalid input: (.*), received undefined$/.exec(message)?.[1] ?? null

const noObject = (): RunnerError =>
  new RunnerError('INVALID_SPEC', 'a submission is a JSON object', {
    path: 'payload',
    hint: 'Send {"payload": {"execution": {"command": […]}}}',
  })

const ruleOf = (given: z.core.$ZodIssue): string => {
  const issue = given.code === 'invalid_key' ? (given.issues[0] ?? given) : given // of the key itself: "invalid key" alone says nothing
  return ruleWords(issue)
}

const knownKeys = (path: string): string[] => {
  if (path === 'payload') return Object.keys(payloadSchema.shape)
  if (path === 'payload.execution') return Object.keys(executionSchema.shape)
  if (path === 'payload.execution.python') return pythonFields
  if (path === 'payload.execution.resources') return Object.keys(resourcesSchema.shape)
  if (path.startsWith('payload.execution.mounts')) return Object.keys(mountSchema.shape)
  if (path === 'payload.artifacts') return Object.keys(artifactsSchema.shape)
  if (path.startsWith('payload.artifacts.inputs')) return Object.keys(inputSchema.shape)
  if (path.startsWith('payload.artifacts.outputs')) return Object.keys(outputSchema.shape)
  return Object.keys(submissionSchema.shape)
}
