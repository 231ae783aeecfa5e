/** Repeats a step of work, one at a time, for as long as it finds something to do. */
export interface Pump {
  /** There may be something to do. */
  nudge(): void
  /** Works until the step finds nothing, in a step that begins after this call. Rejects with what a step throws, or with the signal's reason. */
  finish(signal: AbortSignal): Promise<void>
  /** Lets a step that runs end, and begins no other. */
  stop(): void
}

/** `step` resolves to true when there may be more. What it throws after a nudge is forgotten: the next nudge tries again, and `finish` reports. */
export const createPump = (step: () => Promise<boolean>): Pump => {
  let running: Promise<void> | null = null
  let isNudged = false
  let isFinishing = false
  let isStopped = false

  const run = async (): Promise<void> => {
    while (isNudged && !isFinishing && !isStopped) {
      isNudged = false
      while ((await step()) && !isFinishing && !isStopped);
    }
  }
  return {
    nudge() {
      isNudged = true
      if (isFinishing || isStopped) return
      running ??= run()
        .catch(() => {})
        .finally(() => {
          running = null
        })
    },
    async finish(signal) {
      isFinishing = true
      await running
      do signal.throwIfAborted()
      while ((await step()) && !isStopped)
    },
    stop() {
      isStopped = true
    },
  }
}
