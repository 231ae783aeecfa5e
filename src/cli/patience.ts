import { RunnerError } from '../domain/errors.ts'

/** How long a runner that goes away is waited for, in milliseconds: a restart that takes up thousands of tasks needs seconds, and a service manager a pause before it. */
export const patienceMs = 30_000
const pauseMs = 250

/** Counts failures in a row against the patience. */
export interface Patience {
  /** Call it when the runner has answered. */
  renew(): void
  /** Resolves after a pause, when another try makes sense; else rejects with the cause: it will not pass, or has lasted too long.
   * @returns true for the first failure in a row */
  spend(cause: unknown): Promise<boolean>
}

export const createPatience = (limitMs = patienceMs): Patience => {
  let failedSince: number | null = null
  return {
    renew: () => void (failedSince = null),
    async spend(cause) {
      const isFirst = failedSince === null
      failedSince ??= performance.now()
      if (!isPassing(cause) || performance.now() - failedSince > limitMs) throw cause
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      return isFirst
    },
  }
}

/** The runner is on its way out or away; no task is harmed by that. */
export const isPassing = (cause: unknown): boolean =>
  cause instanceof RunnerError && (cause.code === 'RUNNER_UNREACHABLE' || cause.code === 'DRAINING' || cause.code === 'RUNNER_BUSY')
