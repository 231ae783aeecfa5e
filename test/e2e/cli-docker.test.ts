import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'
import { busyboxImage, docker, hasDocker, pythonImage } from '../support/docker-images.ts'

let cli: Cli
beforeEach(() => {
  cli = createCli()
})
afterEach(() => cli.end())

describe('without an engine', () => {
  const away = ['--set', 'docker.host=unix:///nonexistent/docker.sock', '--set', 'docker.unavailable_seconds=0.2']

  it('runs native tasks as ever', async () => {
    const ended = await cli.call(['run', ...away, '--', 'echo', 'native'])
    expect([ended.stdout.toString(), ended.stderr, ended.code]).toEqual(['native\n', '', 0])
  })
  it('says of a container that the engine does not answer', async () => {
    const ended = await cli.call([
      'run',
      ...away,
      '--set',
      'retry.attempts=2',
      '--set',
      'retry.base_ms=10',
      '--image',
      'busybox',
      '--',
      'true',
    ])
    expect([ended.code, ended.stdout.toString()]).toEqual([125, ''])
    expect(ended.stderr).toMatch(/^env-runner: ENGINE_UNAVAILABLE: [^\n]*\n$/)
  })
})

describe.runIf(hasDocker())('run --image', () => {
  let [busybox, python] = ['', '']
  beforeAll(async () => {
    busybox = await busyboxImage()
    python = await pythonImage()
  })

  it.each([
    ['its own exit code', ['sh', '-c', 'exit 7'], 7, ''],
    ['128 + n for a signal', ['sh', '-c', 'kill -SEGV $$'], 139, 'KILLED_BY_SIGNAL'],
    ['127 for a command that the image does not have', ['no-such-command'], 127, 'COMMAND_NOT_FOUND'],
  ])('ends as the container did: %s', async (_, command, code, said) => {
    const ended = await cli.call(['run', '--image', busybox, '--', ...command])
    expect([ended.code, ended.stdout.toString()]).toEqual([code, ''])
    expect(ended.stderr).toContain(said)
  })
  it('is stopped at its memory', async () => {
    const ended = await cli.call(['run', '--image', busybox, '--memory', '32m', '--', 'sh', '-c', 'head -c 200m /dev/zero | tail -c 199m'])
    expect([ended.code, ended.stderr]).toEqual([137, expect.stringContaining('OUT_OF_MEMORY')])
  })
  it('passes stdout and stderr on, and tells which image it was', async () => {
    const ended = await cli.call(['run', '--image', busybox, '--', 'sh', '-c', 'echo out; echo err >&2'])
    expect([ended.stdout.toString(), ended.stderr, ended.code]).toEqual(['out\n', 'err\n', 0])
    const id = (await docker(['image', 'inspect', '--format', '{{.Id}}', busybox])).trim()
    const told = await cli.call(['run', '--json', '--image', busybox, '--', 'true'])
    expect(JSON.parse(told.stdout.toString())).toMatchObject({
      status: 'completed',
      image: { reference: `docker.io/${busybox}`, id, digest: null },
    })
  })
  it('lets Python programs report, with nothing to install', async () => {
    const program = 'import env_runner; env_runner.metric("tokens", 5); env_runner.result({"ok": True}); print("done")'
    const ended = await cli.call(['run', '--json', '--image', python, '--', 'python3', '-c', program])
    expect(JSON.parse(ended.stdout.toString())).toMatchObject({
      status: 'completed',
      result: { metrics: { tokens: 5 } },
      runner_output: { ok: true },
      logs: { stdout_tail: 'done\n' },
    })
  })
  it('refuses an image that is none, before anything is asked of the engine', async () => {
    const ended = await cli.call(['run', '--image', 'Not An Image', '--', 'true'])
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(/^env-runner: INVALID_SPEC: [^\n]*\n$/)])
  })
})
