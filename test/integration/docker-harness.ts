import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImageStore } from '../../adapters/docker/images/image-store.ts'
import { createDockerExecutor, createEngine, type DockerOptions, type Engine, type EngineOptions } from '../../adapters/docker/index.ts'
import { tenantUid } from '../../adapters/native/index.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { ExecutionPlan } from '../../src/domain/plan.ts'
import type { Executor, LaunchRequest } from '../../src/ports/executor.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import type { ExecutorHarness } from '../conformance/executor.ts'
import { busyboxImage } from '../support/docker-images.ts'

import { realClock } from './real-clock.ts'
import { processesWith, uniqueSeconds, until } from '../support/processes.ts'
import { dockerPlanOf } from '../support/plans.ts'
import { shellCommand } from '../support/shell-command.ts'

export const tenant = 'acme'
const isRoot = process.getuid!() === 0
/** Who the tasks of `tenant` run as. */
export const taskUid = isRoot ? tenantUid(tenant) : process.getuid!()

/** Images that are there: nothing is pulled. */
export const presentImages = (engine: Engine): ImageStore => ({
  async ensure(_, reference) {
    const { Id: id } = await engine.docker.getImage(reference).inspect()
    return { reference, id, digest: null }
  },
  release: () => {},
  close: async () => {},
})

export interface DockerWorldOptions {
  readonly engine?: Partial<EngineOptions>
  readonly executor?: Partial<DockerOptions>
}

/** A data directory and an installation of its own on the engine, with the files of attempts as the runner lays them out. */
export const createDockerWorld = async (options: DockerWorldOptions = {}) => {
  const host = options.engine?.host ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  await busyboxImage(host)
  const dataDir = mkdtempSync(join(tmpdir(), 'env-runner-docker-'))
  const installation = `test-${randomBytes(6).toString('hex')}`
  const images: string[] = []
  const opened = new Set<{ executor: Executor; engine: Engine }>()
  const { signal } = new AbortController()
  const open = (over: DockerWorldOptions = {}): Executor => {
    const engine = createEngine({ host, callMs: 30_000, unavailableMs: 60_000, clock: realClock, ...options.engine, ...over.engine })
    const executor = createDockerExecutor({
      engine,
      dataDir,
      installation,
      clock: realClock,
      images: presentImages(engine),
      ownerOf: () => (isRoot ? { uid: taskUid, gid: taskUid } : null),
      settings: { tmpBytes: 16 * 2 ** 20, readOnlyRoot: true, user: 'tenant', logBytesMax: 64 * 2 ** 20, runnerUid: process.getuid!() },
      logger: silentLogger,
      unavailableMs: 60_000,
      ...options.executor,
      ...over.executor,
    })
    opened.add({ executor, engine })
    return executor
  }
  /** As the death of their process: connections are cut, nobody reads or writes any more. */
  const kill = async (): Promise<void> => {
    for (const each of opened) {
      each.engine.close()
      await each.executor.close()
      opened.delete(each)
    }
  }
  const inspector = createEngine({ host, callMs: 30_000, unavailableMs: 60_000, clock: realClock })
  const at = (key: AttemptKey, name: string): string => join(dataDir, 'files', attemptName(key), name)
  return {
    dataDir,
    installation,
    open,
    kill,
    /** The test's own way to the engine. */
    docker: inspector.docker,
    mark: (key: AttemptKey): string => join(dataDir, 'containers', attemptName(key)),
    workDir: (key: AttemptKey): string => at(key, 'work'),
    stdout: (key: AttemptKey): string => readFileSync(at(key, 'stdout'), 'utf8'),
    stderr: (key: AttemptKey): string => readFileSync(at(key, 'stderr'), 'utf8'),
    /** Ids of the containers of this installation. */
    async containers(): Promise<string[]> {
      const filters = { label: [`env-runner.installation=${installation}`] }
      return (await inspector.docker.listContainers({ all: true, filters })).map(({ Id }) => Id)
    },
    /** A directory that the tenant's user owns. */
    directory(name: string): string {
      const path = join(dataDir, name)
      mkdirSync(path)
      chownSync(path, taskUid, isRoot ? taskUid : process.getgid!())
      return path
    },
    /** An image like busybox's, with variables of its own; gone with the world. @returns its name */
    async commit(variables: readonly string[]): Promise<string> {
      const { id } = await inspector.docker.createContainer({ Image: 'env-runner/busybox:test', Cmd: ['true'], Env: [...variables], Labels: { 'env-runner.installation': installation } }) // prettier-ignore
      const [repo, tag] = ['env-runner/test', installation]
      await inspector.docker.getContainer(id).commit({ repo, tag })
      await inspector.docker.getContainer(id).remove()
      images.push(`${repo}:${tag}`)
      return `${repo}:${tag}`
    },
    async request(key: AttemptKey, plan: ExecutionPlan): Promise<LaunchRequest> {
      const workDir = at(key, 'work')
      if (!existsSync(workDir)) {
        mkdirSync(workDir, { recursive: true, mode: 0o700 })
        chownSync(workDir, taskUid, isRoot ? taskUid : process.getgid!())
      }
      const logs = { stdout: at(key, 'stdout'), stderr: at(key, 'stderr') }
      for (const path of Object.values(logs)) writeFileSync(path, '', { flag: 'a', mode: 0o600 })
      const image = plan.mode === 'docker' ? await presentImages(inspector).ensure(key, plan.image, signal, () => {}) : null
      return { key, plan, image, workDir, logs }
    },
    async close(): Promise<void> {
      await kill()
      for (const id of await this.containers()) await inspector.docker.getContainer(id).remove({ force: true, v: true })
      for (const image of images) await inspector.docker.getImage(image).remove()
      inspector.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}
export type DockerWorld = Awaited<ReturnType<typeof createDockerWorld>>

/** The harness of the conformance suite over a real engine. */
export const dockerHarness =
  (options: DockerWorldOptions = {}) =>
  async (): Promise<ExecutorHarness> => {
    const world = await createDockerWorld(options)
    const strangers: DockerWorld[] = []
    const background = uniqueSeconds()
    let executor = world.open()
    const startsFile = (key: AttemptKey): string => join(world.workDir(key), 'starts')
    const starts = (key: AttemptKey): number => (existsSync(startsFile(key)) ? readFileSync(startsFile(key), 'utf8').length : 0)
    return {
      get executor() { return executor }, // prettier-ignore
      async crash() {
        await world.kill()
        executor = world.open()
      },
      async stranger() {
        const other = await createDockerWorld(options)
        strangers.push(other)
        return other.open()
      },
      request: (key, script) => world.request(key, dockerPlanOf(shellCommand(script, background))),
      begun: (key) => until(() => starts(key) > 0),
      starts: async (key) => starts(key),
      stdout: async (key) => world.stdout(key),
      backgroundRuns: async () => processesWith(background).length > 0,
      during: (promise) => promise,
      async close() {
        await world.close()
        for (const other of strangers) await other.close()
      },
    }
  }
