import { expect, it } from 'vitest'
import { specOf } from '../../test/support/specs.ts'
import { planPython } from './plan-python.ts'

const call = { module: 'pkg.mod', function: 'main', args: { x: 1 } }

it('makes a Python call a program, a mount and a file with the call', () => {
  const { command: _, ...execution } = specOf().execution
  const planned = planPython(
    { ...specOf(), execution: { ...execution, python: call } },
    { PYTHONPATH: '/mine', A: 'b' },
    '/data/python',
    true,
  )
  expect(planned.argv).toEqual(['python3', '/opt/env-runner/python/env_runner/__main__.py'])
  expect(planned.env).toEqual({ PYTHONPATH: '/mine:/opt/env-runner/python', A: 'b' })
  expect(planned.mounts).toEqual([{ hostPath: '/data/python', mountPath: '/opt/env-runner/python', readOnly: true }])
  expect(JSON.parse(planned.files[0]!.text)).toEqual(call)
})
it('lets every other task import the helper, where the host has it when nothing is mounted', () => {
  expect(planPython(specOf(), {}, '/data/python', true)).toMatchObject({
    argv: null,
    env: { PYTHONPATH: '/opt/env-runner/python' },
    files: [],
  })
  expect(planPython(specOf(), {}, '/data/python', false)).toMatchObject({ env: { PYTHONPATH: '/data/python' }, mounts: [] })
})
it('refuses a Python call where no package is installed, and leaves other tasks as they are', () => {
  expect(planPython(specOf(), { A: 'b' }, null, true)).toEqual({ argv: null, env: { A: 'b' }, mounts: [], files: [] })
  expect(() => planPython(specOf({ python: call }), {}, null, true)).toThrow(
    expect.objectContaining({ code: 'NOT_SUPPORTED', path: 'payload.execution.python' }),
  )
})
