import { attemptName, type AttemptKey } from '../domain/exit.ts'
import type { ExecutionPlan } from '../domain/plan.ts'
import type { Executor } from '../ports/executor.ts'

/** One executor made of one for each mode. A plan tells which; of an attempt that only its name is known of, the executor that has a trace of it.
 * One without a trace answers at once and asks nobody: a native task does not wait for an engine that is away. */
export const createExecutorByMode = (executors: Readonly<Record<ExecutionPlan['mode'], Executor>>): Executor => {
  const all = Object.values(executors)
  /** By the attempt's name, from its provision to its removal. */
  const known = new Map<string, Executor>()
  const of = (key: AttemptKey): readonly Executor[] => {
    const executor = known.get(attemptName(key))
    return executor ? [executor] : all
  }
  const choose = (key: AttemptKey, plan: ExecutionPlan): Executor => {
    const executor = executors[plan.mode]
    known.set(attemptName(key), executor)
    return executor
  }
  return {
    provision: (key, plan, signal, told) => choose(key, plan).provision(key, plan, signal, told),
    launch: (request, signal) => choose(request.key, request.plan).launch(request, signal),
    wait: (key, signal) => (known.get(attemptName(key)) ?? executors.native).wait(key, signal),
    async stop(key, graceMs, signal) {
      for (const executor of of(key)) {
        const exit = await executor.stop(key, graceMs, signal)
        if (exit !== null) return exit
      }
      return null
    },
    async drainLogs(key, signal) {
      for (const executor of of(key)) await executor.drainLogs(key, signal)
    },
    async remove(key, signal) {
      for (const executor of of(key)) await executor.remove(key, signal)
      known.delete(attemptName(key))
    },
    async list(signal) {
      const keys = new Map<string, AttemptKey>()
      for (const executor of all) for (const key of await executor.list(signal)) keys.set(attemptName(key), key)
      return [...keys.values()]
    },
    async close() {
      await Promise.all(all.map((executor) => executor.close()))
    },
  }
}
