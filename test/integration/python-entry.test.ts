import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probeNative } from '../../adapters/native/probe.ts'
import type { Progress } from '../../src/domain/events.ts'
import { createRunner, type RunningRunner } from '../../src/index.ts'
import { requireService } from '../require-service.ts'

const root = mkdtempSync(join(tmpdir(), 'env-runner-python-'))
chmodSync(root, 0o711)
const findings = probeNative({ dataDir: root, installation: 'probe', sandbox: 'bubblewrap' })
const hasSandbox = requireService('bubblewrap', findings.every(({ status }) => status !== 'failed'), 'apt-get install bubblewrap') // prettier-ignore

const job = `
import dataclasses, os, subprocess, sys, threading
import env_runner

@dataclasses.dataclass
class Scores:
    loss: float
    names: tuple = ('a', 'b')

class NotGood(Exception):
    pass

def main(**args):
    return args
def told(steps):
    for step in range(steps):
        env_runner.progress(100 * (step + 1) / steps, step='train', message=f'step {step}')
        env_runner.metric('loss', 1 / (step + 1))
    env_runner.metric('broken', float('nan'))
    env_runner.checkpoint('ckpt/3', step=3)
    env_runner.token(' the')
    return {'id': env_runner.task_id(), 'attempt': env_runner.attempt()}
def scores():
    return {Scores(0.5).loss: Scores(0.5), 'set': {7}, 'none': None}
def nothing():
    env_runner.result('set before')
def size(text):
    return len(text)
def sized(length):
    return 'x' * length
def fails(why):
    return inner(why)
def inner(why):
    raise ValueError(why)
def fails_in_its_own_way():
    raise NotGood('half a \\ud800 and more')
def unserialisable():
    return {'model': {'weights': [1, object()]}}
def deep():
    value = []
    for _ in range(100): value = [value]
    return value
def leaves(code):
    sys.exit(code)
async def asynchronous(n):
    import asyncio
    await asyncio.sleep(0)
    if n < 0: raise RuntimeError('too few')
    return n
def prints():
    sys.stdout.write('a line\\nhalf a line')
    sys.stdout.flush()
    os.kill(os.getpid(), 9)
def many():
    threads = [threading.Thread(target=lambda n=n: [env_runner.metric(f't{n}/{i}', i) for i in range(100)]) for n in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
def child():
    return subprocess.run([sys.executable, '-c', 'import env_runner; print(env_runner.task_id())'], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
class Trainer:
    @staticmethod
    def run():
        return 'in a class'
number = 7
`
const script = `
import multiprocessing, sys
def double(x):
    return 2 * x
if __name__ == '__main__':
    import beside
    print(sys.argv, __name__, __file__)
    with multiprocessing.get_context('fork').Pool(1) as pool:
        import env_runner
        env_runner.result([beside.name, pool.map(double, [1, 2])])
`

const files: Record<string, string> = {
  'job.py': job,
  'traps/env_runner.py': 'raise RuntimeError("the wrong package")',
  'traps/json.py': 'raise RuntimeError("the wrong json")',
  'whole/script.py': script,
  'whole/beside.py': "name = 'beside the script'",
  'whole/fails.py': "def f():\n    raise KeyError('gone')\nf()\n",
  'broken.py': 'x = (',
  'needs.py': 'import a_module_that_is_not_there',
}

describe.runIf(hasSandbox).each(['bubblewrap', 'none'] as const)('a Python entry point under %s', (sandbox) => {
  let runner: RunningRunner
  beforeAll(async () => {
    const jobs = join(root, sandbox, 'jobs')
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(jobs, path, '..'), { recursive: true })
      writeFileSync(join(jobs, path), text)
    }
    const dataDir = join(root, sandbox, 'data')
    runner = await createRunner({
      config: { data_dir: dataDir, logs: { dir: join(dataDir, 'logs') }, native: { sandbox }, policy: { allowed_paths: [jobs] } },
    })
  })
  afterAll(() => runner.close('cancel'))

  const inputs = Object.keys(files).map((path, index) => ({ name: `file-${index}`, path: join(root, sandbox, 'jobs', path), target: path }))
  const submit = (python: object, beside: object = {}) =>
    runner.submit({ payload: { execution: { python, ...beside }, artifacts: { inputs } } })
  const run = async (python: object, beside: object = {}) => {
    const { status, exit, failure, collected } = await (await submit(python, beside)).result()
    return { status, code: exit?.code ?? null, failure, summary: collected!.summary }
  }
  const call = (name: string, args: object = {}) => run({ module: 'job', function: name, args })

  it('returns what the function returns', async () => {
    const args = { text: 'ünï\u2028"\n', list: [1, 2.5, null], deep: { a: { b: true } } }
    expect(await run({ module: 'job', args })).toMatchObject({
      status: 'completed',
      code: 0,
      summary: { runnerOutput: args, exception: null },
    })
    expect((await run({ script: 'job.py', function: 'size', args: { text: 'four' } })).summary.runnerOutput).toBe(4)
    expect((await call('Trainer.run')).summary.runnerOutput).toBe('in a class')
    expect((await call('asynchronous', { n: 3 })).summary.runnerOutput).toBe(3)
    expect((await call('scores')).summary.runnerOutput).toEqual({ '0.5': { loss: 0.5, names: ['a', 'b'] }, set: [7], none: null })
  })
  it('leaves a result alone that was set while it ran, when it returns nothing', async () => {
    expect(await call('nothing')).toMatchObject({ status: 'completed', summary: { runnerOutput: 'set before' } })
  })
  it('takes arguments and gives results of a size that no environment variable has', async () => {
    expect((await call('size', { text: 'x'.repeat(500_000) })).summary.runnerOutput).toBe(500_000)
    expect((await call('sized', { length: 1_000_000 })).summary.runnerOutput).toBe('x'.repeat(1_000_000))
  })
  it('tells progress, metrics and who it is, through the helper', async () => {
    const task = await submit({ module: 'job', function: 'told', args: { steps: 4 } })
    const { collected } = await task.result()
    expect(collected?.summary).toMatchObject({ metrics: { loss: 0.25 }, runnerOutput: { id: task.id, attempt: 1 }, stdoutTail: '' })
    const told: Progress[] = []
    for await (const { progress } of task.updates()) if (progress) told.push(progress)
    expect(told.at(-1)).toEqual({ percent: 100, step: 'train', message: 'step 3' })
  })
  it('is heard whole from many threads, and from the programs it starts', async () => {
    const { summary } = await call('many')
    expect(Object.keys(summary.metrics)).toHaveLength(800)
    expect((await call('child')).summary.runnerOutput).toMatch(/^[\w-]+$/)
  })
  it('runs a script as Python does, with what lies beside it', async () => {
    const { status, summary } = await run({ script: 'whole/script.py' })
    expect([status, summary.stderrTail]).toEqual(['completed', ''])
    expect(summary.stdoutTail).toMatch(/^\['(.*\/whole\/script\.py)'\] __main__ \1\n$/)
    expect(summary.runnerOutput).toEqual(['beside the script', [2, 4]])
  })
  it('starts in the working directory and finds modules there and in the work directory', async () => {
    expect((await run({ module: 'beside', function: 'name.upper' }, { working_dir: 'whole' })).summary.runnerOutput).toBe(
      'BESIDE THE SCRIPT',
    )
    expect((await run({ module: 'job', function: 'Trainer.run' }, { working_dir: 'whole' })).summary.runnerOutput).toBe('in a class')
  })
  it('is not led astray by files of the task that are named like what it needs itself', async () => {
    expect(await run({ module: 'job', function: 'nothing' }, { working_dir: 'traps' })).toMatchObject({ status: 'completed' })
  })
  it("keeps the task's own PYTHONPATH", async () => {
    const env = { PYTHONPATH: sandbox === 'none' ? 'whole' : '/work/whole' }
    expect((await run({ module: 'beside', function: 'name.upper' }, { env })).summary.runnerOutput).toBe('BESIDE THE SCRIPT')
  })

  it('fails with the exception, and where it came from, without frames of ours', async () => {
    const { status, code, failure, summary } = await call('fails', { why: 'bad input' })
    expect([status, code, failure?.code, failure?.retryable]).toEqual(['failed', 1, 'PYTHON_EXCEPTION', false])
    expect(failure?.message).toMatch(
      /^ValueError: bad input\nTraceback \(most recent call last\):\n(.*\n)*.*in inner\n {4}raise ValueError\(why\)$/,
    )
    expect(summary.exception).toEqual({ type: 'ValueError', message: 'bad input', traceback: summary.stderrTail })
    expect(summary.stderrTail).not.toMatch(/env_runner|asyncio/)
    expect(summary.stderrTail.match(/File "/g)).toHaveLength(2)
  })
  it('fails alike in coroutines and in scripts', async () => {
    const asynchronous = await call('asynchronous', { n: -1 })
    expect(asynchronous.failure).toMatchObject({ code: 'PYTHON_EXCEPTION', message: expect.stringMatching(/^RuntimeError: too few\n/) })
    expect(asynchronous.summary.stderrTail).not.toMatch(/env_runner|asyncio\/|importlib/)
    const whole = await run({ script: 'whole/fails.py' })
    expect(whole.failure).toMatchObject({ code: 'PYTHON_EXCEPTION', message: expect.stringMatching(/^KeyError: 'gone'\n/) })
    expect(whole.summary.stderrTail.match(/File "/g)).toHaveLength(2)
  })
  it.each([
    ['fails_in_its_own_way', {}, /^job\.NotGood: half a /],
    ['unserialisable', {}, /^env_runner\.ResultError: result\.model\.weights\[1\] is of the type object, which has no form in JSON/],
    ['deep', {}, /^env_runner\.ResultError: result(\[0\])+.* is nested deeper than 64 levels/],
    [
      'sized',
      { length: 2_000_000 },
      /^env_runner\.ResultError: the result is 2,000,\d+ bytes of JSON and may have 1,048,576: write it to a file/,
    ],
    ['size', { txt: '' }, /^TypeError: size\(\) got an unexpected keyword argument 'txt'/],
    ['tol', {}, /^AttributeError: job has no function tol: did you mean told\?$/],
    ['number', {}, /^TypeError: number of job is no function: it is of the type int$/],
  ])('says what is wrong with %s %j', async (name, args, message) => {
    const { status, code, failure } = await call(name, args)
    expect([status, code, failure?.code]).toEqual(['failed', 1, 'PYTHON_EXCEPTION'])
    expect(failure?.message).toMatch(message)
  })
  it.each([
    [{ module: 'gone' }, /^ModuleNotFoundError: there is no module gone \(searched: /],
    [{ module: 'job.part' }, /^ModuleNotFoundError: there is no module job\.part /],
    [{ module: 'needs' }, /^ModuleNotFoundError: No module named 'a_module_that_is_not_there'\n(.*\n)*.*needs\.py", line 1/],
    [{ module: 'broken' }, /^SyntaxError: .*\n(.*\n)*.*broken\.py", line 1/],
    [{ script: 'gone.py' }, /^FileNotFoundError: there is no script .*gone\.py: name it as an input/],
  ])('says what is wrong with %j', async (python, message) => {
    const { status, failure } = await run(python)
    expect([status, failure?.code]).toEqual(['failed', 'PYTHON_EXCEPTION'])
    expect(failure?.message).toMatch(message)
  })
  it('ends as the function wants it: an exit code is no exception, and a signal no exit code', async () => {
    expect(await call('leaves', { code: 0 })).toMatchObject({ status: 'completed', code: 0, summary: { runnerOutput: null } })
    expect(await call('leaves', { code: 7 })).toMatchObject({ status: 'failed', code: 7, failure: { code: 'EXIT_NONZERO' } })
    const killed = await call('prints')
    expect(killed).toMatchObject({ failure: { code: 'KILLED_BY_SIGNAL' }, summary: { stdoutTail: 'a line\nhalf a line', exception: null } })
  })
  it('is there for every other Python program too', async () => {
    const program = 'import env_runner; env_runner.result(env_runner.attempt())'
    const task = await runner.submit({ payload: { execution: { command: ['python3', '-c', program] } } })
    expect((await task.result()).collected?.summary.runnerOutput).toBe(1)
  })
})

describe('the helper where nobody listens', () => {
  const program = `
import env_runner
env_runner.progress(1); env_runner.metric('a', 1); env_runner.token('x'); env_runner.checkpoint('c'); env_runner.result({'a': [1]})
print(env_runner.task_id(), env_runner.attempt())`
  const python = (code: string, env: NodeJS.ProcessEnv) =>
    spawnSync('python3', ['-B', '-c', code], {
      env: { PATH: process.env['PATH'], PYTHONPATH: join(import.meta.dirname, '../../runtime/python'), ...env },
      encoding: 'utf8',
    })
  it.each([undefined, '', '/nowhere/at/all', '/dev/full', '/'])('does nothing when the events file is %j', (path) => {
    const { status, stdout, stderr } = python(program, path === undefined ? {} : { ENV_RUNNER_EVENTS: path })
    expect([status, stdout, stderr]).toEqual([0, 'None None\n', ''])
  })
  it('begins a new line after one that a full disk cut off', () => {
    const path = join(root, 'torn')
    writeFileSync(path, '')
    const limits = `
import env_runner, resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
env_runner.token('never whole')
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
env_runner.metric('a', 1)`
    expect(python(limits, { ENV_RUNNER_EVENTS: path }).stderr).toBe('')
    expect(readFileSync(path, 'utf8').split('\n')).toEqual(['{"type":"token","tex', '{"type":"metric","name":"a","value":1}', ''])
  })
  it.each([
    ["env_runner.metric('a', '1')", "TypeError: '1' is not a number"],
    ['env_runner.result({(1, 2): 3})', 'env_runner.ResultError: result has the key (1, 2): keys are texts or numbers'],
    ["env_runner.result({'constructor': 3})", 'env_runner.ResultError: result has the key constructor, which the runner takes from nobody'],
    ['env_runner.result([float("inf")])', 'env_runner.ResultError: result[0] is inf, which JSON cannot carry'],
    ['env_runner.result(10 ** 400)', 'env_runner.ResultError: result is larger than a number of JSON can be'],
  ])('refuses all the same what can never be told: %s', (code, message) => {
    expect(python(`import env_runner; ${code}`, {}).stderr).toContain(message)
  })
})

describe('the helper', () => {
  it('says each thing as a line of its own, in the words of docs/progress.md', () => {
    const path = join(root, 'said')
    writeFileSync(path, '')
    const program = `
import env_runner, pathlib
env_runner.progress(42.5, step='train', message='epoch 3')
env_runner.progress(message='only this')
env_runner.progress()
env_runner.metric('loss', 0.25)
env_runner.metric('loss', float('nan'))
env_runner.token(' the\\n')
env_runner.checkpoint(pathlib.Path('out/model'), step=7)
env_runner.result({'a': (1, None)})`
    const { stderr } = spawnSync('python3', ['-B', '-c', program], {
      env: {
        PATH: process.env['PATH'],
        PYTHONPATH: join(import.meta.dirname, '../../runtime/python'),
        ENV_RUNNER_EVENTS: path,
      },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'progress', percent: 42.5, step: 'train', message: 'epoch 3' },
      { type: 'progress', message: 'only this' },
      { type: 'metric', name: 'loss', value: 0.25 },
      { type: 'token', text: ' the\n' },
      { type: 'checkpoint', path: 'out/model', step: 7 },
      { type: 'result', value: { a: [1, null] } },
    ])
  })
})

afterAll(() => rmSync(root, { recursive: true, force: true }))
