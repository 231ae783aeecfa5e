import { RunnerError } from '../../src/domain/errors.ts'

/** Names the field of a task that an error is about, where the error names none. */
export const atField = async <T>(field: string, work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (cause) {
    if (!(cause instanceof RunnerError) || cause.path !== undefined) throw cause
    throw new RunnerError(cause.code, cause.message, { path: field, hint: cause.hint, cause })
  }
}
