import { failure, type Failure } from '../domain/errors.ts'
import type { Exit } from '../domain/exit.ts'

/** What the end of a process means for its attempt; null is success. An out-of-memory kill counts even when the command ended with 0:
 * the kernel ended a part of it, and what that part did is missing. */
export const exitMeaning = (exit: Exit): Failure | null => {
  if (exit.oomKilled) return failure('OUT_OF_MEMORY', `the memory limit ended ${exit.code === 0 ? 'a part of the command' : 'the command'}`)
  if (exit.signal !== null) return failure('KILLED_BY_SIGNAL', `the command was ended by ${exit.signal}`)
  if (exit.code !== 0) return failure('EXIT_NONZERO', `the command ended with exit code ${exit.code ?? 'unknown'}`)
  return null
}

/** The exit of a command that never ran. */
export const noExit: Exit = { code: null, signal: null, oomKilled: false }
