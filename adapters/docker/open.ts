import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Executor } from '../../src/ports/executor.ts'
import { createEngine, type Engine } from './engine.ts'
import { createDockerExecutor, type DockerOptions } from './executor.ts'
import { createFileCredentials } from './images/credentials.ts'
import { createImageStore, type ImageStoreOptions } from './images/image-store.ts'

export interface OpenDockerOptions
  extends
    Pick<DockerOptions, 'dataDir' | 'installation' | 'clock' | 'ownerOf' | 'settings' | 'logger' | 'unavailableMs'>,
    Pick<ImageStoreOptions, 'policy' | 'stallMs' | 'callMs'> {
  /** `unix:///PATH` or `tcp://HOST:PORT`. */
  readonly host: string
  /** Holds ca.pem, cert.pem and key.pem; null: no TLS. */
  readonly tlsDir: string | null
  /** In the format of Docker's config.json; null: no credentials. */
  readonly authFile: string | null
  readonly diskHighPercent: number
  readonly diskLowPercent: number
}

/** An executor whose engine can be asked whether it is there. */
export interface DockerExecutor extends Executor {
  /** Resolves when the engine answers. @throws RunnerError `ENGINE_UNAVAILABLE`, `CANCELLED` when the signal aborts first */
  ping(signal: AbortSignal): Promise<void>
}

/** The executor of one Docker engine, with its images. Nothing is asked of the engine before a task needs it.
 * @throws RunnerError `CONFIG_INVALID`, `DATA_DIR_UNUSABLE` */
export const openDocker = (options: OpenDockerOptions): DockerExecutor => {
  const { host, tlsDir, authFile, dataDir, logger, diskHighPercent, diskLowPercent } = options
  const engine = createEngine({ ...options, host, ...(tlsDir === null ? {} : { tls: readTls(tlsDir) }) })
  const images = createImageStore({
    ...options,
    docker: engine.docker,
    credentials: createFileCredentials(authFile, logger),
    disk: { highPercent: diskHighPercent, lowPercent: diskLowPercent, usage: () => diskUse(engine) },
    recordPath: join(dataDir, 'images.json'),
  })
  const executor = createDockerExecutor({ ...options, engine, images })
  return {
    ...executor,
    async ping(signal) {
      try {
        await engine.ask(signal, (docker) => docker.ping())
      } catch (cause) {
        if (cause instanceof RunnerError) throw cause
        throw new RunnerError('ENGINE_UNAVAILABLE', 'the engine does not answer', { cause })
      }
    },
    async close() {
      await executor.close()
      await images.close()
      engine.close()
    },
  }
}

const readTls = (directory: string) => {
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(directory, name))
    } catch (cause) {
      throw new RunnerError('CONFIG_INVALID', `${join(directory, name)} cannot be read`, {
        path: 'docker.tls_dir',
        hint: 'Name a directory that holds ca.pem, cert.pem and key.pem',
        cause,
      })
    }
  }
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}

/** Of the file system that holds the engine's images, in percent; null when the engine, or what it names, is out of reach. */
const diskUse = async ({ ask }: Engine): Promise<number | null> => {
  try {
    const { DockerRootDir } = (await ask(new AbortController().signal, (docker) => docker.info())) as { DockerRootDir: string }
    const { blocks, bfree, bavail } = await statfs(DockerRootDir)
    const used = blocks - bfree
    return (100 * used) / (used + bavail)
  } catch {
    return null
  }
}
