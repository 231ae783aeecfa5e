import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { assertMayOperate } from '../../identity/principal.ts'
import { auditDocument } from '../../runner/audit-document.ts'
import type { RunnerStatus } from '../../runner/api.ts'
import { runnerOf } from './identity.ts'
import { parseBody } from './json-body.ts'
import type { HttpServerOptions } from './options.ts'
import { noQuery, parseQuery } from './query.ts'

/** The runner itself: look, audit, pause, resume, drain. All but looking concern everybody's tasks and want the role admin of every tenant. */
export const registerRunnerRoutes = (app: FastifyInstance, { version, logger }: Pick<HttpServerOptions, 'version' | 'logger'>): void => {
  app.get('/api/v1/runner', async (request) => {
    parseQuery(noQuery, request.query)
    return runnerDocument(runnerOf(request).status(), version)
  })

  app.get('/api/v1/audit', async (request) => {
    parseQuery(noQuery, request.query)
    return auditDocument(await runnerOf(request).audit())
  })

  app.post('/api/v1/runner/pause', async (request) => {
    parseQuery(noQuery, request.query)
    const runner = runnerOf(request)
    await runner.pause()
    return runnerDocument(runner.status(), version)
  })

  app.post('/api/v1/runner/resume', async (request) => {
    parseQuery(noQuery, request.query)
    const runner = runnerOf(request)
    await runner.resume()
    return runnerDocument(runner.status(), version)
  })

  app.post('/api/v1/runner/drain', async (request, reply) => {
    parseQuery(noQuery, request.query)
    const { reason = 'asked for over HTTP' } = parseBody(drainBody, request.body)
    const runner = runnerOf(request)
    if (request.principal) assertMayOperate(request.principal) // said now: nobody waits for the drain's end, which may take as long as its tasks
    runner.drain(reason).catch((cause: unknown) => logger.warn({ err: cause }, 'a drain ended early'))
    return reply.code(202).send(runnerDocument(runner.status(), version))
  })
}

export const drainBody = z.strictObject({ reason: z.string().max(1_000).describe('Kept in the journal').optional() })

/** The runner as it is now. */
export const runnerDocument = ({ runnerId, state, tasks, places, journalTrouble, lastPosition }: RunnerStatus, version: string) => ({
  runner_id: runnerId,
  version,
  state,
  tasks,
  places,
  trouble: journalTrouble?.message ?? null,
  last_position: lastPosition,
})
export type RunnerDocument = ReturnType<typeof runnerDocument>
