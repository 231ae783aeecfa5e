import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRunner, type RunningRunner } from '../../src/index.ts'
import { busyboxImage, docker, hasDocker } from '../support/docker-images.ts'
import { until } from '../support/runner-home.ts'

describe.runIf(hasDocker())('the audit of a runner with containers', () => {
  let root: string
  let runner: RunningRunner
  let image: string
  const started: string[] = []
  beforeEach(async () => {
    image = await busyboxImage()
    root = mkdtempSync(join(tmpdir(), 'er-audit-'))
    chmodSync(root, 0o711) // tasks pass through as their own user
    runner = await createRunner({
      config: { data_dir: join(root, 'data'), native: { oversubscribe: true }, retry: { base_ms: 100 } },
    })
  })
  afterEach(async () => {
    await runner.close('cancel')
    for (const id of started.splice(0)) await docker(['rm', '--force', id]).catch(() => undefined)
    rmSync(root, { recursive: true })
  })

  const installation = () => readFileSync(join(runner.dataDir, 'installation'), 'utf8').trim()
  const start = async (owner: string): Promise<string> => {
    const labels = [`env-runner.installation=${owner}`, 'env-runner.task=ghost', 'env-runner.attempt=1'].flatMap((each) => [
      '--label',
      each,
    ])
    const id = (await docker(['run', '--detach', '--network', 'none', ...labels, image, 'sleep', '600'])).trim()
    started.push(id)
    return id
  }
  const isThere = async (id: string): Promise<boolean> => (await docker(['ps', '--all', '--quiet', '--no-trunc', '--filter', `id=${id}`])).includes(id) // prettier-ignore
  const seen = () => Object.fromEntries(runner.auditReport().invariants.filter((line) => line.seen > 0).map((line) => [line.name, line.seen])) // prettier-ignore

  it("removes a container with our labels and no owner within 30 s, and leaves another installation's and a task's own", async () => {
    const execution = { image, command: ['sh', '-c', 'echo begun; exec sleep 300'], resources: { mem_bytes: 32 * 2 ** 20 } }
    const task = await runner.submit({ payload: { execution } })
    await until(
      () => 'it does not run',
      () => task.status().startedAt !== null,
    )
    const [ours, foreign] = [await start(installation()), await start('ffffffffffffffff')]
    await until(
      () => 'the container without an owner is there',
      async () => !(await isThere(ours)),
      30_000,
    )
    expect([await isThere(foreign), task.status().status, task.status().attempt]).toEqual([true, 'running', 1])
    expect(seen()).toEqual({ I7: 1 })
    const { invariants } = await runner.audit()
    expect(invariants.flatMap(({ violations }) => violations)).toEqual([])
  })

  it('finds nothing while containers come and go, fail and are taken away', async () => {
    const scripts = ['true', 'exit 3', 'sleep 1', '[ "$ENV_RUNNER_ATTEMPT_NUMBER" = 2 ] || exec sleep 300']
    const submit = (script: string, index: number) => {
      const execution = { image, command: ['sh', '-c', script], resources: { cpu_millicores: 100, mem_bytes: 16 * 2 ** 20 } }
      return runner.submit({ id: `t${index}`, payload: { execution } })
    }
    const tasks = await Promise.all([...scripts, ...scripts].map(submit))
    const results = Promise.all(tasks.map((task) => task.result()))
    const lost = tasks.filter((_, index) => index % scripts.length === 3)
    for (const task of lost) {
      await until(
        () => `${task.id} has not begun`,
        () => task.status().startedAt !== null,
      )
      const filters = [`env-runner.installation=${installation()}`, `env-runner.task=${task.id}`].flatMap((each) => ['--filter', `label=${each}`]) // prettier-ignore
      await docker(['rm', '--force', (await docker(['ps', '--all', '--quiet', ...filters])).trim()])
      await runner.audit()
    }
    expect((await results).map(({ status, attempts }) => [status, attempts])).toEqual([...outcomes, ...outcomes])
    await runner.audit()
    expect(seen()).toEqual({})
  })
  const outcomes = [['completed', 1], ['failed', 1], ['completed', 1], ['completed', 2]] // prettier-ignore
})
