import type { FastifyRequest } from 'fastify'
import type { TaskRow } from '../../ports/journal.ts'
import type { Runner } from '../../runner/api.ts'
import type { DocumentLinks } from '../../runner/task-document.ts'

/** Links for the client that asks, under the name by which it knows us; on a Unix socket there is none. */
export const linksOf = (request: FastifyRequest, runner: Runner, { id, attempt }: TaskRow): DocumentLinks => ({
  logsUrl: request.socket.localAddress === undefined ? null : `${request.protocol}://${request.host}/api/v1/tasks/${id}/logs`,
  logPaths: attempt === 0 ? null : runner.logPaths(id, attempt),
})
