import { RunnerError, type Runner, type TaskResult } from 'env-runner'

/** What one batch came to. */
export interface BatchReport {
  readonly completed: string[]
  readonly failed: Record<string, string>
}

/** Runs a command for each name, and says how each went. Repeatable: the same batch again, after whatever crashed, adds nothing to what was submitted before. */
export const runBatch = async (
  runner: Runner,
  batch: string,
  commands: Readonly<Record<string, readonly string[]>>,
): Promise<BatchReport> => {
  const results = await Promise.all(
    Object.entries(commands).map(async ([name, command]): Promise<[string, TaskResult]> => {
      const task = await runner.submit({ id: `${batch}.${name}`, payload: { execution: { command } } })
      return [name, await task.result()]
    }),
  )
  const completed = results.filter(([, { status }]) => status === 'completed').map(([name]) => name)
  const failed = results.filter(([, { failure }]) => failure !== null).map(([name, { failure }]) => [name, failure!.code] as const)
  return { completed, failed: Object.fromEntries(failed) }
}

/** Whether the batch may be run again: its runner went away, and the tasks go on without it. */
export const mayRunAgain = (cause: unknown): boolean => cause instanceof RunnerError && cause.code === 'RUNNER_UNREACHABLE'
