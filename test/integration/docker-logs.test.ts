import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pass } from 'node:timers/promises'
import Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { copyLogs } from '../../adapters/docker/copy-logs.ts'
import { lostMarker } from '../../adapters/docker/resume-point.ts'
import { createSystemClock } from '../../adapters/system/clock.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { busyboxImage, docker, hasDocker } from '../support/docker-images.ts'

const label = `env-runner.test.logs=${process.pid}`
const engineFileBytes = 512_000_000

interface Printing {
  /** For `sh -c`; sees the test's directory as /shared. */
  readonly script: string
  readonly fileBytes?: number
}

describe.skipIf(!hasDocker())('the log of a real container', () => {
  const engine = new Docker({ socketPath: '/var/run/docker.sock' })
  let image: string
  let directory: string
  let files: { stdout: string; stderr: string }

  beforeAll(async () => {
    image = await busyboxImage()
  })
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'docker-logs-'))
    files = { stdout: join(directory, 'stdout'), stderr: join(directory, 'stderr') }
    await writeFile(files.stdout, '')
    await writeFile(files.stderr, '')
  })
  const removeAll = async (): Promise<void> => {
    const ids = (await docker(['ps', '--all', '--quiet', '--filter', `label=${label}`])).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await docker(['rm', '--force', '--volumes', ...ids])
  }
  afterEach(async () => {
    await removeAll()
    await rm(directory, { recursive: true, force: true })
  })
  afterAll(removeAll)

  const start = async ({ script, fileBytes = engineFileBytes }: Printing): Promise<Docker.Container> => {
    const [name, value] = label.split('=') as [string, string]
    const container = await engine.createContainer({
      Image: image,
      Cmd: ['sh', '-c', script],
      Labels: { [name]: value },
      NetworkDisabled: true,
      HostConfig: {
        NetworkMode: 'none',
        Binds: [`${directory}:/shared`],
        LogConfig: { Type: 'local', Config: { 'max-size': String(fileBytes), 'max-file': '2', compress: 'false' } },
      },
    })
    await container.start()
    return container
  }

  const copy = (
    container: Docker.Container,
    {
      signal = new AbortController().signal,
      fileBytes = engineFileBytes,
      to = files,
      hasEnded = false,
      open = (abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> =>
        container.logs({ follow: true, stdout: true, stderr: true, abortSignal }),
    } = {},
  ) =>
    copyLogs({
      open,
      files: to,
      signal,
      logger: silentLogger,
      clock: createSystemClock(),
      unavailableMs: 20_000,
      engineFileBytes: fileBytes,
      hasEnded,
    })

  /** As the product has it: followed while the container runs, and read once more when it has ended. */
  const copyAll = async (container: Docker.Container, to = files): Promise<void> => {
    await copy(container, { to }).done
    await container.wait()
    expect(await copy(container, { to, hasEnded: true }).done).toBe('ended')
  }

  const sha256 = async (path: string): Promise<string> => {
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    return hash.digest('hex')
  }

  /** A file that containers print: random bytes, so that every place in it is another. */
  const writeRandom = async (name: string, megabytes: number): Promise<string> => {
    const path = join(directory, name)
    const [from, to] = [await open('/dev/urandom'), await open(path, 'w')]
    for (let i = 0; i < megabytes; i++) await to.write((await from.read(Buffer.alloc(1_000_000))).buffer)
    await Promise.all([from.close(), to.close()])
    return path
  }

  /** Copies until the engine has sent so many bytes of the log, and is killed there. */
  const copyPart = async (container: Docker.Container, bytes: number): Promise<void> => {
    const abort = new AbortController()
    let left = bytes
    const cut = new Transform({
      transform(chunk: Buffer, _, done) {
        left -= chunk.length
        if (left <= 0) abort.abort()
        done(null, chunk)
      },
    })
    const open = async (abortSignal: AbortSignal) =>
      (await container.logs({ follow: true, stdout: true, stderr: true, abortSignal })).pipe(cut)
    expect(await copy(container, { signal: abort.signal, open }).done).toBe('aborted')
  }

  it('keeps every byte value, and both streams apart', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value))
    await writeFile(join(directory, 'bytes'), bytes)
    const container = await start({ script: 'cat /shared/bytes; cat /shared/bytes /shared/bytes >&2; printf "no newline"' })
    await copyAll(container)
    expect(await readFile(files.stdout)).toEqual(Buffer.concat([bytes, Buffer.from('no newline')]))
    expect(await readFile(files.stderr)).toEqual(Buffer.concat([bytes, bytes]))
  })

  it('is whole after 200 MB at full speed', { timeout: 240_000 }, async () => {
    const printed = await writeRandom('printed', 200)
    const container = await start({ script: 'cat /shared/printed' })
    await copyAll(container)
    expect(await sha256(files.stdout)).toBe(await sha256(printed))
  })

  it('is whole when the copy was killed and begun anew in its middle, several times', { timeout: 240_000 }, async () => {
    const printed = await writeRandom('printed', 20)
    const container = await start({ script: 'cat /shared/printed; while [ ! -e /shared/go ]; do sleep 0.05; done' })
    for (const megabytes of [4, 8, 12, 16]) await copyPart(container, megabytes * 1_000_000)
    await writeFile(join(directory, 'go'), '')
    await copyAll(container)
    expect(await sha256(files.stdout)).toBe(await sha256(printed))
  })

  it('is whole when the container had ended before anybody looked', async () => {
    const printed = await writeRandom('printed', 5)
    const container = await start({ script: 'cat /shared/printed; echo done >&2; exit 3' })
    await container.wait()
    await copy(container).done
    expect([await sha256(files.stdout), await readFile(files.stderr, 'utf8')]).toEqual([await sha256(printed), 'done\n'])
  })

  it('comes to its end with the container, however short that is', async () => {
    const runs = Array.from({ length: 12 }, async (_, index) => {
      const to = { stdout: join(directory, `${index}.out`), stderr: join(directory, `${index}.err`) }
      await writeFile(to.stdout, '')
      await writeFile(to.stderr, '')
      const container = await start({ script: `seq 1 500; echo ${index} >&2` })
      await copyAll(container, to)
      return [(await readFile(to.stdout, 'utf8')).split('\n').length, await readFile(to.stderr, 'utf8')]
    })
    expect(await Promise.all(runs)).toEqual(runs.map((_, index) => [501, `${index}\n`]))
  })

  it(
    'is whole after one more reading when the engine began a second file for it, which followers that are behind miss',
    { timeout: 240_000 },
    async () => {
      const line = 'a line of some length, so that a number of them makes the engine slow'
      const container = await start({ script: `yes "${line}" | head -n 250000 | cat -n`, fileBytes: 16_000_000 })
      await copy(container, { fileBytes: 16_000_000 }).done
      await container.wait()
      expect(await copy(container, { fileBytes: 16_000_000, hasEnded: true }).done).toBe('ended')
      const lines = (await readFile(files.stdout, 'utf8')).split('\n')
      expect([lines.length, lines[249_999]]).toEqual([250_001, `250000\t${line}`])
    },
  )

  it('says where bytes were lost when it turned over while nobody copied it', async () => {
    const container = await start({
      script: 'seq 1 12000; while [ ! -e /shared/go ]; do sleep 0.05; done; seq 12001 1000000',
      fileBytes: 1_000_000,
    })
    const abort = new AbortController()
    const first = copy(container, { signal: abort.signal }).done
    while (!(await readFile(files.stdout, 'utf8')).endsWith('\n12000\n')) await pass(20)
    abort.abort()
    await first
    await writeFile(join(directory, 'go'), '')
    await container.wait()
    await copy(container, { fileBytes: 1_000_000 }).done
    const [before, after] = (await readFile(files.stdout, 'utf8')).split(lostMarker.toString()) as [string, string]
    expect(before.endsWith('\n12000\n')).toBe(true)
    const numbers = after.trimEnd().split('\n').map(Number)
    expect(numbers.length).toBeGreaterThan(10_000)
    expect(numbers).toEqual(numbers.map((_, index) => 1_000_001 - numbers.length + index))
  })
})
