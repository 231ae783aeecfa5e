import { describe, expect, it } from 'vitest'
import { failure } from '../domain/errors.ts'
import type { ResultDocument } from '../runner/task-document.ts'
import { ago, duration } from './durations.ts'
import { exitCodeOf, exitCodeOfResult } from './exit-codes.ts'
import { oneLine, printable, table } from './output.ts'
import { progressText } from './progress-bar.ts'
import { submissionOf } from './submission-of.ts'

describe('text for a terminal', () => {
  it('spells out what could drive it', () => {
    expect(printable('a\u001b[2J\u0007\u009b\tb\nc')).toBe('a\\x1b[2J\\x07\\x9b\tb\nc')
    expect(oneLine('first \n  second\r\n')).toBe('first second')
  })
  it('stands in columns', () => {
    expect(table([['ID', 'WHY'], ['long-id', ''], ['x', 'because']])).toEqual(['ID       WHY', 'long-id', 'x        because']) // prettier-ignore
    expect(table([])).toEqual([])
  })
  it.each([[0, '0ms'], [999, '999ms'], [3_249, '3.2s'], [59_999, '59s'], [250_000, '4m 10s'], [3_600_000, '1h'], [183_600_000, '2d 3h']])('says %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  }) // prettier-ignore
  it('says now for what is not a second old, or in the future of a clock that was set back', () => {
    expect([ago(5), ago(-60_000), ago(61_000)]).toEqual(['now', 'now', '1m 1s ago'])
  })
})

describe('the progress bar', () => {
  it('is as full as the task says, and never more or less than it can be', () => {
    expect(progressText({ percent: 50, step: 'train', message: 'epoch 3' })).toBe(
      `[${'#'.repeat(12)}${' '.repeat(12)}]  50% train: epoch 3`,
    )
    expect(progressText({ percent: 250, step: null, message: null })).toBe(`[${'#'.repeat(24)}] 100%`)
    expect(progressText({ percent: -5, step: null, message: null })).toBe(`[${' '.repeat(24)}]   0%`)
  })
  it('is left out where the task tells no percentage', () => {
    expect(progressText({ percent: null, step: 'load\n ing', message: 'x'.repeat(200) })).toBe(`load ing: ${'x'.repeat(50)}`)
  })
})

describe('exit codes', () => {
  const ended = (patch: Partial<ResultDocument>) =>
    exitCodeOfResult({ status: 'failed', exit_code: null, signal: null, error_code: null, ...patch } as ResultDocument)
  it.each([
    [{ status: 'completed', exit_code: 0 }, 0],
    [{ exit_code: 42, error_code: 'EXIT_NONZERO' }, 42],
    [{ exit_code: null, signal: 'SIGSEGV', error_code: 'KILLED_BY_SIGNAL' }, 139],
    [{ exit_code: 143, error_code: 'TIMEOUT_RUN' }, 124],
    [{ exit_code: 0, error_code: 'OUT_OF_MEMORY' }, 137],
    [{ error_code: 'COMMAND_NOT_FOUND' }, 127],
    [{ error_code: 'SANDBOX_UNAVAILABLE' }, 125],
    [{ error_code: 'TASK_LOST' }, 125],
    [{ exit_code: 0, error_code: 'OUTPUT_MISSING' }, 1],
    [{ status: 'cancelled', exit_code: 143, error_code: 'CANCELLED' }, 130],
  ] as const)('of a task %o is %i', (patch, code) => {
    expect(ended(patch)).toBe(code)
  })
  it('tell a refusal from a failure of the runner', () => {
    expect([
      exitCodeOf('INVALID_SPEC'),
      exitCodeOf('ADDRESS_UNAVAILABLE'),
      exitCodeOf(failure('INTERNAL', '').code),
      exitCodeOf('RUNNER_UNREACHABLE'),
    ]).toEqual([2, 2, 1, 1])
  })
})

describe('the options of run', () => {
  it('become a task document', () => {
    expect(submissionOf('a', ['x', '-y'], { class: 'cpu_long', env: ['A=b=c', 'B='], timeout: '1.5', mount: ['/h:/m', '/h:/m:rw'], network: 'host', output: ['out/m.bin', 'm.bin'], tenant: 't' }, {})).toEqual({
      id: 'a',
      class: 'cpu_long',
      payload: {
        tenant: 't',
        execution: {
          command: ['x', '-y'],
          env: { A: 'b=c', B: '' },
          mounts: [{ host_path: '/h', mount_path: '/m', read_only: true }, { host_path: '/h', mount_path: '/m', read_only: false }],
          timeout_seconds: 1.5,
          network: 'host',
        },
        artifacts: { outputs: [{ name: 'm.bin', path: 'out/m.bin' }, { name: 'm.bin-2', path: 'm.bin' }] },
      },
    }) // prettier-ignore
  })
  it.each([[{ mount: ['/h:/m:rx'] }], [{ mount: [':/m'] }], [{ mount: ['/a:/b:rw:x'] }], [{ timeout: '1e3' }], [{ timeout: '' }], [{ env: ['=x'] }], [{ env: ['UNSET'] }]])('are refused where they cannot be read: %o', (options) => {
    expect(() => submissionOf('a', ['x'], options, {})).toThrow(expect.objectContaining({ code: 'INVALID_SPEC' }))
  }) // prettier-ignore
})
