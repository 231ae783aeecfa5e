import { RunnerError } from '../domain/errors.ts'
import { endedStatuses } from '../domain/result.ts'
import type { ResultDocument, TaskDocument } from '../runner/task-document.ts'
import type { TaskClient } from './task-client.ts'

type Stream = 'stdout' | 'stderr'

export interface Attendance {
  /** Names its id: it may be handed in again, to another runner of the same data directory, and stays the same task. */
  readonly submission: { readonly id: string }
  /** The runner, or, when that has gone, the one that comes after it. */
  readonly connect: () => Promise<TaskClient>
  /** Takes what the task prints, in order; a rejection ends the attendance. */
  readonly print: (stream: Stream, bytes: Uint8Array) => Promise<void>
  /** Called with the runner once the task is in its hands, each time it changes hands. */
  readonly attended: (client: TaskClient, task: TaskDocument) => Promise<void>
  /** Called once when the runner at hand drains, which may take as long as its tasks. */
  readonly waiting: () => Promise<void>
}

/** How long a runner that goes away, or comes, is waited for. */
const patienceMs = 10_000
const pauseMs = 100

const mayPrint = new Set(['pending', 'preparing', 'running'])

/** Hands a task in and passes on what it prints, byte for byte, through all its attempts, to its end. When the process that runs it goes away,
 * which another `env-runner run` may do at any time, the task goes on with the next one, this process perhaps, and so does its output.
 * @returns the result, and the runner that knows it, which the caller closes
 * @throws RunnerError what the submission is refused with; `RUNNER_UNREACHABLE` when no runner can be had any more */
export const attendTask = async ({
  submission,
  connect,
  print,
  attended,
  waiting,
}: Attendance): Promise<{ result: ResultDocument; client: TaskClient }> => {
  const { id } = submission
  const at = { attempt: 1, stdout: 0, stderr: 0 }
  let failedSince: number | null = null
  for (;;) {
    const client = await connect()
    try {
      await attended(client, await client.submit(submission))
      failedSince = null
      await printAll(client, id, at, print)
      return { result: await client.result(id), client }
    } catch (cause) {
      await client.close().catch(() => undefined)
      if (failedSince === null && cause instanceof RunnerError && cause.code === 'DRAINING') await waiting()
      failedSince ??= performance.now()
      if (!isPassing(cause) || performance.now() - failedSince > patienceMs) throw cause
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** The runner is on its way out or away; the task is not harmed by that. */
const isPassing = (cause: unknown): boolean =>
  cause instanceof RunnerError && (cause.code === 'RUNNER_UNREACHABLE' || cause.code === 'DRAINING')

/** Prints every attempt from the one at hand on; `at` remembers how far it came. */
const printAll = async (
  client: TaskClient,
  id: string,
  at: { attempt: number } & Record<Stream, number>,
  print: Attendance['print'],
): Promise<void> => {
  for (;;) {
    await printAttempt(client, id, at, print)
    const { status, attempt } = await client.status(id)
    if (endedStatuses.has(status) && attempt <= at.attempt) return
    if (attempt > at.attempt || !mayPrint.has(status)) Object.assign(at, { attempt: at.attempt + 1, stdout: 0, stderr: 0 })
    else await new Promise((resolve) => setTimeout(resolve, pauseMs)) // the stream ended, the attempt did not: the runner is about to go
  }
}

const printAttempt = async (
  client: TaskClient,
  id: string,
  at: { attempt: number } & Record<Stream, number>,
  print: Attendance['print'],
): Promise<void> => {
  const stop = new AbortController()
  const copy = async (stream: Stream): Promise<void> => {
    for await (const bytes of client.logs(id, at.attempt, stream, at[stream], stop.signal)) {
      await print(stream, bytes)
      at[stream] += bytes.length
    }
  }
  try {
    await Promise.all([copy('stdout'), copy('stderr')])
  } finally {
    stop.abort()
  }
}
