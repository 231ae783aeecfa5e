import { attemptName } from '../domain/exit.ts'
import type { Executor } from '../ports/executor.ts'

/** An executor that keeps the names of the attempts that it launched, or found again, and that have not ended, in `running`. */
export const meterExecutor = (executor: Executor, running: Set<string>): Executor => ({
  ...executor,
  async launch(request, signal) {
    const launched = await executor.launch(request, signal)
    running.add(attemptName(request.key))
    return launched
  },
  // One whose end cannot be told may still run: `stop` and `remove`, one of which follows, verify that nothing does.
  async wait(key, signal) {
    const exit = await executor.wait(key, signal)
    running.delete(attemptName(key))
    return exit
  },
  async stop(key, graceMs, signal) {
    const exit = await executor.stop(key, graceMs, signal)
    running.delete(attemptName(key))
    return exit
  },
  async remove(key, signal) {
    await executor.remove(key, signal)
    running.delete(attemptName(key))
  },
})
