import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { arrayDocument } from '../../runner/task-document.ts'
import { runnerOf } from './identity.ts'
import { assertBody, parseBody } from './json-body.ts'
import { noQuery, parseQuery, parseTaskId } from './query.ts'

/** N tasks from one template: submit, look, run the failed ones again, cancel. */
export const registerArrayRoutes = (app: FastifyInstance): void => {
  app.post('/api/v1/arrays', async (request, reply) => {
    parseQuery(noQuery, request.query)
    assertBody(request.body)
    const { array, created } = await runnerOf(request).submitArray(request.body)
    void reply.header('location', `/api/v1/arrays/${array.id}`)
    return reply.code(created ? 201 : 200).send(arrayDocument(array))
  })

  app.get('/api/v1/arrays/:id', async (request) => {
    parseQuery(noQuery, request.query)
    return arrayDocument(runnerOf(request).array(parseTaskId(request.params)))
  })

  app.post('/api/v1/arrays/:id/rerun', async (request, reply) => {
    parseQuery(noQuery, request.query)
    const id = parseTaskId(request.params)
    const { new_id: newId } = parseBody(rerunBody, request.body)
    const { array, created } = await runnerOf(request).rerunArray(id, newId)
    void reply.header('location', `/api/v1/arrays/${array.id}`)
    return reply.code(created ? 201 : 200).send(arrayDocument(array))
  })

  app.post('/api/v1/arrays/:id/cancel', async (request, reply) => {
    parseQuery(noQuery, request.query)
    const id = parseTaskId(request.params)
    const { reason } = parseBody(cancelBody, request.body)
    return reply.code(202).send(arrayDocument(await runnerOf(request).cancelArray(id, reason)))
  })
}

export const rerunBody = z.strictObject({
  new_id: z.string().min(1).max(128).describe('Of the new array; makes the call repeatable').optional(),
})
export const cancelBody = z.strictObject({ reason: z.string().max(1_000).optional() })
