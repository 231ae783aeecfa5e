import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorClass, type ErrorCode } from '../../src/domain/errors.ts'
import { createCli, type Cli } from '../support/cli.ts'
import { fencedBlocks } from '../support/fenced-blocks.ts'
import { createPython, pythonTestsIn, root, runPythonTests } from '../support/python.ts'

const python = createPython()
afterAll(() => python?.end())

const client = join(root, 'clients/python')
const tests = join(client, 'tests')

describe.runIf(python)('the Python client', () => {
  let outcomes: Awaited<ReturnType<typeof runPythonTests>>
  let cli: Cli
  beforeAll(async () => {
    cli = createCli()
    const { ready } = await cli.serve()
    outcomes = await runPythonTests(python!, tests, { ENV_RUNNER_SERVER: ready.grpc })
  }, 180_000)
  afterAll(() => cli.end())

  it.each(pythonTestsIn(tests))('%s', (id) => {
    expect(outcomes.outcomes.get(id), outcomes.stderr).toEqual({ id })
  })
  it('has no other tests than these', () => {
    expect([...outcomes.outcomes.keys()].sort()).toEqual(pythonTestsIn(tests).sort())
  })
})

describe.runIf(python)('the package of the Python client', () => {
  it('is generated from the protocol as it is', async () => {
    const { code, stderr } = await python!.run([join(client, 'scripts/generate.py'), '--check', join(root, 'proto')])
    expect([code, stderr]).toEqual([0, ''])
  })
  it('passes a strict type check, and so does a program that uses it', async () => {
    const cache = ['--cache-dir', join(python!.directory, 'mypy')]
    const own = await python!.run([
      '-m',
      'mypy',
      ...cache,
      '--config-file',
      join(client, 'pyproject.toml'),
      join(client, 'src/env_runner_client'),
    ])
    expect([own.code, own.stdout]).toEqual([0, expect.stringContaining('Success')])
    const user = await python!.run(['-m', 'mypy', ...cache, '--strict', join(root, 'examples/python/map.py')])
    expect([user.code, user.stdout]).toEqual([0, expect.stringContaining('Success')])
  })
  it('tries again exactly what the runner calls transient in answer to a call', () => {
    const [, codes] = /TRANSIENT = frozenset\(\((.*)\)\)/.exec(readFileSync(join(client, 'src/env_runner_client/_errors.py'), 'utf8')) ?? []
    const listed = [...codes!.matchAll(/'(\w+)'/g)].map(([, code]) => code as ErrorCode)
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    const answers = [...page.matchAll(/^\| `(\w+)` \| \w+ \| \d{3} \|/gm)].map(([, code]) => code as ErrorCode)
    expect(listed.sort()).toEqual(answers.filter((code) => errorClass[code] === 'transient').sort())
  })
})

describe.runIf(python)('with a Python program', () => {
  it('the example runs as the README says', async () => {
    const cli = createCli()
    try {
      const { ready } = await cli.serve()
      const { code, stdout, stderr } = await python!.run([join(root, 'examples/python/map.py'), 'pi'], { ENV_RUNNER_SERVER: ready.grpc })
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/^map pi\n(pi\.\d: \{'points': 400000, 'inside': \d+\}\n){8}pi is about 3\.1\d+\n$/)
    } finally {
      await cli.end()
    }
  })
  it('the programs of the pages run and print what the pages say', async () => {
    const cli = createCli()
    try {
      const { ready } = await cli.serve()
      const programs = [...fencedBlocks('README.md', 'python'), ...fencedBlocks('clients/python/README.md', 'python')]
      const printed = []
      for (const program of programs) printed.push(await python!.run(['-c', program], { ENV_RUNNER_SERVER: ready.grpc }))
      expect(printed.map(({ code, stderr }) => [code, stderr])).toEqual([[0, ''], [0, '']]) // prettier-ignore
      const [short, long] = printed.map(({ stdout }) => stdout)
      expect(short).toBe('[1.5, 4]\n')
      expect(long).toMatch(/^stdout 42\n0\nEXIT_NONZERO 2 ls: .*\n\n\[1\.5, 4\]\n$/)
    } finally {
      await cli.end()
    }
  })
  it('a task is followed over a runner that is killed and started again: each line and each update once', async () => {
    const cli = createCli()
    try {
      const first = await cli.serve()
      const follower = python!.start(['-c', follow], { ENV_RUNNER_SERVER: first.ready.grpc })
      await new Promise<void>((resolve) => follower.child.stdout.once('data', () => resolve())) // its first line is here
      first.child.kill('SIGKILL')
      await first.ended
      await cli.serve(['--set', `grpc.listen=${first.ready.grpc}`])
      const { code, stdout, stderr } = await follower.ended
      expect([code, stderr]).toEqual([0, ''])
      const lines = stdout.trimEnd().split('\n')
      expect(lines.slice(0, -1)).toEqual(Array.from({ length: 30 }, (_, index) => `line ${index}`))
      const { positions, seen, state } = JSON.parse(lines.at(-1)!) as { positions: number[]; seen: number[]; state: string }
      expect([state, seen]).toEqual(['completed', positions])
    } finally {
      await cli.end()
    }
  })
})

/** Prints the lines of a task as they come, follows its updates beside, and last says which it saw and which there are. */
const follow = `
import json, threading
from env_runner_client import Client
client = Client()
task = client.submit(['sh', '-c', 'for i in $(seq 0 29); do echo line $i; sleep 0.1; done'])
seen = []
watcher = threading.Thread(target=lambda: seen.extend(update.position for update in task.stream()))
watcher.start()
for line in task.log_lines(follow=True):
    print(line.text)
watcher.join()
positions = [update.position for update in task.stream()]
print(json.dumps({'seen': seen, 'positions': positions, 'state': task.wait().state.value}))
`
