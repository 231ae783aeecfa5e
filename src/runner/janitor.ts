import { attemptName, type AttemptKey } from '../domain/exit.ts'
import { toFailure } from '../domain/errors.ts'
import type { EngineContext } from './engine-context.ts'
import { pause } from './pause.ts'

/** Pauses between tries of the same removal, in milliseconds: quick at first, then patient. */
const [firstMs, lastMs] = [500, 60_000]

/** Removes what an attempt left outside, except its logs, and does not give up: a task must not wait for a disk or an engine that is in trouble. */
export interface Janitor {
  /** Resolves when everything is gone, or after the first failure: then it goes on in the background. At once where it does so already. */
  remove(key: AttemptKey, signal: AbortSignal): Promise<void>
  /** It is being removed, or will be tried again. */
  isAtWorkOn(key: AttemptKey): boolean
  /** Ends what goes on in the background; the next start's sweep finds it. */
  close(): Promise<void>
}

export const createJanitor = ({ clock, executor, workspace, counters, logger }: EngineContext): Janitor => {
  const ending = new AbortController()
  /** By the attempt's name: removals of one attempt do not overlap. */
  const chores = new Map<string, Promise<void>>()
  /** By the attempt's name: tries under way, whoever made them. */
  const tries = new Map<string, number>()

  /** First what runs and its mark, then the directory it ran in: a crash in between leaves a directory, which the sweep finds. */
  const tryOnce = async (key: AttemptKey, signal: AbortSignal): Promise<boolean> => {
    const name = attemptName(key)
    tries.set(name, (tries.get(name) ?? 0) + 1)
    try {
      await executor.remove(key, signal)
      await workspace.remove(key, signal)
      return true
    } catch (cause) {
      if (!signal.aborted) {
        counters.add('leftovers_kept', toFailure(cause).code)
        logger.warn({ task_id: key.taskId, attempt: key.attempt, err: cause }, 'remains could not be removed yet')
      }
      return false
    } finally {
      if (tries.get(name) === 1) tries.delete(name)
      else tries.set(name, tries.get(name)! - 1)
    }
  }

  const persist = async (key: AttemptKey): Promise<void> => {
    for (let waitMs = firstMs; !ending.signal.aborted; waitMs = Math.min(waitMs * 2, lastMs)) {
      await pause(clock, waitMs, ending.signal)
      if (ending.signal.aborted || (await tryOnce(key, ending.signal))) return
    }
  }

  return {
    async remove(key, signal) {
      const name = attemptName(key)
      if (chores.has(name) || (await tryOnce(key, signal)) || signal.aborted) return
      chores.set(name, persist(key).finally(() => chores.delete(name))) // prettier-ignore
    },
    isAtWorkOn: (key) => tries.has(attemptName(key)) || chores.has(attemptName(key)),
    async close() {
      ending.abort()
      await Promise.all(chores.values())
    },
  }
}
