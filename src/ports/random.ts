/** Chance. Adapters: `adapters/system`, `adapters/simulated` (seeded). */
export interface Random {
  /** A new task id: unique for ever, sorts by creation time (UUIDv7). */
  id(): string
}
