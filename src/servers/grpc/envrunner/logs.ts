import { RunnerError } from '../../../domain/errors.ts'
import { endedStatuses } from '../../../domain/result.ts'
import type { LogOptions, Runner, Task } from '../../../runner/api.ts'
import { attemptBegins } from '../../../runner/await-attempt.ts'
import type { LogChunk } from '../generated/envrunner/v1/LogChunk.ts'
import { stopping } from '../stopping.ts'

export interface LogsRequest {
  readonly id: string
  /** Empty: both. */
  readonly streams: readonly ('stdout' | 'stderr')[]
  /** 0: the last one; followed, every attempt from the last on. */
  readonly attempt: number
  readonly offset: number
  readonly follow: boolean
}

const wireStreams = { stdout: 'LOG_STREAM_STDOUT', stderr: 'LOG_STREAM_STDERR' } as const

/** What a task printed, in pieces as they are read from its log files: nothing is copied here. A follower may name the attempt that comes next, and waits for it.
 * @throws RunnerError `NOT_FOUND`, `OUT_OF_RANGE`; `RUNNER_UNREACHABLE` when the runner stops before a followed log has ended */
export async function* logChunks(
  runner: Runner,
  { id, streams, attempt, offset, follow }: LogsRequest,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const task = runner.task(id)
  const row = task.status()
  if (attempt > row.attempt + (follow ? 1 : 0))
    throw new RunnerError('NOT_FOUND', `the task has no attempt ${attempt}`, { path: 'attempt', hint: `It has had ${row.attempt}` })
  const options: LogOptions = {
    offset,
    follow,
    signal,
    ...(streams.length > 0 && { streams: [...new Set(streams)] }),
    ...(attempt > 0 && { attempt }),
  }
  if (attempt <= row.attempt || (await attemptBegins(task, attempt, signal)))
    for await (const piece of task.logs(options))
      yield { stream: wireStreams[piece.stream], attempt: piece.attempt, offset: piece.offset, data: piece.bytes, gap: piece.gap }
  if (follow && !signal.aborted && !isOver(task, attempt)) throw stopping()
}

/** Whether an attempt (0: every one) can print nothing more. Of a runner that was closed nobody knows. */
const isOver = (task: Task, attempt: number): boolean => {
  try {
    const row = task.status()
    return endedStatuses.has(row.status) || (attempt > 0 && (row.attempt > attempt || row.status === 'retrying'))
  } catch (cause) {
    if (cause instanceof RunnerError && cause.code === 'JOURNAL_UNAVAILABLE') return false
    throw cause
  }
}
