import { RunnerError } from './errors.ts'

/** The refusal of an id under which the caller has no task: the same words whether nobody has one, or another tenant. */
export const unknownTask = (id: string): RunnerError =>
  new RunnerError('NOT_FOUND', `there is no task ${JSON.stringify(id.slice(0, 128))}`, {
    path: 'id',
    hint: 'The list of tasks shows those that there are',
  })
