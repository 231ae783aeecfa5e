import type { FastifyInstance } from 'fastify'
import { errorClass, formatFailure, RunnerError, toFailure, type ErrorCode } from '../../domain/errors.ts'
import { executionDocument, readCourse } from './execution-document.ts'
import { runnerOf } from './identity.ts'
import { assertBody } from './json-body.ts'
import { linksOf } from './links.ts'
import type { OpenAnswers } from './open-answers.ts'
import type { HttpServerOptions } from './options.ts'
import { summarizeOutputs } from './outputs-summary.ts'
import type { Problem } from './problem.ts'
import { noQuery, parseQuery } from './query.ts'
import type { Refuse } from './refuse.ts'

/** What the orchestrator asks of its runner (contracts §2): `POST /tasks/execute`, which answers when the task has ended, `GET /health`, `GET /hardware`. */
export const registerExecuteRoutes = (app: FastifyInstance, options: HttpServerOptions, answers: OpenAnswers, refuse: Refuse): void => {
  const { artifacts, workDir, host } = options

  app.get('/health', { config: { access: 'anyone' }, exposeHeadRoute: true }, async () => ({ status: 'healthy' }))

  app.get('/hardware', async (request) => {
    parseQuery(noQuery, request.query)
    return {
      hostname: host.hostname,
      cpu: { cores: host.cpuMillicores / 1_000, millicores: host.cpuMillicores },
      memory: { total_bytes: host.memoryBytes },
      accelerators: [],
    }
  })

  app.post(
    '/tasks/execute',
    { errorHandler: (cause, _request, reply) => void refuse(reply, cause, { status: refusalStatus, more: errorText }) },
    async (request, reply) => {
      parseQuery(noQuery, request.query)
      assertBody(request.body)
      const runner = runnerOf(request)
      const gone = answers.hold('wait', reply)
      const task = await runner.submit(request.body)
      await task.result(gone)
      const row = task.status()
      const { outputs, progress } = await readCourse(runner.recordsOf([task.id], 0, gone))
      const document = executionDocument(row, {
        links: linksOf(request, runner, row),
        progress,
        outputsSummary: await summarizeOutputs(row.result?.collected?.outputs ?? [], outputs, artifacts, gone),
        workingDir: row.attempt === 0 ? null : workDir({ taskId: row.id, attempt: row.attempt }),
      })
      return reply.code(row.status === 'completed' ? 200 : 500).send(document)
    },
  )
}

/** Who calls is told apart from what was sent: these keep their status. */
const aboutTheCaller: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'POLICY_ORIGIN'])

/** A submission that would be refused again is a 400, whatever the reason. One that may be accepted later keeps its 429 or 503: nothing was started,
 * and the orchestrator that sends it again does right. A 500 beside these is a task that failed, or a defect of ours. */
const refusalStatus = (code: ErrorCode, usual: number): number =>
  errorClass[code] === 'permanent' && usual < 500 && !aboutTheCaller.has(code) ? 400 : usual

const errorText = ({ code, detail, path, hint }: Problem): object => ({
  error: formatFailure(toFailure(new RunnerError(code, detail, { path, hint }))),
})
