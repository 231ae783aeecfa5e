import { RunnerError } from '../../domain/errors.ts'

/** What ends a call whose runner stops before it could be answered to its end: clients come back with it. */
export const stopping = (): RunnerError =>
  new RunnerError('RUNNER_UNREACHABLE', 'the runner is stopping', { hint: 'Try again after its restart' })
