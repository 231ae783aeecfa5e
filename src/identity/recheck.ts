import type { Clock } from '../ports/clock.ts'

/** How often an answer that goes on is asked whether its caller may still have it, in milliseconds: so late, at most, a followed log ends after its token
 * was revoked or expired. Asking costs about a microsecond for each open answer. */
export const recheckMs = 10_000

/** Looks after answers that take long: streams, and calls that wait. */
export interface Recheck {
  /** Asks `isAllowed` again and again, until the returned function is called; when it says no, or throws, `refused` is called, once. */
  watch(isAllowed: () => boolean, refused: () => void): () => void
}

/** One timer for all, and none while nothing is open. */
export const createRecheck = (clock: Clock): Recheck => {
  const open = new Set<Answer>()
  let armed = false

  const arm = (): void => {
    if (armed || open.size === 0) return
    armed = true
    clock.timer(recheckMs, () => {
      armed = false
      for (const answer of open) if (!holds(answer.isAllowed) && open.delete(answer)) answer.refused()
      arm()
    })
  }

  return {
    watch(isAllowed, refused) {
      const answer = { isAllowed, refused }
      open.add(answer)
      arm()
      return () => void open.delete(answer)
    },
  }
}

interface Answer {
  readonly isAllowed: () => boolean
  readonly refused: () => void
}

const holds = (isAllowed: () => boolean): boolean => {
  try {
    return isAllowed()
  } catch {
    return false
  }
}
