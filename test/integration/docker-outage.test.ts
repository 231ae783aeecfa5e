import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDockerExecutor, createEngine, type Engine } from '../../adapters/docker/index.ts'
import { toFailure } from '../../src/domain/errors.ts'
import { attemptName, type AttemptKey, type Exit } from '../../src/domain/exit.ts'
import type { ImageIdentity } from '../../src/domain/plan.ts'
import type { Executor, LaunchRequest } from '../../src/ports/executor.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { busyboxImage, hasDocker } from '../support/docker-images.ts'
import { createOwnEngine, type OwnEngine } from '../support/own-engine.ts'
import { until } from '../support/runner-home.ts'
import { realClock } from './real-clock.ts'
import { dockerPlanOf } from '../support/plans.ts'

/** How long a task waits for the engine, in milliseconds: beyond what its restart takes on a loaded machine. */
const patientMs = 40_000
const owner = process.getuid!() === 0 ? { uid: 65_534, gid: 65_534 } : null
const uid = owner?.uid ?? process.getuid!()

/** Counts aloud, and in a file, until it is told to go; then exits with 7. */
const counting = `i=0
while [ ! -e go ]; do i=$((i+1)); echo "line $i"; echo $i >count; sleep 0.01; done
echo "last $i"; echo "error $i" >&2; : >ended; exit 7`

interface Bounds {
  readonly callMs: number
  readonly unavailableMs: number
}

/** A data directory, and attempts in it, on an engine of the test's own. */
const createWorld = (host: string, image: ImageIdentity) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'er-outage-'))
  chmodSync(dataDir, 0o711)
  const opened: { engine: Engine; executor: Executor }[] = []
  const at = (key: AttemptKey, what: string): string => join(dataDir, `${attemptName(key)}.${what}`)
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return {
    open({ callMs, unavailableMs }: Bounds = { callMs: 5_000, unavailableMs: patientMs }): Executor {
      const engine = createEngine({ host, callMs, unavailableMs, clock: realClock })
      const executor = createDockerExecutor({
        engine,
        dataDir,
        installation: dataDir,
        clock: realClock,
        images: { ensure: () => Promise.resolve(image), release: () => {}, close: () => Promise.resolve() },
        ownerOf: () => owner,
        settings: { tmpBytes: 2 ** 20, readOnlyRoot: true, user: 'tenant', logBytesMax: 2 ** 24, runnerUid: uid },
        logger: silentLogger,
        unavailableMs,
        lookMs: 1_000,
      })
      opened.push({ engine, executor })
      return executor
    },
    request(key: AttemptKey, script: string): LaunchRequest {
      const workDir = at(key, 'work')
      mkdirSync(workDir, { recursive: true, mode: 0o700 })
      if (owner) chownSync(workDir, owner.uid, owner.gid)
      const logs = { stdout: at(key, 'stdout'), stderr: at(key, 'stderr') }
      for (const path of Object.values(logs)) writeFileSync(path, '', { flag: 'a', mode: 0o600 })
      return { key, plan: { ...plan, image: image.reference, command: ['sh', '-c', script] }, image, workDir, logs }
    },
    stdout: (key: AttemptKey): string => read(at(key, 'stdout')),
    stderr: (key: AttemptKey): string => read(at(key, 'stderr')),
    /** How far a counting task is. */
    count: (key: AttemptKey): number => Number(read(join(at(key, 'work'), 'count'))),
    hasEnded: (key: AttemptKey): boolean => existsSync(join(at(key, 'work'), 'ended')),
    go: (key: AttemptKey): void => writeFileSync(join(at(key, 'work'), 'go'), ''),
    async close(): Promise<void> {
      const executor = this.open()
      for (const key of await executor.list(signal)) await executor.remove(key, signal)
      for (const { executor: one, engine } of opened) {
        await one.close()
        engine.close()
      }
      rmSync(dataDir, { recursive: true })
    },
  }
}
type World = ReturnType<typeof createWorld>

const { signal } = new AbortController()
const key: AttemptKey = { taskId: 'a', attempt: 1 }
const plan = dockerPlanOf([])

/** The code that a call rejects with, and whether its task is tried again. */
const failureOf = async (call: Promise<unknown>): Promise<{ code: string; retryable: boolean } | null> => {
  try {
    await call
    return null
  } catch (cause) {
    const { code, retryable } = toFailure(cause)
    return { code, retryable }
  }
}

/** Launches a counting task and resolves when its log has reached us. */
const launchCounting = async (world: World, executor: Executor): Promise<{ exit: Promise<Exit> }> => {
  await executor.launch(world.request(key, counting), signal)
  const exit = endOf(executor)
  exit.catch(() => {}) // looked at later
  await until(
    () => `the log holds ${world.stdout(key).length} bytes`,
    () => world.stdout(key).includes('line 5\n'),
  )
  return { exit }
}

/** Resolves, or rejects, as the wait does, when the log is in its files. */
const endOf = async (executor: Executor): Promise<Exit> => {
  const [end] = await Promise.allSettled([executor.wait(key, signal)])
  await executor.drainLogs(key, signal)
  if (end.status === 'rejected') throw end.reason
  return end.value
}

const linesTo = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')

const onEngine = (liveRestore: boolean) => {
  const context: { engine: OwnEngine; world: World } = {} as never
  let image: ImageIdentity
  beforeAll(async () => {
    context.engine = createOwnEngine({ liveRestore })
    await context.engine.start()
    const reference = await busyboxImage(context.engine.host)
    image = { reference, id: (await context.engine.docker('image', 'inspect', '--format', '{{.Id}}', reference)).trim(), digest: null }
  })
  afterAll(() => context.engine.close())
  beforeEach(() => {
    context.world = createWorld(context.engine.host, image)
  })
  afterEach(async () => {
    context.engine.resume()
    await context.engine.start()
    await context.world.close()
    expect(await context.engine.docker('ps', '--all', '--quiet')).toBe('')
  })
  return context
}

describe.runIf(hasDocker())('with live-restore', () => {
  const context = onEngine(true)

  it.each(['stop', 'kill'] as const)('a task outlives the %s of the engine, with its own exit code and its whole log', async (how) => {
    const { engine, world } = context
    const { exit } = await launchCounting(world, world.open())
    await engine[how]()
    const before = world.count(key)
    await until(
      () => `the task counts ${world.count(key)}, no further than ${before}`,
      () => world.count(key) > before + 10,
    )
    await engine.start()
    world.go(key)
    expect(await exit).toMatchObject({ code: 7, signal: null, oomKilled: false })
    const count = world.count(key)
    expect([world.stdout(key), world.stderr(key)]).toEqual([`${linesTo(count)}last ${count}\n`, `error ${count}\n`])
  })
  it('a task that ends while the engine is away has its own exit code, and the log that the engine has kept', async () => {
    const { engine, world } = context
    const { exit } = await launchCounting(world, world.open())
    await engine.stop()
    world.go(key)
    await until(
      () => 'the task has not ended',
      () => world.hasEnded(key),
    )
    await engine.start()
    expect(await exit).toMatchObject({ code: 7, signal: null, oomKilled: false })
    const lines = world.stdout(key).split('\n').length - 1 // what was printed while nobody read it, the engine has not (20.10)
    expect(lines).toBeGreaterThanOrEqual(5)
    expect(`${linesTo(world.count(key))}last ${world.count(key)}\n`.startsWith(world.stdout(key))).toBe(true)
  })
})

describe.runIf(hasDocker())('without live-restore', () => {
  const context = onEngine(false)

  it.each(['stop', 'kill'] as const)('a task that the %s of the engine ended is lost, not failed', async (how) => {
    const { engine, world } = context
    const { exit } = await launchCounting(world, world.open())
    await engine[how]()
    await engine.start()
    expect(await failureOf(exit)).toEqual({ code: 'TASK_LOST', retryable: true })
    const lines = world.stdout(key).split('\n').length - 1
    expect(world.stdout(key)).toBe(linesTo(lines))
    expect(await failureOf(world.open().wait(key, signal))).toMatchObject({ code: 'TASK_LOST' })
  })
  it('a task that had ended before keeps its exit code', async () => {
    const { engine, world } = context
    const executor = world.open()
    await executor.launch(world.request(key, 'echo done; exit 3'), signal)
    expect(await endOf(executor)).toMatchObject({ code: 3 })
    await engine.stop()
    await engine.start()
    for (const one of [executor, world.open()]) expect(await one.wait(key, signal)).toMatchObject({ code: 3 })
    expect(world.stdout(key)).toBe('done\n')
  })
  it('a launch waits for an engine that is not there yet', async () => {
    const { engine, world } = context
    await engine.stop()
    const executor = world.open()
    const launched = executor.launch(world.request(key, 'echo here'), signal)
    await engine.start()
    expect(await launched).toEqual({ attached: false })
    expect(await endOf(executor)).toMatchObject({ code: 0 })
    expect(world.stdout(key)).toBe('here\n')
  })
  it('a launch is given up when the engine stays away', async () => {
    const { engine, world } = context
    await engine.stop()
    const executor = world.open({ callMs: 200, unavailableMs: 300 })
    expect(await failureOf(executor.launch(world.request(key, 'true'), signal))).toEqual({ code: 'ENGINE_UNAVAILABLE', retryable: true })
    expect(await failureOf(executor.stop(key, 0, AbortSignal.timeout(300)))).not.toBeNull()
    await executor.list(AbortSignal.timeout(2_000))
  })
  it('a task is not troubled by an engine that does not answer for a while', async () => {
    const { engine, world } = context
    const executor = world.open({ callMs: 300, unavailableMs: patientMs })
    const { exit } = await launchCounting(world, executor)
    engine.pause()
    const before = world.count(key)
    await until(
      () => 'the task does not go on',
      () => world.count(key) > before + 100,
    )
    engine.resume()
    world.go(key)
    expect(await exit).toMatchObject({ code: 7 })
    const count = world.count(key)
    expect(world.stdout(key)).toBe(`${linesTo(count)}last ${count}\n`)
  })
  it('a launch on an engine that does not answer is given up, and makes one container when it is tried again', async () => {
    const { engine, world } = context
    const executor = world.open({ callMs: 200, unavailableMs: 500 })
    const request = world.request(key, 'echo once')
    engine.pause()
    expect(await failureOf(executor.launch(request, signal))).toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    engine.resume()
    const again = world.open()
    await again.launch(request, signal)
    expect(await endOf(again)).toMatchObject({ code: 0 })
    expect(world.stdout(key)).toBe('once\n')
    expect((await engine.docker('ps', '--all', '--quiet')).trim().split('\n')).toHaveLength(1)
  })
})
