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
