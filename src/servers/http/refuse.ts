import type { FastifyReply } from 'fastify'
import { RunnerError, type ErrorCode } from '../../domain/errors.ts'
import type { HttpServerOptions } from './options.ts'
import { toProblem, type Problem } from './problem.ts'

/** How a route says no in its own way. */
export interface RefusalStyle {
  /** Instead of the status that the code has everywhere else. */
  readonly status?: (code: ErrorCode, status: number) => number
  /** Members beside those of the problem. */
  readonly more?: (problem: Problem) => object
}

const usualStatus = (_: ErrorCode, usual: number): number => usual

/** Answers whatever a request ended with instead of an answer. */
export type Refuse = (reply: FastifyReply, cause: unknown, style?: RefusalStyle) => FastifyReply

export const createRefuse = ({ bodyBytesMax, logger }: Pick<HttpServerOptions, 'bodyBytesMax' | 'logger'>): Refuse => {
  return (reply, cause, { status = usualStatus, more = () => ({}) } = {}) => {
    if (reply.raw.destroyed) return reply.hijack() // its client has gone: what it waited for was cut off
    const usual = toProblem(translate(cause as Error, bodyBytesMax))
    const problem = { ...usual, status: status(usual.code, usual.status), ...more(usual) }
    if (usual.status === 500) logger.error({ err: cause }, 'a request failed')
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="env-runner"')
    if (problem.status === 429 || problem.status === 503) void reply.header('retry-after', '1')
    return reply.code(problem.status).type('application/problem+json').send(problem)
  }
}

/** What the framework refuses, in our words. */
const translate = (error: Error & { code?: string }, bodyBytesMax: number): unknown => {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RunnerError('PAYLOAD_TOO_LARGE', `the body is larger than ${bodyBytesMax} bytes`, {
        path: 'body',
        hint: 'Pass large data as an input artifact, or raise limits.payload_bytes',
      })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new RunnerError('INVALID_SPEC', 'the body is not declared as JSON', {
        path: 'Content-Type',
        hint: 'Send Content-Type: application/json',
      })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RunnerError('INVALID_ID', 'the path of the request cannot be read', {
        path: 'url',
        hint: 'Percent-encode what is not A-Z a-z 0-9 . _ : -',
      })
    default:
      return error
  }
}
