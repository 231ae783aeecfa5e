import * as z from 'zod'
import { classTimeoutSeconds } from '../domain/task-class.ts'
import { addressPattern } from './address.ts'

/** What the reference says of a key beside its type: `unit` and, where the default is worked out at start, `derived`. */
export interface KeyMeta {
  readonly description: string
  readonly unit?: string
  /** The default in words, when it depends on the host. */
  readonly derived?: string
  /** It names a place of ours: a relative one is resolved where it was given. */
  readonly isLocation?: boolean
}

const year = 31_536_000
const MiB = 2 ** 20

const seconds = (description: string, max = year) => z.number().min(0.001).max(max).meta({ description, unit: 's' })
const milliseconds = (description: string) => z.int().min(0).max(86_400_000).meta({ description, unit: 'ms' })
const bytes = (description: string, min: number, max: number) => z.int().min(min).max(max).meta({ description, unit: 'bytes' })
const count = (description: string, min: number, max: number) => z.int().min(min).max(max).meta({ description })
const path = () =>
  z
    .string()
    .max(4_096)
    .regex(/^\/[^\0]*$/, 'must be an absolute path')
/** A path of ours: relative to the directory of the file that holds it, elsewhere to the current directory. */
const location = () =>
  z
    .string()
    .max(4_096)
    .min(1, 'must not be empty')
    .regex(/^[^\0]*$/, 'must not hold a NUL character')
    .regex(/^(?!~)/, 'must be written out: ~ is not expanded here; for a name that begins so, write ./~')
const relativeTo = 'A relative path is resolved against the directory of the file that holds it, else against the current directory.'
const address = () => z.string().regex(addressPattern, 'must be HOST:PORT, such as 127.0.0.1:8083 or [::1]:0')

const executionClass = (name: 'cpu_short' | 'cpu_long', concurrency: string) =>
  z.strictObject({
    timeout_seconds: seconds('Default and ceiling of the run time of one attempt.').default(classTimeoutSeconds[name]),
    concurrency: z
      .int()
      .min(0)
      .max(100_000)
      .meta({ description: 'Tasks of the class that hold a place at once; 0 admits none.', derived: concurrency })
      .optional(),
    queue_timeout_seconds: seconds('Longest wait for a place; then the task fails with TIMEOUT_QUEUE.').default(86_400),
  })

/** Every key of the configuration: its type, bounds, default, unit and meaning. The reference in docs/configuration.md is generated from here. */
export const configSchema = z.strictObject({
  data_dir: location()
    .meta({
      description: `Journal, work directories, kept outputs and the socket. One process holds it at a time. ${relativeTo}`,
      isLocation: true,
      derived: '`/var/lib/env-runner` for root, else `$XDG_STATE_HOME/env-runner` (`~/.local/state/env-runner`)',
    })
    .optional(),
  runner: z.strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit')
      .meta({ description: 'How this runner calls itself in events.', derived: "the host's name" })
      .optional(),
  }),
  http: z.strictObject({
    listen: address()
      .meta({
        description:
          'Where `serve` listens, HOST:PORT; port 0 is any free one, printed at start. There is no authentication yet: keep it on loopback.',
      })
      .default('127.0.0.1:8083'),
    also: z.array(address()).max(16).meta({ description: 'More addresses for the same routes, such as 127.0.0.1:9097.' }).default([]),
  }),
  classes: z.strictObject({
    cpu_short: executionClass('cpu_short', '4 per core: short tasks mostly start, wait and end'),
    cpu_long: executionClass('cpu_long', '1 per core: long tasks compute'),
  }),
  native: z.strictObject({
    sandbox: z
      .enum(['bubblewrap', 'none'])
      .meta({
        description:
          '`bubblewrap` isolates every task, and tasks are refused where it is missing; `none` runs them with the rights of the runner.',
      })
      .default('bubblewrap'),
    oversubscribe: z
      .boolean()
      .meta({ description: 'Admit tasks that ask for more CPU and memory, together, than the host has.' })
      .default(false),
    uid_base: z
      .int()
      .min(1)
      .max(4_026_531_837)
      .meta({ description: 'First of the 2^28 user ids of tenants when the runner is root: a task never runs as root.' })
      .default(1_000_000_000),
    processes_max: count('Processes and threads of one task.', 1, 4_194_304).default(1_024),
    open_files_max: count('Open files of one process of a task.', 16, 1_048_576).default(4_096),
  }),
  policy: z.strictObject({
    allowed_mounts: z
      .array(path())
      .max(1_000)
      .meta({ description: 'Host directories that tasks may mount; they, and what lies below.' })
      .default([]),
    allowed_networks: z
      .array(z.string().min(1).max(64))
      .max(100)
      .meta({ description: "Networks that tasks may ask for; `host` is the host's own. No network (`none`) is always allowed." })
      .default([]),
    allowed_paths: z
      .array(path())
      .max(1_000)
      .meta({ description: 'Host directories that input and output artifacts (`file:`) may lie in.' })
      .default([]),
  }),
  retry: z.strictObject({
    attempts: count('Attempts in all, the first included; 1 is no retry. Only transient codes are tried again.', 1, 100).default(3),
    base_ms: milliseconds('Pause before the second attempt.').default(1_000),
    factor: z.number().min(1).max(100).meta({ description: 'Each further pause is this many times the one before.' }).default(2),
    cap_ms: milliseconds('Longest pause.').default(60_000),
    jitter: z.number().min(0).max(1).meta({ description: 'Share of a pause that is left to chance, 0 to 1.' }).default(0.2),
  }),
  timeouts: z.strictObject({
    prepare_seconds: seconds('Work directory and inputs of an attempt.').default(300),
    stop_seconds: seconds('Beyond the grace period: until nothing of the attempt runs any more.').default(30),
    collect_seconds: seconds('Logs read to their end and outputs stored.').default(300),
    total_seconds: seconds('From submission to the end, waiting and retries included.').default(604_800),
    grace_seconds: z.number().min(0).max(86_400).meta({ description: 'Between TERM and KILL.', unit: 's' }).default(10),
    drain_seconds: z
      .number()
      .min(0)
      .max(year)
      .meta({ description: 'How long a drain waits for running tasks; then they are left to the next process.', unit: 's' })
      .default(60),
  }),
  logs: z.strictObject({
    dir: location()
      .meta({
        description: `Log files of tasks. ${relativeTo}`,
        isLocation: true,
        derived: '`/var/log/env-runner` for root with the default data_dir, else `logs` below data_dir',
      })
      .optional(),
    max_bytes: bytes('Kept of each stream of an attempt; beyond it the middle is given back.', 65_536, 2 ** 50).default(64 * MiB),
    tail_bytes: bytes('Of the end of each stream, in a result.', 0, MiB).default(8_192),
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .meta({ description: "Of the runner's own log on stderr." })
      .default('info'),
  }),
  limits: z.strictObject({
    payload_bytes: bytes('Largest submission.', 1_024, 256 * MiB).default(MiB),
    payload_depth: count('Deepest nesting of a submission.', 8, 1_000).default(64),
    uncommitted_bytes: bytes('Submissions wait while this much is applied and not yet on disk.', 65_536, 2 ** 32).default(16 * MiB),
  }),
})

type Given = z.output<typeof configSchema>

/** The effective configuration: every key has its value, except what only the host's cores decide. */
export interface Config extends Given {
  readonly data_dir: string
  readonly runner: { readonly id: string }
  readonly logs: Given['logs'] & { readonly dir: string }
}

type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined } : T

/** A configuration given by code: any of the keys, nested as in the file. */
export type PartialConfigObject = DeepPartial<Given>
