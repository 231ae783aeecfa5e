/** What a code means for retries: `transient` may succeed when tried again, `permanent` will not. */
export type ErrorClass = 'transient' | 'permanent'

/** Every code that leaves the runner. Stable: clients, metrics and docs/errors.md rely on it; a test keeps that page and this table equal. */
export const errorClass = {
  // A submission or a call is refused; nothing was started.
  INVALID_SPEC: 'permanent',
  INVALID_ID: 'permanent',
  CLASS_UNKNOWN: 'permanent',
  CLASS_UNAVAILABLE: 'permanent',
  NOT_SUPPORTED: 'permanent',
  LIMIT_EXCEEDED: 'permanent',
  PAYLOAD_TOO_LARGE: 'permanent',
  RESOURCES_UNAVAILABLE: 'permanent',
  POLICY_MOUNT: 'permanent',
  POLICY_NETWORK: 'permanent',
  POLICY_ENV: 'permanent',
  POLICY_PATH: 'permanent',
  POLICY_ORIGIN: 'permanent',
  POLICY_IMAGE: 'permanent',
  POLICY_PRIVILEGE: 'permanent',
  UNAUTHENTICATED: 'permanent',
  PERMISSION_DENIED: 'permanent',
  TASK_CONFLICT: 'permanent',
  NOT_FOUND: 'permanent',
  OUT_OF_RANGE: 'permanent',
  DRAINING: 'transient',
  JOURNAL_UNAVAILABLE: 'transient',
  RUNNER_BUSY: 'transient',
  TOO_MANY_STREAMS: 'transient',
  RUNNER_UNREACHABLE: 'transient',
  // The runner cannot start.
  CONFIG_INVALID: 'permanent',
  DATA_DIR_LOCKED: 'permanent',
  DATA_DIR_UNUSABLE: 'permanent',
  BACKUP_UNUSABLE: 'permanent',
  ADDRESS_UNAVAILABLE: 'permanent',
  JOURNAL_NEWER: 'permanent',
  JOURNAL_CORRUPT: 'permanent',
  // An attempt ended without success.
  EXIT_NONZERO: 'permanent',
  KILLED_BY_SIGNAL: 'permanent',
  OUT_OF_MEMORY: 'permanent',
  COMMAND_NOT_FOUND: 'permanent',
  CANCELLED: 'permanent',
  TIMEOUT_QUEUE: 'permanent',
  TIMEOUT_PREPARE: 'transient',
  TIMEOUT_RUN: 'permanent',
  TIMEOUT_STOP: 'permanent',
  TIMEOUT_COLLECT: 'permanent',
  TIMEOUT_TOTAL: 'permanent',
  SANDBOX_UNAVAILABLE: 'permanent',
  LAUNCH_FAILED: 'transient',
  ENGINE_UNAVAILABLE: 'transient',
  CONTAINER_REFUSED: 'permanent',
  IMAGE_NOT_FOUND: 'permanent',
  IMAGE_UNAUTHORIZED: 'permanent',
  IMAGE_INVALID: 'permanent',
  IMAGE_PULL_FAILED: 'transient',
  PYTHON_EXCEPTION: 'permanent',
  TASK_LOST: 'transient',
  WORK_DIR_UNUSABLE: 'transient',
  INPUT_UNAVAILABLE: 'permanent',
  INPUT_MISMATCH: 'permanent',
  INPUT_TOO_LARGE: 'permanent',
  ARCHIVE_REFUSED: 'permanent',
  OUTPUT_MISSING: 'permanent',
  OUTPUT_REFUSED: 'permanent',
  ARTIFACT_STORE_UNAVAILABLE: 'transient',
  INTERNAL: 'permanent',
} as const satisfies Record<string, ErrorClass>

export type ErrorCode = keyof typeof errorClass

/** Where in the input the problem is (`execution.env.A`) and what the caller can do about it. */
export interface ErrorDetail {
  readonly path?: string | undefined
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** The longest message and path of an error, in UTF-16 units. What a client sent may stand in both; a failure is journalled with every later state of its task. */
const [messageUnitsMax, pathUnitsMax] = [2_000, 256]
const clip = (text: string, unitsMax: number): string => (text.length > unitsMax ? `${text.slice(0, unitsMax)}…` : text)

/** The one error type that crosses a port or reaches a caller. `message` is a sentence without the code. */
export class RunnerError extends Error {
  readonly code: ErrorCode
  readonly path: string | undefined
  readonly hint: string | undefined
  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(clip(message, messageUnitsMax), detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'RunnerError'
    this.code = code
    this.path = detail.path === undefined ? undefined : clip(detail.path, pathUnitsMax)
    this.hint = detail.hint
  }
}

/** The JSON form of an error, for events, machine contexts and the wire. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly retryable: boolean
  readonly path?: string
  readonly hint?: string
}

export const failure = (code: ErrorCode, message: string): Failure => ({
  code,
  message: clip(message, messageUnitsMax),
  retryable: errorClass[code] === 'transient',
})

/** Any thrown value as a failure. What is not a `RunnerError` is a defect of ours: `INTERNAL`. */
export const toFailure = (cause: unknown): Failure => {
  if (!(cause instanceof RunnerError)) return failure('INTERNAL', cause instanceof Error ? cause.message : String(cause))
  return {
    ...failure(cause.code, cause.message),
    ...(cause.path === undefined ? {} : { path: cause.path }),
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
  }
}

/** One line for people and for wire fields named `error`: `CODE: sentence (path). Hint.` */
export const formatFailure = ({ code, message, path, hint }: Failure): string =>
  joinSentences([`${code}: ${message}${path === undefined ? '' : ` (${path})`}`, hint])

const joinSentences = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).reduce((all, part) => `${all}${/[.?!]$/.test(all) ? '' : '.'} ${part}`)
