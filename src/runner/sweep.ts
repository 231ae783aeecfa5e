import { attemptName, type AttemptKey } from '../domain/exit.ts'
import type { EngineContext } from './engine-context.ts'

/** Every attempt that has left a trace outside and that no task of the journal needs. What another installation owns is not even listed. */
export const findLeftovers = async (
  { executor, workspace }: EngineContext,
  isOwned: (key: AttemptKey) => boolean,
  signal: AbortSignal,
): Promise<readonly AttemptKey[]> => {
  const found = new Map<string, AttemptKey>()
  for (const key of [...(await executor.list(signal)), ...(await workspace.list())]) if (!isOwned(key)) found.set(attemptName(key), key)
  return [...found.values()]
}

/** Removes processes, marks and work directories. What cannot be removed is counted, and found again at the next start. */
export const removeLeftovers = async ({ executor, workspace, counters, logger }: EngineContext, keys: readonly AttemptKey[], signal: AbortSignal): Promise<void> => {
  for (const key of keys) {
    if (signal.aborted) return
    try {
      await executor.remove(key, signal) // first, so that nothing runs in the directory when it goes
      await workspace.remove(key, signal)
      counters.add('leftovers_removed', 'attempt')
      logger.warn({ attempt: attemptName(key) }, 'remains that no task owned were removed')
    } catch (cause) {
      counters.add('leftovers_kept', 'attempt')
      logger.warn({ attempt: attemptName(key), err: cause }, 'remains could not be removed')
    }
  }
}
