import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import Docker from 'dockerode'
import { containerSpec } from '../../adapters/docker/container-spec.ts'
import { tenantUid } from '../../adapters/native/tenant-uid.ts'
import type { DockerPlan } from '../../src/domain/plan.ts'
import { inParallel } from './in-parallel.ts'

/** What both sides give a container. */
export const benchLimits = { memoryBytes: 64 * 2 ** 20, cpuMillicores: 1_000, processesMax: 1_024, openFilesMax: 4_096 } as const
export const benchTenant = 'bench'
/** Of the engine's copy of the output and of /tmp, in bytes; as the runner's defaults have them. */
const [logBytesMax, tmpBytes] = [512 * 2 ** 20, 256 * 2 ** 20]

/** The barest program that runs a command in the same container as the executor makes it: a work directory, create, start, wait, remove, with dockerode.
 * No mark, no logs kept, no recovery, no result. */
export interface RawDocker {
  /** Tasks per second. */
  loop(concurrency: number, total: number): Promise<number>
  /** From `create` to the first byte of output, in milliseconds. */
  firstByteMs(): Promise<number>
  /** A container that was started just now. `discard` removes it. */
  begun(): Promise<{ readonly id: string; discard(): Promise<void> }>
  close(): void
}

export const createRawDocker = async (image: string, command: readonly string[]): Promise<RawDocker> => {
  const docker = new Docker()
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-raw-'))
  chmodSync(directory, 0o711)
  const { Id, Config } = await docker.getImage(image).inspect()
  const owner = process.getuid!() === 0 ? { uid: tenantUid(benchTenant), gid: tenantUid(benchTenant) } : null
  const settings = { tmpBytes, readOnlyRoot: true, user: 'tenant', logBytesMax, runnerUid: process.getuid!() } as const
  const logs = { stdout: '', stderr: '' }
  let made = 0

  const create = async (): Promise<{ container: Docker.Container; discard(): Promise<void> }> => {
    const key = { taskId: `${process.pid}-${++made}`, attempt: 1 }
    const workDir = join(directory, key.taskId)
    mkdirSync(workDir, { mode: 0o700 })
    if (owner) chownSync(workDir, owner.uid, owner.gid)
    const request = { key, plan: planOf(image, command), image: null, workDir, logs }
    const container = await docker.createContainer(containerSpec(request, Id, Config.Env ?? [], `raw-${process.pid}`, owner, settings))
    return {
      container,
      async discard() {
        await container.remove({ force: true, v: true })
        rmSync(workDir, { recursive: true })
      },
    }
  }

  const runOne = async (): Promise<void> => {
    const { container, discard } = await create()
    await container.start()
    const { StatusCode } = (await container.wait()) as { StatusCode: number }
    if (StatusCode !== 0) throw new Error(`the bare loop's command ended with ${StatusCode}`)
    await discard()
  }

  return {
    loop: (concurrency, total) => inParallel(concurrency, total, runOne),
    async firstByteMs() {
      const startedAt = performance.now()
      const { container, discard } = await create()
      await container.start()
      const output = (await container.logs({ follow: true, stdout: true, stderr: true })) as unknown as Readable
      await once(output, 'data')
      const tookMs = performance.now() - startedAt
      output.destroy()
      await container.wait()
      await discard()
      return tookMs
    },
    async begun() {
      const { container, discard } = await create()
      await container.start()
      return { id: container.id, discard }
    },
    close: () => rmSync(directory, { recursive: true }),
  }
}

const planOf = (image: string, command: readonly string[]): DockerPlan => ({
  mode: 'docker',
  class: 'cpu_short',
  tenant: benchTenant,
  image,
  entrypoint: null,
  command,
  env: {},
  mounts: [],
  files: [],
  workingDir: '.',
  containerWorkDir: '/work',
  network: 'none',
  runtime: null,
  shmBytes: null,
  storageBytes: null,
  limits: { ...benchLimits, fileBytesMax: null },
  graceMs: 1_000,
})
