import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRunner, type RunningRunner, type Task } from '../../src/index.ts'
import { busyboxImage, hasDocker } from '../support/docker-images.ts'
import { createOwnEngine, type OwnEngine } from '../support/own-engine.ts'
import { until } from '../support/runner-home.ts'

/** The first attempt would run for minutes, the second one ends. */
const script =
  'echo "attempt $ENV_RUNNER_ATTEMPT_NUMBER"; echo warned >&2; [ "$ENV_RUNNER_ATTEMPT_NUMBER" = 2 ] || exec sleep 300; printf done'

/** The image is on the test's own engine; nobody else's containers are there. */
describe.runIf(hasDocker())('a task in a container that is taken from it', () => {
  let engine: OwnEngine
  let image: string
  let root: string
  let runner: RunningRunner
  beforeAll(async () => {
    engine = createOwnEngine()
    await engine.start()
    image = await busyboxImage(engine.host)
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'er-lost-'))
    chmodSync(root, 0o711) // tasks pass through as their own user
    runner = await createRunner({
      config: {
        data_dir: join(root, 'data'),
        logs: { dir: join(root, 'logs') },
        docker: { host: engine.host },
        native: { oversubscribe: true },
        retry: { base_ms: 100 },
      },
    })
  })
  afterEach(async () => {
    await engine.start()
    await runner.close('cancel')
    rmSync(root, { recursive: true })
  })

  const logOf = (task: Task, attempt: number) => {
    const { stdout, stderr } = runner.logPaths(task.id, attempt)
    return [stdout, stderr].map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''))
  }
  const began = async (): Promise<Task> => {
    const execution = { image, command: ['sh', '-c', script], resources: { mem_bytes: 32 * 2 ** 20 } }
    const task = await runner.submit({ payload: { execution } })
    await until(
      () => `the log holds ${JSON.stringify(logOf(task, 1))}`,
      () => logOf(task, 1).every((text) => text.endsWith('\n')),
    )
    return task
  }

  it.each([
    ['whose container is removed by force', async () => void (await engine.docker('rm', '--force', ...(await containers())))],
    ['whose engine is stopped and started', async () => (await engine.stop(), engine.start())],
    ['whose engine is killed and started', async () => (await engine.kill(), engine.start())],
  ])('%s is tried again, and the log of each attempt is its own', async (_, take) => {
    const task = await began()
    await take()
    expect(await task.result()).toMatchObject({ status: 'completed', attempts: 2, exit: { code: 0 }, failure: null })
    const lost = runner.history(task.id).filter(({ type }) => type === 'attempt.lost')
    expect(lost.map(({ data }) => data)).toMatchObject([{ attempt: 1, failure: { code: 'TASK_LOST', retryable: true } }])
    expect([logOf(task, 1), logOf(task, 2)]).toEqual([
      ['attempt 1\n', 'warned\n'],
      ['attempt 2\ndone', 'warned\n'],
    ])
    await until(
      () => 'a container is left',
      async () => (await containers()).length === 0,
    )
  })

  const containers = async (): Promise<string[]> => (await engine.docker('ps', '--all', '--quiet')).split('\n').filter(Boolean)
})
