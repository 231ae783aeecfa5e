import { RunnerError, toFailure, type ErrorCode } from '../../domain/errors.ts'

/** The status of a code when it answers a call. Codes that only ever end an attempt stand inside a result, which is a 200. */
const statusOfCall: Partial<Record<ErrorCode, number>> = {
  INVALID_SPEC: 400,
  INVALID_ID: 400,
  CLASS_UNKNOWN: 400,
  CLASS_UNAVAILABLE: 422,
  NOT_SUPPORTED: 422,
  LIMIT_EXCEEDED: 422,
  RESOURCES_UNAVAILABLE: 422,
  POLICY_MOUNT: 403,
  POLICY_NETWORK: 403,
  POLICY_ENV: 403,
  POLICY_PATH: 403,
  POLICY_ORIGIN: 403,
  POLICY_IMAGE: 403,
  POLICY_PRIVILEGE: 403,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  TASK_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  OUT_OF_RANGE: 416,
  RUNNER_BUSY: 429,
  TOO_MANY_STREAMS: 429,
  DRAINING: 503,
  JOURNAL_UNAVAILABLE: 503,
  RUNNER_UNREACHABLE: 503,
}

export const httpStatus = (code: ErrorCode): number => statusOfCall[code] ?? 500

/** RFC 9457, `application/problem+json`. */
export interface Problem {
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly path?: string
  readonly hint?: string
}

/** Any thrown value as an answer. What is not a `RunnerError` is a defect of ours: its text stays in the log. */
export const toProblem = (cause: unknown): Problem => {
  if (!(cause instanceof RunnerError)) return { status: 500, code: 'INTERNAL', detail: 'the runner failed to answer; its log says why' }
  const { code, message, path, hint } = toFailure(cause)
  return {
    status: httpStatus(code),
    code,
    detail: message,
    ...(path === undefined ? {} : { path }),
    ...(hint === undefined ? {} : { hint }),
  }
}

/** The inverse, for a client: an answer's body as the error that the server threw; null when it is none. */
export const fromProblem = (body: unknown): RunnerError | null => {
  const { code, detail, path, hint } = (body ?? {}) as Partial<Problem>
  return typeof code === 'string' && typeof detail === 'string' ? new RunnerError(code, detail, { path, hint }) : null
}
