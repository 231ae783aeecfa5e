import type { ErrorCode } from '../domain/errors.ts'
import { signalNumber } from '../domain/signals.ts'
import type { ResultDocument } from '../runner/task-document.ts'

/** Exit codes of the command line; docs/cli.md explains them. */
export const exitCodes = {
  ok: 0,
  /** The command could not do its work, or found something broken. */
  failed: 1,
  /** The call, the configuration or the task was refused; nothing was started. */
  refused: 2,
  /** `run`: a deadline ended the task, as timeout(1) has it. */
  timeout: 124,
  /** `run`: the runner could not run the task or lost it, as `docker run` has it. */
  notRun: 125,
  /** `run`: no such command. */
  commandNotFound: 127,
} as const

/** As a shell has it. */
export const exitCodeOfSignal = (signal: string): number => 128 + (signalNumber(signal) ?? 0)

const failing: ReadonlySet<ErrorCode> = new Set([
  'INTERNAL',
  'JOURNAL_UNAVAILABLE',
  'JOURNAL_CORRUPT',
  'JOURNAL_NEWER',
  'RUNNER_UNREACHABLE',
  'RUNNER_BUSY',
  'DRAINING',
] satisfies ErrorCode[])

/** For an error that ends a command. */
export const exitCodeOf = (code: ErrorCode): number => (failing.has(code) ? exitCodes.failed : exitCodes.refused)

/** `run` ends as its task did: its own exit code, 128 + n for a signal, else by what happened to it. */
export const exitCodeOfResult = ({ status, exit_code: exitCode, signal, error_code: code }: ResultDocument): number => {
  if (status === 'completed') return exitCodes.ok
  if (status === 'cancelled') return exitCodeOfSignal('SIGINT')
  if (code?.startsWith('TIMEOUT_')) return exitCodes.timeout
  if (code === 'COMMAND_NOT_FOUND') return exitCodes.commandNotFound
  if (code === 'OUT_OF_MEMORY') return exitCodeOfSignal('SIGKILL')
  if (exitCode !== null && exitCode !== 0) return exitCode
  if (signal !== null) return exitCodeOfSignal(signal)
  return exitCode === 0 ? exitCodes.failed : exitCodes.notRun
}
