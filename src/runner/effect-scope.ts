/** The effect that a task's present state wants, one at a time: the next begins when the one before has unwound, so that the work of two states never overlaps. */
export interface EffectScope {
  /** @param run ends soon after the signal aborts; a rejection after that is nobody's business */
  start(run: (signal: AbortSignal) => Promise<void>): void
  /** Asks the present effect to end. Idempotent. */
  stop(): void
  /** Resolves when nothing of the scope runs. */
  settled(): Promise<void>
}

/** One for all: an abort without a reason makes an error with a stack each time, 4 % of a simulated run. */
const notWanted = new Error('the effect is not wanted any more')

/** @param onFailure told of an effect that threw while it was wanted */
export const createEffectScope = (onFailure: (cause: unknown) => void): EffectScope => {
  let tail: Promise<void> = Promise.resolve()
  let controller: AbortController | null = null
  return {
    start(run) {
      const own = new AbortController()
      controller = own
      const previous = tail
      tail = (async () => {
        await previous
        if (own.signal.aborted) return
        try {
          await run(own.signal)
        } catch (cause) {
          if (!own.signal.aborted) onFailure(cause)
        }
      })()
    },
    stop() {
      controller?.abort(notWanted)
      controller = null
    },
    settled: () => tail,
  }
}
