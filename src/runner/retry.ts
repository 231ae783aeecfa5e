import { hash } from 'node:crypto'
import type { AttemptKey } from '../domain/exit.ts'
import type { RetrySettings } from './settings.ts'

/** The pause after an attempt failed, in whole milliseconds: exponential, capped, then shortened by a share that a hash of the attempt
 * chooses. No chance is involved, so that a replay and a restart find the same pause. */
export const backoffMs = (key: AttemptKey, { baseMs, factor, capMs, jitter }: RetrySettings): number => {
  const full = Math.min(capMs, baseMs * factor ** (key.attempt - 1))
  return Math.round(full * (1 - jitter * unitOf(key)))
}

/** An even spread over [0, 1). */
const unitOf = ({ taskId, attempt }: AttemptKey): number =>
  Number.parseInt(hash('sha256', `${taskId}.${attempt}`, 'hex').slice(0, 8), 16) / 2 ** 32
