import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../../observability/metrics.ts'
import type { Clock } from '../../ports/clock.ts'

/** What the metrics of the HTTP server stand on. */
export interface HttpMetricsOptions {
  readonly metrics: Metrics
  readonly clock: Clock
}

/** `/metrics`: everything in Prometheus's text format, for whoever may see the numbers of all tenants. */
export const registerMetricsRoute = (app: FastifyInstance, { metrics }: Pick<HttpMetricsOptions, 'metrics'>): void => {
  app.get('/metrics', { config: { access: 'scraper' } }, async (_request, reply) => {
    const { contentType, body } = await metrics.text()
    return reply.type(contentType).send(body)
  })
}

/** Observes every request, by the pattern of its route. To be registered before any hook that refuses, so that refusals count too. */
export const registerHttpMetrics = (app: FastifyInstance, { metrics, clock }: HttpMetricsOptions): void => {
  app.addHook('onRequest', async (request, reply) => {
    const begunAt = clock.monotonic()
    const { method, routeOptions } = request
    // `close` comes once, after the last byte or when the client has gone; a hook of the framework hears of the former alone.
    reply.raw.once('close', () => {
      const { statusCode, writableFinished } = reply.raw
      const status = writableFinished ? statusCode : clientGone
      metrics.observeHttp({ route: routeOptions.url ?? 'none', method, status, seconds: (clock.monotonic() - begunAt) / 1_000 })
    })
  })
}

/** What nginx writes of a request whose client went away before the answer was complete. */
const clientGone = 499
