import { Metadata } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { failure } from '../../../domain/errors.ts'
import type { Json } from '../../../domain/json.ts'
import type { OutputSummary, TaskResult } from '../../../domain/result.ts'
import { runResult, tellOutcome } from './result.ts'

const summary: OutputSummary = { stdoutTail: '', stderrTail: '', stdoutBytes: 0, stderrBytes: 0, runnerOutput: null, metrics: {}, exception: null } // prettier-ignore
const result = (more: Partial<TaskResult> = {}, tails: Partial<OutputSummary> = {}): TaskResult => ({
  id: 'run:default:job:1',
  status: 'completed',
  exit: { code: 0, signal: null, oomKilled: false },
  image: null,
  failure: null,
  attempts: 1,
  submittedAt: 0,
  startedAt: 1,
  completedAt: 1_000,
  latencyMs: 1,
  collected: { outputs: [], summary: { ...summary, ...tails } },
  context: {},
  ...more,
})
const request = { job_id: 'job', run_id: '1', env: null, inputs: [] }
const linesOf = (tails: Partial<OutputSummary>, more: Partial<TaskResult> = {}) =>
  runResult(request, result(more, tails)).logs!.map(({ level, msg }) => [level, msg])

describe('the exit code of a job', () => {
  it.each([
    [{ code: 7, signal: null, oomKilled: false }, 7],
    [{ code: null, signal: 'SIGKILL', oomKilled: true }, 137],
    [{ code: null, signal: 'SIGNONE', oomKilled: false }, -1],
    [null, -1],
  ])('of %j is %i', (exit, code) => {
    expect(runResult(request, result({ exit })).exit_code).toBe(code)
    const trailers = new Metadata()
    tellOutcome(trailers, result({ exit, failure: failure('EXIT_NONZERO', 'x') }))
    expect(trailers.getMap()).toMatchObject({ 'env-runner-exit-code': String(code), 'env-runner-error-code': 'EXIT_NONZERO' })
  })
})

describe('the last lines of a job', () => {
  it('are those of stdout, then of stderr, then why it failed', () => {
    const told = linesOf({ stdoutTail: 'a\r\nb', stdoutBytes: 4, stderrTail: 'c\n', stderrBytes: 2 }, { failure: failure('EXIT_NONZERO', 'no') })
    expect(told).toEqual([['info', 'a'], ['info', 'b'], ['error', 'c'], ['error', 'EXIT_NONZERO: no']])
  }) // prettier-ignore
  it('begin with a whole one, and are without what a job prints for the runner', () => {
    const stdoutTail = 'lf a line\n::env-runner::{}\nwhole\n__DSPY_RESULT__:{}\n'
    expect(linesOf({ stdoutTail, stdoutBytes: stdoutTail.length + 2 })).toEqual([['info', 'whole']])
  })
  it('are none for a job that printed nothing, or never ran', () => {
    expect(linesOf({})).toEqual([])
    expect(runResult(request, result({ collected: null })).logs).toEqual([])
  })
})

describe('the outputs of a job', () => {
  const outputsOf = (runnerOutput: Json) => runResult(request, result({}, { runnerOutput })).outputs
  it('are what it reports with a name, a shape and a type', () => {
    expect(outputsOf({ outputs: [{ name: 'y', shape: [2, 3], dtype: 'f32', more: 1 }, { name: 'z' }] })).toEqual([
      { name: 'y', shape: [2, 3], dtype: 'f32' },
      { name: 'z', shape: [], dtype: '' },
    ])
  })
  it.each<[Json]>([[null], ['text'], [[]], [{ outputs: 'x' }], [{ outputs: [1, null, { shape: [1] }, { name: 'x', shape: [1.5] }, { name: 7 }] }]])(
    'are none where it reports something else: %j', (reported) => expect(outputsOf(reported)).toEqual([])) // prettier-ignore
})
