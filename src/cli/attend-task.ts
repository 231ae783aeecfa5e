import { RunnerError } from '../domain/errors.ts'
import type { ResultDocument, TaskDocument } from '../runner/task-document.ts'
import { createPatience } from './patience.ts'
import { printAttempts, type Stream } from './print-attempts.ts'
import type { TaskClient } from './task-client.ts'

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
  const patience = createPatience()
  for (;;) {
    const client = await connect()
    try {
      await attended(client, await client.submit(submission))
      patience.renew()
      const copy = async (stream: Stream, signal: AbortSignal): Promise<void> => {
        for await (const bytes of client.logs(id, at.attempt, stream, at[stream], signal)) {
          await print(stream, bytes)
          at[stream] += bytes.length
        }
      }
      await printAttempts({ streams: ['stdout', 'stderr'], at, copy, status: () => client.status(id) })
      return { result: await client.result(id), client }
    } catch (cause) {
      await client.close().catch(() => undefined)
      const isFirst = await patience.spend(cause)
      if (isFirst && cause instanceof RunnerError && cause.code === 'DRAINING') await waiting()
    }
  }
}
