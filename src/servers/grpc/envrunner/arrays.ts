import type { ArrayStatus } from '../../../runner/api.ts'
import type { Calls } from '../calls.ts'
import type { Array as ArrayMessage } from '../generated/envrunner/v1/Array.ts'
import type { ArrayServiceHandlers } from '../generated/envrunner/v1/ArrayService.ts'
import { cancelRequest, parseRequest } from './requests.ts'
import { submissionOf, submitting } from './submission.ts'
import { wireClass } from './words.ts'

/** `envrunner.v1.ArrayService` over a runner. */
export const arrayService = (calls: Calls): ArrayServiceHandlers => ({
  SubmitArray: calls.unary(({ template, count, items, concurrency, ...request }, { runner }) =>
    submitting('template', async () => {
      const size = { ...(count !== 0 && { count }), ...(items.length > 0 && { items }), concurrency }
      const { array } = await runner.submitArray({ ...submissionOf(request, 'template', template), ...size })
      return arrayMessage(array)
    }),
  ),
  GetArray: calls.unary(({ id }, { runner }) => arrayMessage(runner.array(id))),
  RerunArray: calls.unary(async ({ id, new_id: newId }, { runner }) =>
    arrayMessage((await runner.rerunArray(id, newId === '' ? undefined : newId)).array),
  ),
  CancelArray: calls.unary(async (request, { runner }) => {
    const { id, reason } = parseRequest(cancelRequest, request)
    return arrayMessage(await runner.cancelArray(id, reason))
  }),
})

const arrayMessage = (array: ArrayStatus): ArrayMessage => ({
  id: array.id,
  count: array.count,
  concurrency: array.concurrency ?? 0,
  tasks: array.tasks,
  ended: array.ended,
  rerun_of: array.rerunOf ?? '',
  task_class: wireClass(array.class),
  tenant: array.tenant,
  workflow_id: (array.workflowId ?? '').toWellFormed(),
  submitted_at_ms: array.submittedAt,
})
