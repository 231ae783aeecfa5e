import { RunnerError, type ErrorCode } from '../domain/errors.ts'

const passing: ReadonlySet<ErrorCode> = new Set(['RUNNER_BUSY', 'RUNNER_UNREACHABLE', 'DRAINING', 'JOURNAL_UNAVAILABLE'])

/** A refusal that says nothing about what was asked: a client asks again later. */
export const isPassing = (cause: unknown): boolean => cause instanceof RunnerError && passing.has(cause.code)
