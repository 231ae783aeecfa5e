import { RunnerError } from '../../../domain/errors.ts'
import type { Task } from '../../../runner/api.ts'
import type { CallContext, Calls } from '../calls.ts'
import type { EnvRunnerHandlers } from '../generated/runner/v1/EnvRunner.ts'
import type { LogLine } from '../generated/runner/v1/LogLine.ts'
import type { RunRequest__Output } from '../generated/runner/v1/RunRequest.ts'
import type { GrpcServerOptions } from '../options.ts'
import { runLines } from './lines.ts'
import { reasonLines, runResult, tellOutcome } from './result.ts'
import { runTaskId, submissionOf, submitting } from './submission.ts'

/** `runner.v1.EnvRunner` (contracts §3) over a runner: a job is a task. */
export const envRunnerService = (calls: Calls, { clock, cpuShortMs }: GrpcServerOptions): EnvRunnerHandlers => {
  const submit = (request: RunRequest__Output, { runner, principal }: CallContext): Promise<Task> =>
    submitting(async () => runner.submit(submissionOf(request, runTaskId(principal.tenant, request), cpuShortMs())))

  async function* stream(request: RunRequest__Output, context: CallContext): AsyncGenerator<LogLine> {
    const { signal, trailers } = context
    const task = await submit(request, context)
    try {
      yield* runLines(task, clock, signal)
      const result = await task.result(signal)
      tellOutcome(trailers, result)
      yield* reasonLines(result)
    } finally {
      await cancelIfAbandoned(request, task, signal)
    }
  }

  return {
    Run: calls.held('run', async (request, context) => {
      const { signal, trailers } = context
      const task = await submit(request, context)
      try {
        const result = await task.result(signal)
        tellOutcome(trailers, result)
        return runResult(request, result)
      } finally {
        await cancelIfAbandoned(request, task, signal)
      }
    }),
    StreamRun: calls.stream('run', stream),
    Healthz: calls.unary((_request, { runner }) => {
      const { state, journalTrouble } = runner.status()
      if (journalTrouble) throw new RunnerError('JOURNAL_UNAVAILABLE', journalTrouble.message, { hint: 'The runner recovers by itself' })
      if (state !== 'accepting' && state !== 'paused')
        throw new RunnerError('DRAINING', `the runner takes no jobs: it is ${state}`, { hint: 'Send them to another runner' })
      return {}
    }),
  }
}

/** A job that has a name goes on when its caller goes away: the next call with that name finds it. One without a name nobody could ask for again. */
const cancelIfAbandoned = async ({ job_id: job, run_id: run }: RunRequest__Output, task: Task, signal: AbortSignal): Promise<void> => {
  const hasGone = signal.aborted && !(signal.reason instanceof RunnerError) // with a reason of ours, it is us who end the call
  if (job === '' && run === '' && hasGone) await task.cancel('its caller has gone, and it has no job_id under which he could come back')
}
