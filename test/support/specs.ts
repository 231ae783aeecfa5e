import { parseSubmission, type Execution, type TaskSpec } from '../../src/domain/task-spec.ts'

/** A task as it is journalled: `execution` and `more` over an ordinary one. */
export const specOf = (execution: Partial<Execution> = {}, more: Partial<Omit<TaskSpec, 'execution'>> = {}): TaskSpec => {
  const limits = { unitsMax: 1_000_000, depthMax: 32 }
  const spec = parseSubmission({ id: 'a', payload: { execution: { command: ['true'] } } }, () => 'a', limits)
  return { ...spec, ...more, execution: { ...spec.execution, ...execution } }
}
