import { RunnerError, type ErrorCode } from '../../../src/domain/errors.ts'

/** An error that came inside the stream of a pull: by then the engine has answered 200. */
export class StreamedError extends Error {
  readonly statusCode: number | null
  constructor(words: string, statusCode: number | null) {
    super(words)
    this.statusCode = statusCode
  }
}

/** HTTP status of an engine's refusal; null where it did not answer, or not in HTTP. */
export const statusOf = (cause: unknown): number | null =>
  cause instanceof Error && 'statusCode' in cause && typeof cause.statusCode === 'number' ? cause.statusCode : null

/** What the engine said, without the client's wrapping, in one line. */
export const engineWords = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .replace(/^\(HTTP code \d+\) [\w ]+ - /, '')
    .replace(/\s+/g, ' ')
    .trim()

/** In this order: the words of a limit speak of logging in too, and Docker's "pull access denied" comes with status 404. */
const classes: readonly (readonly [RegExp, ErrorCode])[] = [
  [/toomanyrequests|too many requests|rate limit/i, 'IMAGE_PULL_FAILED'],
  [/verification failed|unexpected commit digest|digest mismatch|does not match digest|no space left/i, 'IMAGE_PULL_FAILED'],
  [/denied|unauthorized|forbidden|no basic auth credentials|incorrect username or password/i, 'IMAGE_UNAUTHORIZED'],
  [
    /no match(ing manifest)? for|does not match the specified platform|image operating system|cannot be used on this platform/i,
    'IMAGE_INVALID',
  ],
  [
    /unsupported (media|manifest|config)|unknown (image config|manifest) |media ?type|no longer supported|when fetching|invalid rootfs/i,
    'IMAGE_INVALID',
  ],
  [/invalid reference format/i, 'IMAGE_INVALID'],
  [/manifest unknown|name unknown|not found: manifest|repository .* not found|no such image/i, 'IMAGE_NOT_FOUND'],
]
const statuses: Readonly<Record<number, ErrorCode>> = {
  400: 'IMAGE_INVALID',
  401: 'IMAGE_UNAUTHORIZED',
  403: 'IMAGE_UNAUTHORIZED',
  404: 'IMAGE_NOT_FOUND',
}
const hints: Partial<Record<ErrorCode, string>> = {
  IMAGE_NOT_FOUND: 'Check its name and tag',
  IMAGE_UNAUTHORIZED: 'Check its name, and the credentials in docker.auth_file',
  IMAGE_INVALID: "Build it for this host's platform",
  IMAGE_PULL_FAILED: 'It is tried again; see the message',
}

/** Why there is no such image here, as a code. The words decide before the status: the engine passes a registry's refusals on as 404 and 500 alike.
 * What nobody has foreseen is transient: it is tried again, a few times.
 * @param secrets never appear in the message */
export const imageError = (reference: string, cause: unknown, secrets: readonly string[] = []): RunnerError => {
  if (cause instanceof RunnerError) return cause
  const words = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), engineWords(cause))
  const status = statusOf(cause)
  const code = status === 429 ? 'IMAGE_PULL_FAILED' : (classes.find(([pattern]) => pattern.test(words))?.[1] ?? statuses[status ?? 0])
  const reason = status === null && !(cause instanceof StreamedError) ? `it broke off: ${words}` : words
  // Without the cause: it may hold what the message must not.
  return new RunnerError(code ?? 'IMAGE_PULL_FAILED', `${reference}: ${reason}`, { hint: hints[code ?? 'IMAGE_PULL_FAILED'] })
}
