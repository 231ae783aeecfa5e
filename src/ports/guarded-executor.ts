import { RunnerError } from '../domain/errors.ts'
import type { Executor } from './executor.ts'

/** Keeps the port's promise that every method rejects with `RunnerError` alone.
 * @param translate what else was thrown: a defect of the adapter, or a host in distress */
export const guardedExecutor = (executor: Executor, translate: (cause: unknown) => RunnerError): Executor => {
  const guard =
    <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      try {
        return await method(...args)
      } catch (cause) {
        throw cause instanceof RunnerError ? cause : translate(cause)
      }
    }
  return {
    provision: guard(executor.provision),
    launch: guard(executor.launch),
    wait: guard(executor.wait),
    stop: guard(executor.stop),
    drainLogs: guard(executor.drainLogs),
    remove: guard(executor.remove),
    list: guard(executor.list),
    close: guard(executor.close),
  }
}
