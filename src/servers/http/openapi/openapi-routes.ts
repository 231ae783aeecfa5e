import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Access } from '../identity.ts'
import { createOpenApiDocument, type OpenApiDocument, type RouteFacts } from './openapi-document.ts'
import { operations } from './operations.ts'
import { pageStyleHash, renderPage } from './page.ts'

/** `/api/v1/openapi.json` and `/api/v1/docs`: what every route takes and answers. To be registered before the others, because it listens to them. */
export const registerOpenApiRoutes = (app: FastifyInstance, version: string): void => {
  const routes: RouteFacts[] = []
  app.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    const access: Access = config?.access ?? 'known'
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, url, access })
  })
  let document: OpenApiDocument | null = null
  const described = (): OpenApiDocument => (document ??= createOpenApiDocument(version, routes, operations))

  app.get('/api/v1/openapi.json', { config: { access: 'anyone' } }, async () => described())
  app.get('/api/v1/docs', { config: { access: 'anyone' } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', `default-src 'none'; style-src '${pageStyleHash}'; base-uri 'none'; form-action 'none'`)
      .header('x-content-type-options', 'nosniff')
      .send(renderPage(described())),
  )
}
