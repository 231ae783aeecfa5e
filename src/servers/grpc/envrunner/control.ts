import { assertMayOperate } from '../../../identity/principal.ts'
import type { Runner } from '../../../runner/api.ts'
import type { CallContext, Calls } from '../calls.ts'
import type { RunnerServiceHandlers } from '../generated/envrunner/v1/RunnerService.ts'
import type { RunnerStatus as StatusMessage } from '../generated/envrunner/v1/RunnerStatus.ts'
import type { GrpcServerOptions } from '../options.ts'
import { drainRequest, parseRequest } from './requests.ts'

/** `envrunner.v1.RunnerService` over a runner. */
export const runnerService = (calls: Calls, { version }: GrpcServerOptions): RunnerServiceHandlers => {
  const statusOf = (runner: Runner): StatusMessage => {
    const { runnerId, state, tasks, places, journalTrouble, lastPosition } = runner.status()
    return { runner_id: runnerId, version, state, tasks, places, trouble: journalTrouble?.message ?? '', last_position: lastPosition }
  }
  return {
    GetStatus: calls.unary((_request, { runner }) => statusOf(runner)),
    Pause: calls.unary(async (_request, { runner }) => {
      await runner.pause()
      return statusOf(runner)
    }),
    Resume: calls.unary(async (_request, { runner }) => {
      await runner.resume()
      return statusOf(runner)
    }),
    Drain: calls.unary(async (request, context) => {
      const { reason = `${context.principal.name} asked for it` } = parseRequest(drainRequest, request)
      await beginDrain(context, reason)
      return statusOf(context.runner)
    }),
  }
}

/** Resolves when the drain is on record; `Runner.drain` itself when it has ended. */
const beginDrain = async ({ runner, principal, signal }: CallContext, reason: string): Promise<void> => {
  assertMayOperate(principal)
  const { state, lastPosition } = runner.status()
  const ended = runner.drain(reason)
  ended.catch(() => undefined) // told by the race, or after the answer
  if (state !== 'draining') await Promise.race([ended, isRecorded(runner, lastPosition, signal)])
}

const isRecorded = async (runner: Runner, after: number, signal: AbortSignal): Promise<void> => {
  for await (const { stream, type } of runner.records(after, { signal })) if (stream === 'runner' && type === 'runner.drain') return
}
