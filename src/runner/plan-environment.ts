import { RunnerError } from '../domain/errors.ts'
import type { TaskSpec } from '../domain/task-spec.ts'

/** Names that the runner sets itself; a task that could set them could deceive its helpers. */
export const environmentOf = ({ execution: { env } }: TaskSpec): Readonly<Record<string, string>> => {
  for (const name of Object.keys(env))
    if (name.startsWith('ENV_RUNNER_'))
      throw new RunnerError('POLICY_ENV', `variables that begin with ENV_RUNNER_ are the runner's own`, {
        path: `payload.execution.env.${name}`,
        hint: 'Rename it',
      })
  return env
}
