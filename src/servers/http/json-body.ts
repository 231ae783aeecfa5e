import type * as z from 'zod'
import { RunnerError } from '../../domain/errors.ts'
import { ruleWords } from '../../domain/rule-words.ts'

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

/** A small body that may be left out, by its schema. @throws RunnerError `INVALID_SPEC` */
export const parseBody = <Schema extends z.ZodObject>(schema: Schema, body: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const known = Object.keys(schema.shape).join(', ')
  if (issue.code === 'unrecognized_keys')
    throw new RunnerError('INVALID_SPEC', `the field ${JSON.stringify(issue.keys[0])} is unknown`, {
      path: issue.keys[0],
      hint: `Known here: ${known}`,
    })
  throw new RunnerError('INVALID_SPEC', ruleWords(issue), {
    path: issue.path.length === 0 ? 'body' : String(issue.path[0]),
    hint: `Send {"${known}": "…"} or no body`,
  })
}
