import { RunnerError } from '../../src/domain/errors.ts'
import type { Executor } from '../../src/ports/executor.ts'
import { EngineAway, EngineRefusal, wordsOf } from './engine.ts'

/** The port's promise: `RunnerError` alone. What the engine refuses where it has no reason to, it may do tomorrow. */
export const guarded = (executor: Executor): Executor => ({
  provision: guard(executor.provision),
  launch: guard(executor.launch),
  wait: guard(executor.wait),
  stop: guard(executor.stop),
  remove: guard(executor.remove),
  list: guard(executor.list),
  close: guard(executor.close),
})

const guard =
  <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
  async (...args: A): Promise<T> => {
    try {
      return await method(...args)
    } catch (cause) {
      throw cause instanceof RunnerError ? cause : asRunnerError(cause)
    }
  }

const asRunnerError = (cause: unknown): RunnerError => {
  if (cause instanceof EngineRefusal || cause instanceof EngineAway)
    return new RunnerError('ENGINE_UNAVAILABLE', `the Docker engine does not do its work: ${wordsOf(cause)}`, { cause })
  return new RunnerError('INTERNAL', wordsOf(cause), { cause })
}
