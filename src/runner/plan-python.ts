import { RunnerError } from '../domain/errors.ts'
import type { PlannedFile, PlannedMount } from '../domain/plan.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import { pythonInvocation, withPythonHelper } from './python-entry.ts'

export interface PythonPlan {
  /** The program that calls the function; null: the task is no Python call. */
  readonly argv: readonly string[] | null
  /** The task's own, with what lets every Python program `import env_runner`. */
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly PlannedMount[]
  readonly files: readonly PlannedFile[]
}

/** What a plan owes to Python, whether the task is a Python call or not.
 * @param hostDir where the package `env_runner` lies on this host; null: there is none
 * @param isMounted whether the task sees it at its own place; else at the host's
 * @throws RunnerError `NOT_SUPPORTED` for a Python call where there is no package */
export const planPython = (
  { execution: { python } }: TaskSpec,
  env: Readonly<Record<string, string>>,
  hostDir: string | null,
  isMounted: boolean,
): PythonPlan => {
  if (hostDir !== null) {
    const at = { hostDir, isMounted }
    const helper = withPythonHelper(env, at)
    return python === undefined ? { argv: null, files: [], ...helper } : { ...pythonInvocation(python, at), env: helper.env }
  }
  if (python === undefined) return { argv: null, env, mounts: [], files: [] }
  throw new RunnerError('NOT_SUPPORTED', 'this installation holds no Python package for tasks', {
    path: 'payload.execution.python',
    hint: 'Install env-runner whole',
  })
}
