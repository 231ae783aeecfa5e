import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRunner, type RunningRunner } from '../../src/index.ts'
import { busyboxImage, hasDocker } from '../support/docker-images.ts'
import { until } from '../support/runner-home.ts'

/** A reader that follows a container and is behind at its end is not told the rest by every engine (20.10: in one run of four, with 3 MB on a loaded machine). */
describe.runIf(hasDocker())('a container that ends while it prints', () => {
  let root: string
  let runner: RunningRunner
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'er-burst-'))
    chmodSync(root, 0o711)
    runner = await createRunner({
      config: { data_dir: join(root, 'data'), logs: { dir: join(root, 'logs') }, native: { oversubscribe: true } },
      env: process.env,
    })
  })
  afterEach(async () => {
    await runner.close('cancel')
    rmSync(root, { recursive: true })
  })

  const run = async (execution: object): Promise<{ stdout: string; stderr: string }> => {
    const task = await runner.submit({ payload: { execution } })
    await task.result()
    const { stdout, stderr } = runner.logPaths(task.id, 1)
    return { stdout: readFileSync(stdout, 'latin1'), stderr: readFileSync(stderr, 'latin1') }
  }

  it.each([
    { what: 'lines of 100 bytes', line: 'x'.repeat(99), bytes: 3_000_000 },
    { what: 'short lines', line: 'x', bytes: 60_000 },
  ])('has its whole log ($what)', async ({ line, bytes }) => {
    const execution = {
      image: await busyboxImage(),
      command: ['sh', '-c', `yes ${line} | head -c ${bytes}`],
      resources: { mem_bytes: 32 * 2 ** 20 },
    }
    const sizes = await Promise.all(Array.from({ length: 12 }, async () => (await run(execution)).stdout.length))
    expect(sizes).toEqual(sizes.map(() => bytes))
  })

  it.each([
    ['when it is cancelled', {}, { status: 'cancelled', failure: { code: 'CANCELLED' } }],
    ['when its time is over', { timeout_seconds: 4 }, { status: 'failed', failure: { code: 'TIMEOUT_RUN' } }],
  ])('is stopped %s, however much of its log is still to be read', { timeout: 120_000 }, async (_, limit, outcome) => {
    const command = ['sh', '-c', 'yes "a line of which there is no end" | cat -n']
    const execution = { image: await busyboxImage(), command, resources: { mem_bytes: 32 * 2 ** 20 }, ...limit }
    const task = await runner.submit({ payload: { execution } })
    const { stdout } = runner.logPaths(task.id, 1)
    await until(
      () => 'it has printed little',
      () => (statSync(stdout, { throwIfNoEntry: false })?.size ?? 0) > 2_000_000,
    )
    if (outcome.status === 'cancelled') await task.cancel('enough')
    expect(await task.result()).toMatchObject(outcome)
    expect(readFileSync(stdout, 'latin1').slice(0, 100)).toMatch(/^ +1\ta line of which there is no end\n +2\t/)
  })

  it(
    'has its last words also without a newline (20.10 loses them to followers in one container of ten)',
    { timeout: 120_000 },
    async () => {
      const command = ['sh', '-c', 'echo line; printf "out without an end"; echo line >&2; printf "err without an end" >&2']
      const execution = { image: await busyboxImage(), command, resources: { mem_bytes: 32 * 2 ** 20 } }
      const outputs = await Promise.all(Array.from({ length: 48 }, () => run(execution)))
      expect(outputs).toEqual(outputs.map(() => ({ stdout: 'line\nout without an end', stderr: 'line\nerr without an end' })))
    },
  )
})
