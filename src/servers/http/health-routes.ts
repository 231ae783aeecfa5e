import type { FastifyInstance } from 'fastify'
import { runnerOf } from './identity.ts'
import type { HttpServerOptions } from './options.ts'
import { createReadiness } from './readiness.ts'

/** `/healthz`: the process answers. `/readyz`: it would take a task now, and what is missing; who is known also learns how many there are. */
export const registerHealthRoutes = (app: FastifyInstance, { runner, dependencies, clock }: HttpServerOptions): void => {
  const readiness = createReadiness(dependencies, clock)
  app.get('/healthz', open, async () => ({ status: 'ok' }))
  app.get('/readyz', open, async (request, reply) => {
    const status = (request.principal === null ? runner : runnerOf(request)).status()
    const { runnerId, state, tasks, places } = status
    const missing = await readiness(status)
    const obstacle = missing.find(({ required }) => required)
    const ready = obstacle === undefined
    if (!ready) void reply.header('retry-after', '1')
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      why: obstacle?.why ?? null,
      missing,
      runner_id: runnerId,
      state,
      ...(request.principal === null ? {} : { tasks, places }),
    })
  })
}

/** HEAD too: that is what many balancers ask. */
const open = { config: { access: 'anyone' }, exposeHeadRoute: true } as const
