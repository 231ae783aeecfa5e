import type { FastifyInstance } from 'fastify'
import type { HttpServerOptions } from './options.ts'

/** `/healthz`: the process answers. `/readyz`: it would take a task now. */
export const registerHealthRoutes = (app: FastifyInstance, { runner }: HttpServerOptions): void => {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const { runnerId, state, tasks, places, journalTrouble } = runner.status()
    const ready = (state === 'accepting' || state === 'paused') && journalTrouble === null
    if (!ready) void reply.header('retry-after', '1')
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      why: ready ? null : (journalTrouble?.message ?? `the runner is ${state}`),
      runner_id: runnerId,
      state,
      tasks,
      places,
    })
  })
}
