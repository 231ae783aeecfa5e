import { describe, expect, it } from 'vitest'
import { specOf } from '../../test/support/specs.ts'
import { failure } from '../domain/errors.ts'
import type { TaskResult } from '../domain/result.ts'
import type { TaskRow } from '../ports/journal.ts'
import { taskEvent } from './public-event.ts'
import { firstRow } from './task-row.ts'

const spec = specOf({}, { tenant: 'acme', workflowId: 'wf', context: { run: 7 } })
const why = failure('EXIT_NONZERO', 'the command ended with exit code 3')
const output = { name: 'model', path: 'file:///m', type: 'binary', sizeBytes: 1, checksum: 'sha256:0' }
const result: TaskResult = {
  id: 'a',
  status: 'failed',
  exit: { code: 3, signal: null, oomKilled: false },
  image: null,
  failure: why,
  attempts: 2,
  submittedAt: 1,
  startedAt: 2,
  completedAt: 3,
  latencyMs: 12,
  context: spec.context,
  collected: {
    outputs: [output],
    summary: { stdoutTail: '', stderrTail: 'Traceback', stdoutBytes: 0, stderrBytes: 9, metrics: {}, runnerOutput: null, exception: null },
  },
}
const row: TaskRow = { ...firstRow(spec, 'digest', 1), attempt: 2, failure: why, progress: { percent: 5 } }
const dataOf = (type: Parameters<typeof taskEvent>[0], of: TaskRow = row, about = spec) => taskEvent(type, of, about, 9, 'r1').data
const common = { task_id: 'a', tenant: 'acme', workflow_id: 'wf', class: 'cpu_short', attempt: 2, runner_id: 'r1', seq: 9 }

describe('an event about a task', () => {
  it('says of which task, attempt, tenant, workflow and runner it is, and its number', () => {
    expect(taskEvent('task_submitted', row, spec, 9, 'r1')).toEqual({ type: 'task_submitted', data: common })
  })

  it('that has started carries its context', () => {
    expect(dataOf('task_started')).toEqual({ ...common, context: { run: 7 } })
  })

  it('that makes progress carries it', () => {
    expect(dataOf('task_progress')).toEqual({ ...common, progress: { percent: 5 } })
  })

  it('that is tried again carries why', () => {
    expect(dataOf('task_retrying')).toEqual({ ...common, code: 'EXIT_NONZERO', error: 'EXIT_NONZERO: the command ended with exit code 3' })
  })

  it('that completed carries exit code, duration, outputs and context', () => {
    const completed = { ...row, result: { ...result, status: 'completed', exit: { ...result.exit!, code: 0 }, failure: null } as const }
    expect(dataOf('task_completed', completed)).toEqual({
      ...common,
      exit_code: 0,
      duration_ms: 12,
      outputs: [output],
      context: { run: 7 },
    })
  })

  it.each(['task_failed', 'task_cancelled'] as const)('with %s carries code, exit code, the end of stderr and context', (type) => {
    expect(dataOf(type, { ...row, result })).toEqual({
      ...common,
      exit_code: 3,
      duration_ms: 12,
      code: 'EXIT_NONZERO',
      error: 'EXIT_NONZERO: the command ended with exit code 3',
      stderr_tail: 'Traceback',
      context: { run: 7 },
    })
  })

  it('of one that never ran says so with null and zero', () => {
    const never = { ...row, result: { ...result, exit: null, latencyMs: 0, collected: null } }
    expect(dataOf('task_failed', never)).toMatchObject({ exit_code: null, duration_ms: 0, stderr_tail: '' })
  })

  it('leaves out a context that is larger than 8,192 characters, and says so', () => {
    const sized = (length: number) => specOf({}, { context: { text: 'x'.repeat(length - '{"text":""}'.length) } })
    expect(dataOf('task_started', row, sized(8_192))).not.toHaveProperty('context_truncated')
    expect(dataOf('task_started', row, sized(8_193))).toMatchObject({ context: {}, context_truncated: true })
  })
})
