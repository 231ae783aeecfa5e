import { RunnerError } from '../domain/errors.ts'
import type { TaskSpec } from '../domain/task-spec.ts'

/** What `runner.v1` hands to a job about its inputs: of the submission, so that a submission may say it. */
const inputsVariable = 'ENV_RUNNER_INPUTS'

/** Names that the runner sets itself; a task that could set them could deceive its helpers. */
export const environmentOf = ({ execution: { env } }: TaskSpec): Readonly<Record<string, string>> => {
  for (const name of Object.keys(env))
    if (name.startsWith('ENV_RUNNER_') && name !== inputsVariable)
      throw new RunnerError('POLICY_ENV', `variables that begin with ENV_RUNNER_ are the runner's own`, {
        path: `payload.execution.env.${name}`,
        hint: 'Rename it',
      })
  return env
}
