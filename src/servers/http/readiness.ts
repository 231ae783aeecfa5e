import type { Clock } from '../../ports/clock.ts'
import type { RunnerStatus } from '../../runner/api.ts'

/** Something outside that tasks may need: a container engine, room on a disk. */
export interface Dependency {
  /** One word, such as `docker`. */
  readonly what: string
  /** Null when it is there; else a sentence without secrets or addresses: anyone may read it. A rejection means that it did not answer. */
  check(signal: AbortSignal): Promise<string | null>
}

export interface Missing {
  readonly what: string
  readonly why: string
  /** No task is accepted without it. Without the others tasks are, and may have to wait or fail for it. */
  readonly required: boolean
}

/** How long an answer of a dependency stands, and how long it is waited for, in milliseconds: a probe that is called often asks seldom. */
const [freshMs, answerMs] = [5_000, 1_000]

/** What keeps a runner from taking tasks, the required first; empty when all is there. */
export type Readiness = (status: Pick<RunnerStatus, 'state' | 'journalTrouble'>) => Promise<readonly Missing[]>

export const createReadiness = (dependencies: readonly Dependency[], clock: Clock): Readiness => {
  const asked = dependencies.map((dependency) => ({ what: dependency.what, why: createAsk(dependency, clock) }))
  return async ({ state, journalTrouble }) => {
    const answers = await Promise.all(asked.map(async ({ what, why }) => ({ what, why: await why(), required: false })))
    return [
      ...(state === 'accepting' || state === 'paused' ? [] : [{ what: 'state', why: `the runner is ${state}`, required: true }]),
      ...(journalTrouble === null ? [] : [{ what: 'journal', why: journalTrouble.message, required: true }]),
      ...answers.filter((answer): answer is Missing => answer.why !== null),
    ]
  }
}

/** Asks a dependency once for all who want to know within `freshMs`. */
const createAsk = (dependency: Dependency, clock: Clock): (() => Promise<string | null>) => {
  let last: { readonly at: number; readonly why: string | null } | null = null
  let asking: Promise<string | null> | null = null
  const ask = async (): Promise<string | null> => {
    const late = Promise.withResolvers<string>()
    const giveUp = new AbortController()
    const disarm = clock.timer(answerMs, () => {
      giveUp.abort()
      late.resolve(`${dependency.what} did not answer within ${answerMs} ms`)
    })
    try {
      return await Promise.race([dependency.check(giveUp.signal).catch(() => `${dependency.what} does not answer`), late.promise])
    } finally {
      disarm()
    }
  }
  return async () => {
    if (last && clock.monotonic() - last.at < freshMs) return last.why
    asking ??= ask().then((why) => {
      last = { at: clock.monotonic(), why }
      asking = null
      return why
    })
    return asking
  }
}
