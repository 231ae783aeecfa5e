import { describe, expect, it } from 'vitest'
import { specOf } from '../../test/support/specs.ts'
import { failure } from '../domain/errors.ts'
import { taskStatuses, type TaskResult } from '../domain/result.ts'
import type { TaskRow } from '../ports/journal.ts'
import { explainRow } from './explain.ts'
import { firstRow } from './task-row.ts'

const spec = specOf()
const row: TaskRow = { ...firstRow(spec, 'digest', 0), attempt: 2 }
const why = { ...failure('EXIT_NONZERO', 'the command ended with exit code 3'), hint: 'See its logs' }
const result: TaskResult = {
  id: 'a', status: 'failed', exit: null, image: null, failure: why, attempts: 2, submittedAt: 0, startedAt: null, completedAt: 1, latencyMs: 0, context: {},
  collected: { outputs: [], summary: { stdoutTail: '', stderrTail: `${'x'.repeat(5_000)}the end\n`, stdoutBytes: 0, stderrBytes: 0, metrics: {}, runnerOutput: null, exception: null } },
} // prettier-ignore

describe('why a task is where it is', () => {
  it.each(taskStatuses)('has sentences for %s', (status) => {
    const sentences = explainRow({ ...row, status })
    expect(sentences[0]).toBe('a (cpu_short, priority 0) was submitted at 1970-01-01T00:00:00.000Z')
    expect(sentences.length).toBeGreaterThan(1)
    for (const sentence of sentences) expect(sentence).toMatch(/^\S.*[^.\s]$/)
  })

  it('says since when it runs, and who wants its end', () => {
    expect(explainRow({ ...row, status: 'running', startedAt: 1_000, cancelReason: 'no longer needed' }).slice(1)).toEqual([
      'attempt 2 runs since 1970-01-01T00:00:01.000Z',
      'somebody asked for its end: no longer needed',
    ])
  })

  it('says why it is tried again', () => {
    expect(explainRow({ ...row, status: 'retrying', failure: why }).at(-1)).toBe(
      'because: EXIT_NONZERO: the command ended with exit code 3. See its logs',
    )
  })

  it('says why it failed, with the end of its stderr and no more of it', () => {
    const sentences = explainRow({ ...row, status: 'failed', result })
    expect(sentences).toContain('EXIT_NONZERO: the command ended with exit code 3. See its logs')
    expect(sentences.at(-1)).toMatch(/^the end of its stderr: x+the end$/)
    expect(sentences.at(-1)!.length).toBeLessThan(2_100)
  })

  it('counts attempts in words', () => {
    expect(explainRow({ ...row, status: 'completed', attempt: 1 })[1]).toBe('it completed after 1 attempt')
    expect(explainRow({ ...row, status: 'cancelled', attempt: 2 })[1]).toBe('it was cancelled after 2 attempts')
  })
})
