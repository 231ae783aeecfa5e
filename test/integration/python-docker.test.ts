import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Progress } from '../../src/domain/events.ts'
import { createRunner, type RunningRunner } from '../../src/index.ts'
import { hasDocker, pythonImage } from '../support/docker-images.ts'

const job = `
import env_runner, os

def main(**args):
    return args
def fails(why):
    raise ValueError(why)
def told(steps):
    for step in range(steps):
        env_runner.progress(100 * (step + 1) / steps, step='train', message=f'step {step}')
    env_runner.metric('loss', 0.25)
    return {'id': env_runner.task_id(), 'attempt': env_runner.attempt()}
def where():
    return {'cwd': os.getcwd(), 'uid': os.getuid(), 'file': __file__}
def sized(length):
    return 'x' * length
`
const script = `
import sys, beside, env_runner
print(sys.argv, __name__)
env_runner.result([beside.name])
`
const files: Record<string, string> = { 'job.py': job, 'whole/script.py': script, 'whole/beside.py': "name = 'beside the script'" }

/** The image has a Python and nothing of ours. What the functions do in detail is the same natively, and shown there. */
describe.runIf(hasDocker())('a Python entry point in a container', () => {
  const root = mkdtempSync(join(tmpdir(), 'er-python-'))
  chmodSync(root, 0o711) // tasks pass through as their own user
  let runner: RunningRunner
  let image: string
  beforeAll(async () => {
    image = await pythonImage()
    runner = await createRunner({
      config: {
        data_dir: join(root, 'data'),
        logs: { dir: join(root, 'logs') },
        policy: { allowed_paths: [root] },
        native: { oversubscribe: true },
      },
      env: process.env,
    })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name.replace('/', '-')), text)
  })
  afterAll(async () => {
    await runner.close('cancel')
    rmSync(root, { recursive: true })
  })

  const inputs = Object.keys(files).map((target) => ({ name: target.replaceAll(/\W/g, '-'), path: join(root, target.replace('/', '-')), target })) // prettier-ignore
  const submit = (python: object, over: object = {}) =>
    runner.submit({
      payload: { execution: { image, python, resources: { mem_bytes: 128 * 2 ** 20 }, ...over }, artifacts: { inputs } },
    })
  const run = async (python: object, over: object = {}) => {
    const { status, exit, failure, collected } = await (await submit(python, over)).result()
    return { status, code: exit?.code ?? null, failure, summary: collected!.summary }
  }

  it('of a module returns what the function returns', async () => {
    const args = { text: 'ünï\u2028"\n', list: [1, 2.5, null], deep: { a: { b: true } } }
    expect(await run({ module: 'job', args })).toMatchObject({
      status: 'completed',
      code: 0,
      summary: { runnerOutput: args, exception: null },
    })
    expect((await run({ module: 'job', function: 'sized', args: { length: 1_000_000 } })).summary.runnerOutput).toBe('x'.repeat(1_000_000))
  })
  it('starts in the work directory, as the user of its tenant', async () => {
    const { runnerOutput } = (await run({ module: 'job', function: 'where' })).summary
    expect(runnerOutput).toMatchObject({ cwd: '/work', file: '/work/job.py' })
    expect((runnerOutput as { uid: number }).uid).not.toBe(0)
  })
  it('of a script runs it as Python does, with what lies beside it', async () => {
    const { status, summary } = await run({ script: 'whole/script.py' })
    expect([status, summary.runnerOutput, summary.stderrTail]).toEqual(['completed', ['beside the script'], ''])
    expect(summary.stdoutTail).toBe("['/work/whole/script.py'] __main__\n")
  })
  it('fails with the exception, and where it came from, without frames of ours', async () => {
    const { status, code, failure, summary } = await run({ module: 'job', function: 'fails', args: { why: 'bad input' } })
    expect([status, code, failure?.code, failure?.retryable]).toEqual(['failed', 1, 'PYTHON_EXCEPTION', false])
    expect(failure?.message).toMatch(
      /^ValueError: bad input\nTraceback \(most recent call last\):\n {2}File "\/work\/job\.py", line \d+, in fails\n {4}raise ValueError\(why\)$/,
    )
    expect(summary.exception).toEqual({ type: 'ValueError', message: 'bad input', traceback: summary.stderrTail })
  })
  it('says so when there is no such module', async () => {
    expect((await run({ module: 'gone' })).failure).toMatchObject({
      code: 'PYTHON_EXCEPTION',
      message: expect.stringMatching(/^ModuleNotFoundError: there is no module gone \(searched: /),
    })
  })
  it('tells progress, metrics and who it is, through the helper', async () => {
    const task = await submit({ module: 'job', function: 'told', args: { steps: 4 } })
    const { collected } = await task.result()
    expect(collected?.summary).toMatchObject({ metrics: { loss: 0.25 }, runnerOutput: { id: task.id, attempt: 1 }, stdoutTail: '' })
    const told: Progress[] = []
    for await (const { progress } of task.updates()) if (progress) told.push(progress)
    expect(told.at(-1)).toEqual({ percent: 100, step: 'train', message: 'step 3' })
  })
  it('has the helper in every other Python program too, on a root that cannot be written', async () => {
    const program = 'import env_runner; env_runner.result([env_runner.attempt(), env_runner.__file__])'
    const command = ['python3', '-c', program]
    const task = await runner.submit({ payload: { execution: { image, command, resources: { mem_bytes: 128 * 2 ** 20 } } } })
    expect((await task.result()).collected?.summary.runnerOutput).toEqual([1, expect.stringMatching(/\/env_runner\/__init__\.py$/)])
  })
})
