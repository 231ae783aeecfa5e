import { describe, expect, it } from 'vitest'
import { RunnerError } from './errors.ts'
import { parseSubmission } from './task-spec.ts'

const parse = (python: unknown, beside: Record<string, unknown> = {}) =>
  parseSubmission({ payload: { execution: { python, ...beside } } }, () => 'made-up', { unitsMax: 100_000, depthMax: 32 }).execution.python
const refusal = (python: unknown, beside: Record<string, unknown> = {}) => {
  try {
    parse(python, beside)
  } catch (cause) {
    if (cause instanceof RunnerError) return [cause.code, cause.path, cause.message, cause.hint]
  }
  throw new Error('it was not refused')
}

describe('a Python entry point', () => {
  it("calls a module's main unless another function is named", () => {
    expect(parse({ module: 'pkg.mod' })).toEqual({ module: 'pkg.mod', function: 'main', args: {} })
    expect(parse({ module: 'm', function: 'Trainer.run', args: { epochs: 3, deep: [{ a: null }] } })).toEqual({
      module: 'm',
      function: 'Trainer.run',
      args: { epochs: 3, deep: [{ a: null }] },
    })
  })
  it('runs a script as a whole unless a function is named', () => {
    expect(parse({ script: 'jobs/train.py' })).toEqual({ script: 'jobs/train.py', args: {} })
    expect(parse({ script: './train', function: 'go', args: { a: 1 } })).toEqual({ script: './train', function: 'go', args: { a: 1 } })
  })
  it('has the names that Python has', () => {
    expect(parse({ module: '_größe.模型', function: 'tür2' })).toMatchObject({ module: '_größe.模型', function: 'tür2' })
  })
  it('may come from a client that sends every list', () => {
    expect(parse({ module: 'm' }, { command: [] })).toMatchObject({ module: 'm' })
  })

  it.each<[python: unknown, field: string, rule: RegExp]>([
    [{}, '', /must name either a module or a script/],
    [{ module: 'm', script: 's.py' }, '', /must name either a module or a script/],
    [{ script: 's.py', args: { a: 1 } }, '.args', /must be left out for a script that is run as a whole/],
    [{ module: 'm', args: [1] }, '.args', /expected record/],
    [{ module: 7 }, '.module', /expected string/],
    ...['', '.m', 'm.', 'a..b', 'a-b', '1a', 'a b', 'a/b', "os;print('x')", 'm\0', `a${'.a'.repeat(300)}`].map(
      (module) => [{ module }, '.module', /./] as [unknown, string, RegExp],
    ),
    ...['', 'f()', 'a..b', '__import__("os")'].map(
      (name) => [{ module: 'm', function: name }, '.function', /./] as [unknown, string, RegExp],
    ),
    ...['', '.', './', '/etc/x.py', '../x.py', 'a/../../x.py', 'a/..', 'a/', 'x\0.py', 'x'.repeat(5_000)].map(
      (script) => [{ script }, '.script', /./] as [unknown, string, RegExp],
    ),
  ])('is refused as %j', (python, field, rule) => {
    const [code, path, message] = refusal(python)
    expect([code, path]).toEqual(['INVALID_SPEC', `payload.execution.python${field}`])
    expect(message).toMatch(rule)
  })
  it('names the field that was probably meant', () => {
    expect(refusal({ module: 'm', arg: {} })).toEqual([
      'INVALID_SPEC',
      'payload.execution.python.arg',
      'the field "arg" is unknown',
      'Did you mean "args"?',
    ])
  })
  it.each([{ command: ['x'] }, { entrypoint: ['x'] }])('is refused beside %j', (beside) => {
    const [code, path, message] = refusal({ module: 'm' }, beside)
    expect([code, path]).toEqual(['INVALID_SPEC', 'payload.execution.python'])
    expect(message).toMatch(/two things to run/)
  })
})
