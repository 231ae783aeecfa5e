import type { EngineContext } from '../../src/runner/engine-context.ts'

/** A place in a runner's life: the `nth` call (from 1) of a port's method since it was armed, before it has begun or after it has had its effect. */
export interface FaultPoint {
  /** Such as `journal.append`. */
  readonly call: string
  readonly nth: number
  readonly when: 'before' | 'after'
}

/** What a runner calls that changes the outside, or reads what has to be there. Looks at sizes and holes are left out: to die there is to die after the call before. */
const watchedCalls = {
  journal: ['append'],
  executor: ['launch', 'wait', 'stop', 'remove', 'list'],
  workspace: ['prepare', 'collect', 'remove', 'list'],
  logs: ['create', 'read', 'discard', 'saveCheckpoint', 'loadCheckpoint'],
} as const

export interface FaultPoints {
  /** Between the engine and its adapters. */
  around(outside: EngineContext): EngineContext
  /** Counts from here on, and calls `die` at the point. Null: only counts. */
  arm(point: FaultPoint | null): void
  /** The calls since then, in order. */
  calls(): readonly { readonly call: string; readonly nth: number }[]
}

/** @param die never returns */
export const createFaultPoints = (die: () => never): FaultPoints => {
  let armed: FaultPoint | null = null
  let calls: { call: string; nth: number }[] = []

  const watched = <Port extends object>(name: string, port: Port, methods: readonly (keyof Port & string)[]): Port => {
    const watch = (method: keyof Port & string) => {
      const call = `${name}.${method}`
      const perform = port[method] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]): Promise<unknown> => {
        const nth = calls.filter((each) => each.call === call).length + 1
        const own = calls
        own.push({ call, nth })
        const strikes = (when: FaultPoint['when']): boolean =>
          own === calls && armed?.call === call && armed.nth === nth && armed.when === when
        if (strikes('before')) die()
        try {
          return await perform(...args)
        } finally {
          if (strikes('after')) die()
        }
      }
    }
    return { ...port, ...Object.fromEntries(methods.map((method) => [method, watch(method)])) }
  }

  return {
    around: (outside) => ({
      ...outside,
      journal: watched('journal', outside.journal, watchedCalls.journal),
      executor: watched('executor', outside.executor, watchedCalls.executor),
      workspace: watched('workspace', outside.workspace, watchedCalls.workspace),
      logs: watched('logs', outside.logs, watchedCalls.logs),
    }),
    arm(point) {
      armed = point
      calls = []
    },
    calls: () => calls,
  }
}
