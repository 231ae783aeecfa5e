import * as z from 'zod'
import { parseImageReference } from '../domain/image-reference.ts'
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

const isImageReference = (text: string): boolean => {
  try {
    parseImageReference(text)
    return true
  } catch {
    return false
  }
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
        description: 'Where `serve` listens for HTTP, HOST:PORT; port 0 is any free one, printed at start.',
      })
      .default('127.0.0.1:8083'),
    also: z.array(address()).max(16).meta({ description: 'More addresses for the same routes, such as 127.0.0.1:9097.' }).default([]),
    streams_max: count(
      'Answers held open at once over all connections: event streams, followed logs, calls that wait for a task. Further ones are refused with TOO_MANY_STREAMS.',
      1,
      1_000_000,
    ).default(10_000),
  }),
  grpc: z.strictObject({
    listen: address()
      .meta({ description: 'Where `serve` listens for gRPC, every service of it; port 0 is any free one, printed at start.' })
      .default('127.0.0.1:9098'),
    also: z.array(address()).max(16).meta({ description: 'More addresses for the same services.' }).default([]),
    streams_per_connection_max: count('Calls that one connection may have open; further ones wait in the client.', 1, 100_000).default(
      4_096,
    ),
    streams_max: count('Streams open at once over all connections; further ones are refused with TOO_MANY_STREAMS.', 1, 1_000_000).default(
      10_000,
    ),
    idle_seconds: seconds(
      'A connection without a call is asked whether it still lives after so long, and ended when it does not answer.',
      86_400,
    ).default(60),
  }),
  tls: z.strictObject({
    cert_file: location()
      .meta({
        description: `Certificate chain (PEM) of the HTTP and gRPC addresses. ${relativeTo}`,
        isLocation: true,
        derived: 'none: no TLS',
      })
      .optional(),
    key_file: location()
      .meta({ description: `Its private key (PEM). ${relativeTo}`, isLocation: true, derived: 'none' })
      .optional(),
    client_ca_file: location()
      .meta({
        description: `Authorities (PEM) whose client certificates identify callers; which of them may do what stands in auth.tokens_file. ${relativeTo}`,
        isLocation: true,
        derived: 'none: clients show tokens',
      })
      .optional(),
  }),
  auth: z.strictObject({
    tokens_file: location()
      .meta({
        description: `Who may call, by token (hashed) or client certificate, with tenant, role and expiry; read again when it changes. ${relativeTo}`,
        isLocation: true,
        derived: 'none: loopback alone, see auth.allow_loopback',
      })
      .optional(),
    allow_loopback: z
      .boolean()
      .meta({
        description: 'Calls over loopback without credentials are served as every tenant, with every right.',
        derived: '`true` while auth.tokens_file is not set, else `false`',
      })
      .optional(),
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
    classes: z
      .array(z.enum(['cpu_short', 'cpu_long']))
      .max(2)
      .meta({
        description:
          'Classes whose tasks run natively when they name no image. Tasks of the others need an image, or `docker.default_image`.',
      })
      .default(['cpu_short']),
  }),
  docker: z.strictObject({
    enabled: z
      .boolean()
      .meta({ description: 'Run tasks in containers. Where it is false, a task with an image is refused.' })
      .default(true),
    host: z
      .string()
      .regex(/^(unix:\/\/\/[^\0]+|tcp:\/\/[^\0/]+)$/, 'must be unix:///PATH or tcp://HOST:PORT')
      .meta({
        description: 'The engine. It must see the same file system as the runner: work directories are mounted into containers.',
        derived: '`DOCKER_HOST`, else `unix:///var/run/docker.sock`',
      })
      .optional(),
    tls_dir: location()
      .meta({
        description: `Directory with ca.pem, cert.pem and key.pem for an engine behind TLS. ${relativeTo}`,
        isLocation: true,
        derived: '`DOCKER_CERT_PATH` where `DOCKER_TLS_VERIFY` is set, else no TLS',
      })
      .optional(),
    call_seconds: seconds('Longest wait for an answer of the engine to one call.', 3_600).default(30),
    unavailable_seconds: seconds(
      'How long a task waits for an engine that does not answer, before the attempt fails with ENGINE_UNAVAILABLE.',
    ).default(60),
    default_image: z
      .string()
      .refine(isImageReference, 'must name an image, such as python:3.12')
      .meta({ description: 'For tasks that name no image and may not run natively.', derived: 'none: such tasks are refused' })
      .optional(),
    pull: z
      .enum(['missing', 'always', 'never'])
      .meta({
        description:
          'When an image is pulled: if the host has none of that name, before every attempt, or not at all. One named by digest is pulled once.',
      })
      .default('missing'),
    pull_stall_seconds: seconds(
      'A pull that makes no progress for so long is given up (transient). Its total is bounded by timeouts.prepare_seconds.',
    ).default(60),
    auth_file: location()
      .meta({
        description: `Registry credentials in the format of Docker's config.json (\`auths\`). ${relativeTo}`,
        isLocation: true,
        derived: '`$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`, if it is there',
      })
      .optional(),
    disk_high_percent: count(
      'Use of the disk with the images from which on images that this runner pulled are removed, least recently used first; 100: never.',
      1,
      100,
    ).default(85),
    disk_low_percent: count('Removal goes on until the disk is used no more than this.', 0, 100).default(75),
    cpu_millicores: count('CPU of a container whose task asks for none, in thousandths of a core.', 10, 1_024_000).default(1_000),
    mem_bytes: bytes('Memory of a container whose task asks for none.', 6 * MiB, 2 ** 50).default(1_024 * MiB),
    shm_bytes_max: bytes('Ceiling of the /dev/shm that a task may ask for.', MiB, 2 ** 50).default(1_024 * MiB),
    tmp_bytes: bytes('Size of the /tmp of a container; it counts against its memory.', MiB, 2 ** 50).default(256 * MiB),
    processes_max: count('Processes and threads of one container.', 1, 4_194_304).default(1_024),
    open_files_max: count('Open files of one process of a container.', 16, 1_048_576).default(4_096),
    read_only_root: z
      .boolean()
      .meta({ description: "The image's own files cannot be changed; /tmp and the work directory can." })
      .default(true),
    user: z
      .enum(['tenant', 'image'])
      .meta({
        description: "Who a task is in its container: its tenant's user, or whom the image names. `image` lets images run as root inside.",
      })
      .default('tenant'),
  }),
  policy: z.strictObject({
    allowed_mounts: z
      .array(path())
      .max(1_000)
      .meta({
        description:
          'Host directories that tasks may mount; they, and what lies below. Never what holds or lies in `data_dir` or `logs.dir`, nor what holds the socket of an engine.',
      })
      .default([]),
    allowed_networks: z
      .array(z.string().min(1).max(64))
      .max(100)
      .meta({
        description:
          "Networks that tasks may ask for; `host` is the host's own, another name is a network of the Docker engine, for containers. No network (`none`) is always allowed.",
      })
      .default([]),
    allowed_images: z
      .array(z.string().min(1).max(512))
      .max(1_000)
      .meta({
        description:
          'Images that tasks may name: `*` stands for anything but `/`, `**` for anything; `NAME@sha256:…` allows one digest. A pattern without a registry means docker.io, `**` alone means every image.',
      })
      .default(['**']),
    allowed_runtimes: z
      .array(z.string().min(1).max(64))
      .max(100)
      .meta({
        description: "Runtimes of the engine that tasks may ask for, such as `runsc` or `kata`. The engine's default is always allowed.",
      })
      .default([]),
    allowed_paths: z
      .array(path())
      .max(1_000)
      .meta({ description: 'Host directories that input and output artifacts (`file:`) may lie in.' })
      .default([]),
  }),
  artifacts: z.strictObject({
    input_bytes_max: bytes('Largest input; an archive as it is stored.', 1, 2 ** 50).default(16_384 * MiB),
    unpacked_bytes_max: bytes('What one archive may unpack to.', 1, 2 ** 50).default(16_384 * MiB),
    unpacked_files_max: count('Files and directories that one archive may unpack to.', 1, 10_000_000).default(100_000),
    cache_bytes_max: bytes('Inputs kept for the next task that wants them; least recently used first out.', 0, 2 ** 50).default(
      32_768 * MiB,
    ),
    cache_high_percent: count('Use of the disk from which on the cache gives up inputs; 100: never for the disk.', 1, 100).default(85),
    cache_low_percent: count('The cache gives up inputs until the disk is used no more than this.', 0, 100).default(75),
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
        description: `Log files of tasks, and the runner's own. ${relativeTo}`,
        isLocation: true,
        derived: '`/var/log/env-runner` for root with the default data_dir, else `logs` below data_dir',
      })
      .optional(),
    max_bytes: bytes('Kept of each stream of an attempt; beyond it the middle is given back.', 65_536, 2 ** 50).default(64 * MiB),
    tail_bytes: bytes('Of the end of each stream, in a result.', 0, MiB).default(8_192),
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .meta({ description: "Of the runner's own log, on stderr and in `env-runner.log` in `logs.dir`." })
      .default('info'),
    file_bytes_max: bytes('`env-runner.log` is put aside before it grows beyond this.', 4_096, 2 ** 50).default(64 * MiB),
    file_seconds_max: seconds('It is put aside, too, when it was begun so long ago.').default(86_400),
    files_max: count(
      'Files of that log in all: `env-runner.log`, then `.1`, the youngest that was put aside, and so on.',
      1,
      1_000,
    ).default(5),
  }),
  journal: z.strictObject({
    retention_seconds: z
      .number()
      .min(0)
      .max(100 * year)
      .meta({
        description:
          'How long a task that has ended is kept, with its log files and the outputs kept with it; an array until this is so for all of its tasks. 0 keeps everything.',
        unit: 's',
      })
      .default(2_592_000),
  }),
  audit: z.strictObject({
    interval_seconds: z
      .number()
      .min(0)
      .max(86_400)
      .meta({
        description:
          'How often the running runner compares journal, places and buffers with what there is outside. What two looks in a row find is told, and what nobody owns removed. 0: only when it is asked.',
        unit: 's',
      })
      .default(10),
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
