import type { Logger } from '../ports/logger.ts'
import { RunnerError } from '../domain/errors.ts'
import type { RunningRunner } from '../index.ts'
import { attemptBegins } from '../runner/await-attempt.ts'
import { resultDocument, taskDocument, type ResultDocument, type TaskDocument } from '../runner/task-document.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { assertOurs } from './data-dir.ts'
import type { Connection } from './connection.ts'
import { findHolder } from './holder.ts'
import { layoutOf } from './journal-view.ts'

type Stream = 'stdout' | 'stderr'

/** What `run` needs of a runner, be it another process or this one. Every method rejects with `RUNNER_UNREACHABLE` when that process goes away. */
export interface TaskClient {
  /** Null when the runner is in this process. */
  readonly remote: Connection | null
  submit(submission: unknown): Promise<TaskDocument>
  status(id: string): Promise<TaskDocument>
  /** The bytes of one stream of one attempt from `offset` on, until the attempt is over. An attempt that has not begun is waited for; nothing comes when the task ends without it. */
  logs(id: string, attempt: number, stream: Stream, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array>
  result(id: string): Promise<ResultDocument>
  cancel(id: string, reason: string): Promise<TaskDocument>
  /** Lets go; running tasks go on. */
  close(): Promise<void>
}

/** How long a holder may take to open its socket, or to let go of the data directory. */
const patienceMs = 10_000

/** The runner of the data directory: its holder, by the socket, or else this process, which then holds it.
 * @throws RunnerError `DATA_DIR_LOCKED` when another process holds it and does not answer; whatever `createRunner` refuses with */
export const openTaskClient = async (context: CliContext, globals: GlobalOptions, logger: Logger | undefined): Promise<TaskClient> => {
  const { config } = await context.loadConfig(globals)
  const layout = layoutOf(config)
  const { socket } = layout
  assertOurs(layout)
  for (const since = performance.now(); ;) {
    const holder = await findHolder(socket)
    if (holder) return remoteClient(holder)
    try {
      const { createRunner } = await import('../index.ts')
      return embeddedClient(await createRunner({ ...context.configOptions(globals), ...(logger && { logger }) }))
    } catch (cause) {
      const mayChange = cause instanceof RunnerError && cause.code === 'DATA_DIR_LOCKED' && performance.now() - since < patienceMs
      if (!mayChange) throw cause
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** A runner in another process. */
export const remoteClient = (holder: Connection): TaskClient => ({
  remote: holder,
  submit: (submission) => holder.call('POST', '/api/v1/tasks', submission),
  status: (id) => holder.call('GET', `/api/v1/tasks/${id}`),
  logs: (id, attempt, stream, offset, signal) =>
    holder.bytes(`/api/v1/tasks/${id}/logs?follow=1&attempt=${attempt}&stream=${stream}&offset=${offset}`, signal),
  result: (id) => holder.call('GET', `/api/v1/tasks/${id}?wait=true`),
  cancel: (id, reason) => holder.call('POST', `/api/v1/tasks/${id}/cancel`, { reason }),
  close: async () => undefined,
})

const embeddedClient = (runner: RunningRunner): TaskClient => {
  const document = (id: string): TaskDocument => {
    const row = runner.task(id).status()
    return taskDocument(row, { logsUrl: null, logPaths: row.attempt === 0 ? null : runner.logPaths(id, row.attempt) })
  }
  return {
    remote: null,
    submit: async (submission) => document((await runner.submit(submission)).id),
    status: async (id) => document(id),
    async *logs(id, attempt, stream, offset, signal) {
      const task = runner.task(id)
      if (!(await attemptBegins(task, attempt, signal))) return
      for await (const { bytes } of task.logs({ streams: [stream], attempt, offset, follow: true, signal })) yield bytes
    },
    async result(id) {
      await runner.task(id).result()
      const row = runner.task(id).status()
      return resultDocument(row, { logsUrl: null, logPaths: row.attempt === 0 ? null : runner.logPaths(id, row.attempt) })!
    },
    async cancel(id, reason) {
      await runner.task(id).cancel(reason)
      return document(id)
    },
    close: () => runner.close('detach'),
  }
}
