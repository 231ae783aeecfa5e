/** Time. Adapters: `adapters/system`, `adapters/simulated`. */
export interface Clock {
  /** Unix time in milliseconds. Never goes back within a process, even when the host's clock does. */
  now(): number
  /** Milliseconds since some moment of this process; unmoved by changes of the host's clock. */
  monotonic(): number
  /** Calls `run` once, `delayMs` (≥ 0) later on the monotonic scale. Returns the cancellation: synchronous, idempotent. A timer keeps no process alive that has nothing else to do. */
  timer(delayMs: number, run: () => void): () => void
}
