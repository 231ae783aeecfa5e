import type { Task } from '../../src/runner/api.ts'

export {
  createSimulatedRunner,
  submissionOf,
  type SimulatedProcess,
  type SimulatedRunner,
  type SimulatedRunnerOptions,
} from '../../src/testing/simulated-runner.ts'

/** Everything that a stream gives until it ends. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export const statusOf = (task: Task): string => task.status().status
