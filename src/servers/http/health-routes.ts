import type { FastifyInstance } from 'fastify'
import { runnerOf } from './identity.ts'
import type { HttpServerOptions } from './options.ts'

/** `/healthz`: the process answers. `/readyz`: it would take a task now; who is known also learns how many there are. */
export const registerHealthRoutes = (app: FastifyInstance, { runner }: HttpServerOptions): void => {
  app.get('/healthz', open, async () => ({ status: 'ok' }))
  app.get('/readyz', open, async (request, reply) => {
    const { runnerId, state, tasks, places, journalTrouble } = (request.principal === null ? runner : runnerOf(request)).status()
    const ready = (state === 'accepting' || state === 'paused') && journalTrouble === null
    if (!ready) void reply.header('retry-after', '1')
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      why: ready ? null : (journalTrouble?.message ?? `the runner is ${state}`),
      runner_id: runnerId,
      state,
      ...(request.principal === null ? {} : { tasks, places }),
    })
  })
}

const open = { config: { access: 'anyone' } } as const
