import { Metadata, status as grpcStatus, type ServiceError } from '@grpc/grpc-js'
import { formatFailure, RunnerError, toFailure, type ErrorCode } from '../../domain/errors.ts'

/** The status of a code when it answers a call. Codes that only ever end an attempt stand inside a result. */
export const statusOfCall: Partial<Record<ErrorCode, grpcStatus>> = {
  UNAUTHENTICATED: grpcStatus.UNAUTHENTICATED,
  PERMISSION_DENIED: grpcStatus.PERMISSION_DENIED,
  POLICY_MOUNT: grpcStatus.PERMISSION_DENIED,
  POLICY_NETWORK: grpcStatus.PERMISSION_DENIED,
  POLICY_ENV: grpcStatus.PERMISSION_DENIED,
  POLICY_PATH: grpcStatus.PERMISSION_DENIED,
  POLICY_IMAGE: grpcStatus.PERMISSION_DENIED,
  POLICY_PRIVILEGE: grpcStatus.PERMISSION_DENIED,
  INVALID_SPEC: grpcStatus.INVALID_ARGUMENT,
  INVALID_ID: grpcStatus.INVALID_ARGUMENT,
  CLASS_UNKNOWN: grpcStatus.INVALID_ARGUMENT,
  LIMIT_EXCEEDED: grpcStatus.INVALID_ARGUMENT,
  CLASS_UNAVAILABLE: grpcStatus.FAILED_PRECONDITION,
  NOT_SUPPORTED: grpcStatus.UNIMPLEMENTED,
  RESOURCES_UNAVAILABLE: grpcStatus.FAILED_PRECONDITION,
  NOT_FOUND: grpcStatus.NOT_FOUND,
  TASK_CONFLICT: grpcStatus.ALREADY_EXISTS,
  OUT_OF_RANGE: grpcStatus.OUT_OF_RANGE,
  PAYLOAD_TOO_LARGE: grpcStatus.RESOURCE_EXHAUSTED,
  RUNNER_BUSY: grpcStatus.RESOURCE_EXHAUSTED,
  TOO_MANY_STREAMS: grpcStatus.RESOURCE_EXHAUSTED,
  DRAINING: grpcStatus.UNAVAILABLE,
  JOURNAL_UNAVAILABLE: grpcStatus.UNAVAILABLE,
  RUNNER_UNREACHABLE: grpcStatus.UNAVAILABLE,
  JOURNAL_CORRUPT: grpcStatus.DATA_LOSS,
  CANCELLED: grpcStatus.CANCELLED,
}

/** Any thrown value as what ends a call: `CODE: sentence (field). Hint.`, and the parts in the trailing metadata. What is not a `RunnerError` is a defect of ours:
 * its text stays in the log. */
export const toServiceError = (cause: unknown): Partial<ServiceError> & { code: grpcStatus } => {
  if (!(cause instanceof RunnerError))
    return {
      code: grpcStatus.INTERNAL,
      details: 'INTERNAL: the runner failed to answer; its log says why',
      metadata: metadataOf({ code: 'INTERNAL' }),
    }
  const failure = toFailure(cause)
  const { code, path, hint } = failure
  const details = fitting(formatFailure(failure))
  return { code: statusOfCall[code] ?? grpcStatus.INTERNAL, details, metadata: metadataOf({ code, path, hint }) }
}

/** What the details of a status may take in their header, in bytes: clients drop a call whose metadata is larger than 8 KiB altogether (`grpc.max_metadata_size`). */
const detailsBytesMax = 4_096
/** Of one UTF-16 unit, percent-encoded: three bytes of UTF-8. */
const encodedBytesMax = 9

/** The beginning of a text that fits. The library encodes details as a URI does, which half a surrogate pair out of somebody's text would break. */
const fitting = (given: string): string => {
  const text = given.toWellFormed()
  if (text.length * encodedBytesMax <= detailsBytesMax) return text
  let [bytes, units] = [0, 0]
  for (const character of text) {
    bytes += encodeURI(character).length
    if (bytes > detailsBytesMax - encodedBytesMax) return `${text.slice(0, units)}…`
    units += character.length
  }
  return text
}

const metadataOf = (parts: Readonly<Record<string, string | undefined>>): Metadata => {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) metadata.set(`env-runner-${name}`, printable(value))
  return metadata
}

/** Metadata is printable ASCII (the gRPC protocol over HTTP/2, "ASCII-Value"). */
const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?')
