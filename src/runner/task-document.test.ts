import { describe, expect, it } from 'vitest'
import { failure } from '../domain/errors.ts'
import type { TaskRow } from '../ports/journal.ts'
import { recordDocument, resultDocument, taskDocument } from './task-document.ts'

const links = { logsUrl: 'http://h/api/v1/tasks/t/logs', logPaths: { stdout: '/logs/t.1.stdout', stderr: '/logs/t.1.stderr' } }
const pending: TaskRow = {
  id: 't', specDigest: 'd', class: 'cpu_short', tenant: 'default', workflowId: null, array: null, priority: 0, cpuMillicores: 0, memoryBytes: 0,
  status: 'pending', placed: false, attempt: 0, submittedAt: 0, startedAt: null, completedAt: null, failure: null, cancelReason: null, result: null, progress: null,
} // prettier-ignore
const summary = {
  stdoutTail: 'out',
  stderrTail: 'boom\n',
  stdoutBytes: 3,
  stderrBytes: 5,
  metrics: { tokens: 512 },
  runnerOutput: { ok: true },
  exception: null,
}
const failed: TaskRow = {
  ...pending, status: 'failed', attempt: 2, startedAt: 1_000, completedAt: 2_500, failure: failure('EXIT_NONZERO', 'exit code 3'),
  result: {
    id: 't', status: 'failed', exit: { code: 3, signal: null, oomKilled: false }, image: null, failure: failure('EXIT_NONZERO', 'exit code 3'), attempts: 2,
    submittedAt: 0, startedAt: 1_000, completedAt: 2_500, latencyMs: 1_234,
    collected: { outputs: [{ name: 'm', path: 'file:///o/m', type: 'binary', sizeBytes: 1, checksum: 'sha256:00' }], summary }, context: {},
  },
} // prettier-ignore

describe('a task that waits', () => {
  it('has no result, no error, and the reason it is told', () => {
    expect(taskDocument(pending, { logsUrl: null, logPaths: null }, 'waits for a place')).toMatchObject({
      status: 'pending', why: 'waits for a place', submitted_at: '1970-01-01T00:00:00.000Z', started_at: null, result: null, error: null, error_code: null,
    }) // prettier-ignore
    expect(resultDocument(pending, links)).toBeNull()
  })
  it('says why it is tried again without calling that an error', () => {
    const retrying = { ...pending, status: 'retrying', failure: failure('TASK_LOST', 'gone') } as const
    expect(taskDocument(retrying, links)).toMatchObject({ why: 'TASK_LOST: gone', error: null, error_code: null })
  })
})

describe('a task that failed', () => {
  it('is the runner result of the contract, in its words', () => {
    expect(resultDocument(failed, links)).toEqual({
      id: 't', class: 'cpu_short', status: 'failed', exit_code: 3, signal: null, attempts: 2, image: null,
      submitted_at: '1970-01-01T00:00:00.000Z', started_at: '1970-01-01T00:00:01.000Z', completed_at: '1970-01-01T00:00:02.500Z',
      result: { latency_ms: 1_234, outputs: [{ name: 'm', path: 'file:///o/m', type: 'binary', size_bytes: 1, checksum: 'sha256:00' }], metrics: { tokens: 512 } },
      runner_output: { ok: true }, logs_url: links.logsUrl,
      logs: { stdout_path: '/logs/t.1.stdout', stderr_path: '/logs/t.1.stderr', stdout_bytes: 3, stderr_bytes: 5, stdout_tail: 'out', stderr_tail: 'boom\n' },
      error_code: 'EXIT_NONZERO', error: 'EXIT_NONZERO: exit code 3\nboom',
    }) // prettier-ignore
  })
  it('keeps the error under 64 KiB and the end of stderr in it', () => {
    const loud = {
      ...failed,
      result: { ...failed.result!, collected: { outputs: [], summary: { ...summary, stderrTail: `${'x'.repeat(200_000)}END` } } },
    }
    const { error } = taskDocument(loud, links)
    expect(Buffer.byteLength(error!)).toBeLessThan(65_536)
    expect(error).toMatch(/END$/)
  })
  it('survives JSON unchanged', () => {
    const document = taskDocument(failed, links)
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})

it('tells a journal record without its stream', () => {
  const record = {
    position: 9,
    stream: 'task:t',
    seq: 1,
    at: 5,
    type: 'task.admit',
    data: { attempt: 1 },
    state: null,
    public: [{ type: 'task_started' as const, data: {} }],
  }
  expect(recordDocument(record)).toEqual({
    position: 9,
    seq: 1,
    at: 5,
    type: 'task.admit',
    data: { attempt: 1 },
    state: null,
    public: [{ type: 'task_started', data: {} }],
  })
})
