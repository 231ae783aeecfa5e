import { unknownArray } from '../domain/array-spec.ts'
import { RunnerError } from '../domain/errors.ts'
import { isJsonObject } from '../domain/json.ts'
import { unknownTask } from '../domain/unknown-task.ts'
import type { ArrayStatus, Runner, Task } from '../runner/api.ts'
import { assertMay, assertMayOperate, type Principal } from './principal.ts'

/** The runner as one principal sees it: the same face, where another tenant's task is `NOT_FOUND`, a list has one's own, and what the role does not cover is
 * `PERMISSION_DENIED`. Every server asks through it. */
export const restrictTo = (principal: Principal, runner: Runner): Runner => {
  const { tenant } = principal

  const task = (id: string): Task => {
    const found = runner.task(id)
    if (tenant !== null && found.status().tenant !== tenant) throw unknownTask(id)
    return withinRole(found, principal)
  }

  const array = (id: string): ArrayStatus => {
    const found = runner.array(id)
    if (tenant !== null && found.tenant !== tenant) throw unknownArray(id)
    return found
  }

  return {
    async submit(submission) {
      assertMay(principal, 'submit')
      return withinRole(await runner.submit(tenant === null ? submission : ownedBy(tenant, submission)), principal)
    },
    task,
    async submitArray(submission) {
      assertMay(principal, 'submit')
      return runner.submitArray(tenant === null ? submission : ownedBy(tenant, submission))
    },
    array,
    async rerunArray(id, newId) {
      array(id)
      assertMay(principal, 'submit')
      return runner.rerunArray(id, newId)
    },
    async cancelArray(id, reason) {
      array(id)
      assertMay(principal, 'submit')
      return runner.cancelArray(id, reason)
    },
    list: (filter) => {
      if (tenant === null) return runner.list(filter)
      if (filter.after !== undefined) task(filter.after)
      return filter.tenant !== undefined && filter.tenant !== tenant ? [] : runner.list({ ...filter, tenant })
    },
    history(id, fromSeq) {
      task(id)
      return runner.history(id, fromSeq)
    },
    recordsOf(ids, after, signal) {
      const chosen = [...ids]
      for (const id of chosen) task(id)
      return runner.recordsOf(chosen, after, signal)
    },
    records: (after, options = {}) => runner.records(after, tenant === null ? options : { ...options, tenant }),
    explain(id) {
      task(id)
      return runner.explain(id)
    },
    logPaths(id, attempt) {
      task(id)
      return runner.logPaths(id, attempt)
    },
    status: () => runner.status(tenant ?? undefined),
    positionSince: (since) => runner.positionSince(since),
    auditReport() {
      assertMayOperate(principal)
      return runner.auditReport()
    },
    async audit() {
      assertMayOperate(principal)
      return runner.audit()
    },
    async pause() {
      assertMayOperate(principal)
      return runner.pause()
    },
    async resume() {
      assertMayOperate(principal)
      return runner.resume()
    },
    async drain(reason) {
      assertMayOperate(principal)
      return runner.drain(reason)
    },
    async close(mode) {
      assertMayOperate(principal)
      return runner.close(mode)
    },
  }
}

const withinRole = (task: Task, principal: Principal): Task => ({
  ...task,
  async cancel(reason) {
    assertMay(principal, 'submit')
    return task.cancel(reason)
  },
})

/** A submission that names no tenant is its principal's. What is no submission at all is left for the parser to refuse. */
const ownedBy = (tenant: string, submission: unknown): unknown => {
  if (!isJsonObject(submission) || !isJsonObject(submission['payload'])) return submission
  const { payload } = submission
  const named = payload['tenant']
  if (named !== undefined && named !== '' && named !== tenant)
    throw new RunnerError('PERMISSION_DENIED', `this principal submits for the tenant ${tenant} alone`, {
      path: 'payload.tenant',
      hint: 'Leave it out',
    })
  return { ...submission, payload: { ...payload, tenant } }
}
