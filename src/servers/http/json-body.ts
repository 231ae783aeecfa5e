import { RunnerError } from '../../domain/errors.ts'

/** A request's body as JSON; undefined when it is empty. What the document may hold is decided where it is interpreted.
 * @throws RunnerError `INVALID_SPEC` */
export const parseJsonBody = (body: Uint8Array): unknown => {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    const notText = !(cause instanceof SyntaxError)
    throw new RunnerError(
      'INVALID_SPEC',
      notText ? 'the body is not valid UTF-8' : `the body is not JSON: ${cause.message.slice(0, 200)}`,
      {
        path: 'body',
        hint: 'Send one JSON document in UTF-8',
        cause,
      },
    )
  }
}

/** For a call that cannot do without one. @throws RunnerError `INVALID_SPEC` when the body is empty */
export const assertBody = (body: unknown): void => {
  if (body !== undefined) return
  throw new RunnerError('INVALID_SPEC', 'the body is empty', { path: 'body', hint: 'Send {"payload": {"execution": {"command": […]}}}' })
}
