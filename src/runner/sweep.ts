import { attemptName, type AttemptKey } from '../domain/exit.ts'
import type { EngineContext } from './engine-context.ts'

/** What attempts have left outside. What another installation owns is not even listed. */
export interface Traces {
  /** The executor knows of the attempt: while it runs, and until what it left is removed. */
  isKnown(key: AttemptKey): boolean
  /** Every attempt that has left a trace and that no task of the journal needs. */
  readonly leftovers: readonly AttemptKey[]
}

export const findTraces = async (
  { executor, workspace }: EngineContext,
  isOwned: (key: AttemptKey) => boolean,
  signal: AbortSignal,
): Promise<Traces> => {
  const marks = await executor.list(signal)
  const known = new Set(marks.map(attemptName))
  const leftovers = new Map<string, AttemptKey>()
  for (const key of [...marks, ...(await workspace.list())]) if (!isOwned(key)) leftovers.set(attemptName(key), key)
  return { isKnown: (key) => known.has(attemptName(key)), leftovers: [...leftovers.values()] }
}
