import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pythonMountPath } from '../domain/python-call.ts'
import { exceptionMeaning, pythonCallFileName, pythonInvocation, withPythonHelper } from './python-entry.ts'

const mounted = { hostDir: '/var/lib/runner/python', isMounted: true }
const bare = { ...mounted, isMounted: false }
const mount = { hostPath: mounted.hostDir, mountPath: pythonMountPath, readOnly: true }

describe('the invocation of a Python function', () => {
  const call = { module: 'm', function: 'main', args: { text: "a'b\u2028\n" } }

  it('starts the program by its path, and hands the call over as a file', () => {
    const { argv, mounts, files } = pythonInvocation(call, mounted)
    expect(argv).toEqual(['python3', `${pythonMountPath}/env_runner/__main__.py`])
    expect(mounts).toEqual([mount])
    expect(files.map(({ path }) => path)).toEqual([pythonCallFileName])
    expect(JSON.parse(files[0]!.text)).toEqual(call)
  })
  it('takes the program where it lies when nothing can be mounted', () => {
    const { argv, mounts } = pythonInvocation(call, bare)
    expect(argv).toEqual(['python3', `${mounted.hostDir}/env_runner/__main__.py`])
    expect(mounts).toEqual([])
  })
  it('names a program that is there', () => {
    const { argv } = pythonInvocation(call, { hostDir: join(import.meta.dirname, '../../runtime/python'), isMounted: false })
    expect(existsSync(argv[1]!)).toBe(true)
  })
})

describe('the helper for other tasks', () => {
  it("is found after the task's own directories", () => {
    expect(withPythonHelper({ A: 'b' }, mounted)).toEqual({ env: { A: 'b', PYTHONPATH: pythonMountPath }, mounts: [mount] })
    expect(withPythonHelper({ PYTHONPATH: '/a:/b' }, mounted).env).toEqual({ PYTHONPATH: `/a:/b:${pythonMountPath}` })
    expect(withPythonHelper({ PYTHONPATH: '' }, bare)).toEqual({ env: { PYTHONPATH: bare.hostDir }, mounts: [] })
  })
})

describe('the meaning of an exception', () => {
  const head = 'Traceback (most recent call last):\n  File "/work/job.py", line 3, in main\n    raise ValueError("bad")\n'

  it('says first what was raised, then where', () => {
    expect(exceptionMeaning({ type: 'ValueError', message: 'bad', traceback: `${head}ValueError: bad\n` })).toEqual({
      code: 'PYTHON_EXCEPTION',
      message: `ValueError: bad\n${head.trimEnd()}`,
      retryable: false,
    })
  })
  it('is one line when there is no more to say', () => {
    expect(exceptionMeaning({ type: 'AttributeError', message: 'no', traceback: 'AttributeError: no\n' }).message).toBe(
      'AttributeError: no',
    )
    expect(exceptionMeaning({ type: 'KeyboardError', message: '', traceback: '' }).message).toBe('KeyboardError')
  })
  it('keeps the end of a long traceback in whole lines, and the whole within bounds', () => {
    const frames = Array.from({ length: 100 }, (_, index) => `  File "deep.py", line ${index}, in f\n`).join('')
    const { message } = exceptionMeaning({ type: 'E', message: 'm'.repeat(5_000), traceback: `${head}${frames}` })
    expect(message.length).toBeLessThan(2_000)
    expect(message).toMatch(/^E: m+…\n…\n {2}File "deep.py", line \d+, in f\n(.*\n)* {2}File "deep.py", line 99, in f$/)
  })
})
