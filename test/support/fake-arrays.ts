import { parseArray, taskOfArray, unknownArray, type ArraySpec } from '../../src/domain/array-spec.ts'
import { RunnerError } from '../../src/domain/errors.ts'
import { endedStatuses, taskStatuses, type TaskStatus } from '../../src/domain/result.ts'
import type { TaskRow } from '../../src/ports/journal.ts'
import type { ArrayStatus, Runner } from '../../src/runner/api.ts'
import { firstRow } from '../../src/runner/task-row.ts'

/** The arrays of a fake runner, over its rows. */
export const createFakeArrays = (rows: Map<string, TaskRow>): Pick<Runner, 'submitArray' | 'array' | 'rerunArray' | 'cancelArray'> => {
  const specs = new Map<string, ArraySpec>()
  const specOf = (id: string): ArraySpec => {
    const spec = specs.get(id)
    if (!spec) throw unknownArray(id)
    return spec
  }
  const rowsOf = (id: string): TaskRow[] => [...rows.values()].filter(({ array }) => array?.id === id)

  const status = (id: string): ArrayStatus => {
    const { template, count, concurrency, rerunOf } = specOf(id)
    const own = rowsOf(id)
    return {
      id,
      tenant: template.tenant,
      class: template.class,
      workflowId: template.workflowId,
      count,
      concurrency,
      rerunOf,
      submittedAt: own[0]!.submittedAt,
      tasks: Object.fromEntries(taskStatuses.map((name) => [name, own.filter((row) => row.status === name).length])) as Record<
        TaskStatus,
        number
      >,
      ended: own.every((row) => endedStatuses.has(row.status)),
    }
  }

  const take = (spec: ArraySpec): { array: ArrayStatus; created: boolean } => {
    const known = specs.get(spec.id)
    if (known && JSON.stringify(known) !== JSON.stringify(spec))
      throw new RunnerError('TASK_CONFLICT', `the array ${spec.id} exists with another body`, { path: 'id', hint: 'Use a new id' })
    if (!known)
      for (let place = 0; place < spec.count; place++) {
        const task = taskOfArray(spec, place)
        rows.set(task.id, firstRow(task, 'of the fake', rows.size))
      }
    specs.set(spec.id, spec)
    return { array: status(spec.id), created: !known }
  }

  return {
    submitArray: async (submission) => take(parseArray(submission, () => `a${specs.size + 1}`, { unitsMax: 100_000, depthMax: 64 })),
    array: status,
    async rerunArray(id, newId = `${id}-rerun-1`) {
      const spec = specOf(id)
      const indexes = rowsOf(id)
        .filter((row) => row.status === 'failed' || row.status === 'cancelled')
        .map(({ array }) => array!.index)
      return take({
        ...spec,
        id: newId,
        template: { ...spec.template, id: newId },
        count: indexes.length,
        indexes,
        items: spec.items && indexes.map((index) => spec.items![index]!),
        rerunOf: id,
      })
    },
    async cancelArray(id, reason = 'cancelled') {
      specOf(id)
      for (const row of rowsOf(id)) if (!endedStatuses.has(row.status)) rows.set(row.id, { ...row, cancelReason: reason })
      return status(id)
    },
  }
}
