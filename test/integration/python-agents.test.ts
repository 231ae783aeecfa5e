import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'
import { createPython, pythonTestsIn, root, runPythonTests } from '../support/python.ts'

const python = createPython()
afterAll(() => python?.end())

const tests = join(import.meta.dirname, 'python-agents')

describe.runIf(python)('the Python agents in use, with stubs generated from proto/orchestrator/v1', () => {
  let outcomes: Awaited<ReturnType<typeof runPythonTests>>
  let cli: Cli
  beforeAll(async () => {
    const stubs = join(python!.directory, 'stubs')
    mkdirSync(stubs)
    const outs = ['python', 'grpc_python'].map((kind) => `--${kind}_out=${stubs}`)
    const generated = await python!.run([
      '-m',
      'grpc_tools.protoc',
      `-I${join(root, 'proto')}`,
      ...outs,
      'orchestrator/v1/orchestrator.proto',
    ])
    expect([generated.code, generated.stderr]).toEqual([0, ''])
    cli = createCli()
    const { ready } = await cli.serve()
    outcomes = await runPythonTests(python!, tests, { ENV_RUNNER_SERVER: ready.grpc, PYTHONPATH: stubs })
  }, 180_000)
  afterAll(() => cli.end())

  it.each(pythonTestsIn(tests))('%s', (id) => {
    expect(outcomes.outcomes.get(id), outcomes.stderr).toEqual({ id })
  })
  it('has no other tests than these', () => {
    expect([...outcomes.outcomes.keys()].sort()).toEqual(pythonTestsIn(tests).sort())
  })
})
