import type { Metadata } from '@grpc/grpc-js'
import * as z from 'zod'
import { formatFailure } from '../../../domain/errors.ts'
import { isJsonObject, type Json } from '../../../domain/json.ts'
import type { OutputSummary, TaskResult } from '../../../domain/result.ts'
import { signalNumber } from '../../../domain/signals.ts'
import { controlPrefix, resultPrefix } from '../../../streams/control-lines.ts'
import type { LogLine } from '../generated/runner/v1/LogLine.ts'
import type { RunRequest__Output } from '../generated/runner/v1/RunRequest.ts'
import type { RunResult } from '../generated/runner/v1/RunResult.ts'
import type { TensorMeta } from '../generated/runner/v1/TensorMeta.ts'
import { cacheKeyOf } from './submission.ts'

/** How a job ended, with the last lines that it printed. */
export const runResult = (request: RunRequest__Output, result: TaskResult): RunResult => ({
  exit_code: exitCodeOf(result),
  logs: [...lastLines(result), ...reasonLines(result)],
  outputs: outputsOf(result.collected?.summary.runnerOutput ?? null),
  cache_key: cacheKeyOf(request, result.image?.id ?? null),
})

/** The outcome for programs, beside an answer that has no field for it. */
export const tellOutcome = (trailers: Metadata, result: TaskResult): void => {
  trailers.set('env-runner-task-id', result.id)
  trailers.set('env-runner-status', result.status)
  trailers.set('env-runner-exit-code', String(exitCodeOf(result)))
  if (result.failure) trailers.set('env-runner-error-code', result.failure.code)
}

/** Of the process; 128 + the signal when one ended it, as a shell says it; -1 when the job has none. */
const exitCodeOf = ({ exit }: TaskResult): number => {
  if (exit === null) return -1
  if (exit.code !== null) return exit.code
  const signal = exit.signal === null ? undefined : signalNumber(exit.signal)
  return signal === undefined ? -1 : 128 + signal
}

/** Why the job did not succeed, as a last line; none for one that did. */
export const reasonLines = ({ failure, completedAt }: TaskResult): LogLine[] =>
  failure === null ? [] : [{ ts: timeOf(completedAt), level: 'error', msg: formatFailure(failure).toWellFormed() }]

/** Both streams as far as a result keeps them. When a line was printed is not on record: it was before the end, which is the time given here. */
const lastLines = ({ collected, completedAt }: TaskResult): LogLine[] => {
  if (collected === null) return []
  const ts = timeOf(completedAt)
  const { stdoutTail, stdoutBytes, stderrTail, stderrBytes }: OutputSummary = collected.summary
  return [
    ...linesOf(stdoutTail, stdoutBytes)
      .filter((msg) => !isControlLine(msg))
      .map((msg) => ({ ts, level: 'info', msg })),
    ...linesOf(stderrTail, stderrBytes).map((msg) => ({ ts, level: 'error', msg })),
  ]
}

/** Printed for the runner. */
const isControlLine = (line: string): boolean => line.startsWith(controlPrefix) || line.startsWith(resultPrefix)

/** The whole lines of a stream's end: one that lost its beginning is left out. */
const linesOf = (tail: string, bytes: number): string[] => {
  const lines = tail.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return Buffer.byteLength(tail) < bytes ? lines.slice(1) : lines
}

export const timeOf = (at: number): string => new Date(at).toISOString()

const tensor = z.object({
  name: z.string(),
  shape: z.array(z.int()).default([]),
  dtype: z.string().default(''),
})

/** What the job says of its outputs in its result; entries of another shape are somebody else's, and left out. */
const outputsOf = (reported: Json): TensorMeta[] => {
  const outputs = isJsonObject(reported) ? reported['outputs'] : undefined
  if (!Array.isArray(outputs)) return []
  return outputs.flatMap((entry: unknown) => {
    const { data } = tensor.safeParse(entry)
    return data === undefined ? [] : [{ name: data.name.toWellFormed(), shape: data.shape, dtype: data.dtype.toWellFormed() }]
  })
}
