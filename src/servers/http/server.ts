import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import type { Logger } from '../../ports/logger.ts'
import { registerEventsRoute } from './events-route.ts'
import { registerHealthRoutes } from './health-routes.ts'
import { registerIdentity } from './identity.ts'
import { parseJsonBody } from './json-body.ts'
import { registerLogRoute } from './log-route.ts'
import { registerHttpMetrics, registerMetricsRoute } from './metrics-route.ts'
import { createOpenAnswers } from './open-answers.ts'
import type { HttpServerOptions } from './options.ts'
import { toProblem } from './problem.ts'
import { assertSameOrigin } from './same-origin.ts'
import { registerTaskRoutes } from './task-routes.ts'

export type { HttpServerOptions } from './options.ts'

/** The routes of contracts §6 over a runner. It opens no socket: whoever composes passes `app.routing` to as many listeners as there are
 * addresses (`adapters/system/http-listener.ts`), and tests use `app.inject`. */
export const createHttpServer = async (options: HttpServerOptions): Promise<FastifyInstance> => {
  const { logger, bodyBytesMax } = options
  const app = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    // HEAD of a followed log would never end.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => {
      void answerProblem(reply, translate(error, bodyBytesMax), logger)
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => parseJsonBody(body))
  registerHttpMetrics(app, options)
  app.addHook('onRequest', async ({ method, headers, socket }) => {
    assertSameOrigin({ method, host: headers.host, origin: headers.origin, localAddress: socket.localAddress })
  })
  registerIdentity(app, options)
  app.setErrorHandler((error: FastifyError, _request, reply) => answerProblem(reply, translate(error, bodyBytesMax), logger))
  app.setNotFoundHandler(({ method, url }, reply) =>
    answerProblem(
      reply,
      new RunnerError('NOT_FOUND', `there is no ${method} ${url.split('?', 1)[0]!.slice(0, 200)}`, {
        path: 'url',
        hint: 'See docs/http.md',
      }),
      logger,
    ),
  )
  registerHealthRoutes(app, options)
  const answers = createOpenAnswers(options.streamsMax, options.metrics)
  registerTaskRoutes(app, options, answers)
  registerLogRoute(app, options, answers)
  registerEventsRoute(app, options, answers)
  registerMetricsRoute(app, options)
  await app.ready()
  return app
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

const answerProblem = (reply: FastifyReply, cause: unknown, logger: Logger): FastifyReply => {
  const problem = toProblem(cause)
  if (problem.status === 500) logger.error({ err: cause }, 'a request failed')
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="env-runner"')
  if (problem.status === 429 || problem.status === 503) void reply.header('retry-after', '1')
  return reply.code(problem.status).type('application/problem+json').send(problem)
}
