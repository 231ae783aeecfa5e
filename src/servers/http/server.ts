import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import { registerArrayRoutes } from './array-routes.ts'
import { registerEventsRoute } from './events-route.ts'
import { registerExecuteRoutes } from './execute-routes.ts'
import { registerHealthRoutes } from './health-routes.ts'
import { registerIdentity } from './identity.ts'
import { parseJsonBody } from './json-body.ts'
import { registerLogRoute } from './log-route.ts'
import { registerHttpMetrics, registerMetricsRoute } from './metrics-route.ts'
import { registerOpenApiRoutes } from './openapi/openapi-routes.ts'
import { createOpenAnswers } from './open-answers.ts'
import type { HttpServerOptions } from './options.ts'
import { createRefuse } from './refuse.ts'
import { registerRunnerRoutes } from './runner-routes.ts'
import { assertSameOrigin } from './same-origin.ts'
import { registerTaskRoutes } from './task-routes.ts'

export type { HttpServerOptions } from './options.ts'

/** The routes of contracts §6 over a runner. It opens no socket: whoever composes passes `app.routing` to as many listeners as there are
 * addresses (`adapters/system/http-listener.ts`), and tests use `app.inject`. */
export const createHttpServer = async (options: HttpServerOptions): Promise<FastifyInstance> => {
  const { bodyBytesMax } = options
  const refuse = createRefuse(options)
  const app = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    // HEAD of a followed log would never end.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => void refuse(reply, error),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => parseJsonBody(body))
  registerHttpMetrics(app, options)
  app.addHook('onRequest', async ({ method, headers, socket }) => {
    assertSameOrigin({ method, host: headers.host, origin: headers.origin, localAddress: socket.localAddress })
  })
  registerIdentity(app, options)
  app.setErrorHandler((error, _request, reply) => refuse(reply, error))
  app.setNotFoundHandler(({ method, url }, reply) =>
    refuse(
      reply,
      new RunnerError('NOT_FOUND', `there is no ${method} ${url.split('?', 1)[0]!.slice(0, 200)}`, {
        path: 'url',
        hint: '/api/v1/docs shows the calls that there are',
      }),
    ),
  )
  registerOpenApiRoutes(app, options.version)
  registerHealthRoutes(app, options)
  const answers = createOpenAnswers(options.streamsMax, options.metrics)
  registerTaskRoutes(app, options, answers)
  registerArrayRoutes(app)
  registerLogRoute(app, options, answers)
  registerEventsRoute(app, options, answers)
  registerExecuteRoutes(app, options, answers, refuse)
  registerRunnerRoutes(app, options)
  registerMetricsRoute(app, options)
  await app.ready()
  return app
}
