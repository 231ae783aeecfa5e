import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BigIntStats } from 'node:fs'
import { RunnerError } from '../../src/domain/errors.ts'
import type { ArtifactFacts, ArtifactStore } from '../../src/ports/artifact-store.ts'
import { findAllowed, localPath, placeAllowed, type AllowedPlace } from './artifact-path.ts'
import { readFlags, withDirectoryBelow } from './below.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { bytesOf, writeBytes } from './file-bytes.ts'

export interface FileArtifactOptions {
  /** Absolute: where artifacts may be now, they and what lies below. */
  readonly allowedRoots: () => readonly string[]
  /** Absolute: what a relative path of an input is relative to; null: there is no such directory. */
  readonly artifactsDir: string | null
  /** Of what is made here. */
  readonly modes: { readonly directory: number; readonly file: number }
}

/** Artifacts that are files of this host: `file:` URIs and plain paths below the allowed directories. No link leads out of them, neither one that was there
 * nor one that is put in the way meanwhile. */
export const createFileArtifactStore = ({ allowedRoots, artifactsDir, modes }: FileArtifactOptions): ArtifactStore => {
  const openArtifact = async (uri: string): Promise<FileHandle> => {
    const given = localPath(uri, 'INPUT_UNAVAILABLE')
    const roots = isAbsolute(given) ? allowedRoots() : artifactsDir === null ? [] : [artifactsDir]
    const path = isAbsolute(given) || artifactsDir === null ? given : join(artifactsDir, given)
    try {
      const place = await findAllowed(path, roots, 'POLICY_PATH')
      if (!place) throw unavailable(uri, 'does not exist', 'Put the file there before the task is submitted')
      return await withDirectoryBelow(place.root, place.parts.slice(0, -1), (directory) =>
        open(join(directory, place.parts.at(-1)!), readFlags),
      )
    } catch (cause) {
      if (cause instanceof RunnerError) throw cause
      throw unavailable(uri, `cannot be read: ${errnoOf(cause)}`, 'Give the runner the right to read it', cause)
    }
  }
  const withArtifact = async <T>(
    uri: string,
    use: (file: FileHandle, stat: BigIntStats) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    signal.throwIfAborted()
    const file = await openArtifact(uri)
    try {
      const stat = await file.stat({ bigint: true })
      if (!stat.isFile()) throw unavailable(uri, 'is not a file', 'Mount a directory (execution.mounts), or pack it into one file')
      return await use(file, stat)
    } finally {
      await file.close()
    }
  }

  return {
    schemes: ['file'],
    stat: (uri, signal) => withArtifact(uri, async (_, stat) => factsOf(stat), signal),
    read: (uri, use, signal) => withArtifact(uri, (file, stat) => use(factsOf(stat), unchangedBytes(uri, file, stat, signal)), signal),
    async write(uri, bytes, writer, signal) {
      signal.throwIfAborted()
      const path = localPath(uri, 'OUTPUT_REFUSED')
      const place = await placeAllowed(path, allowedRoots(), 'OUTPUT_REFUSED').catch((cause: unknown) =>
        Promise.reject(diskError('ARTIFACT_STORE_UNAVAILABLE', 'reaching', path, cause)),
      )
      return storeFile(place, bytes, modes, writer, signal)
    },
  }
}

const unavailable = (uri: string, why: string, hint: string, cause?: unknown): RunnerError =>
  new RunnerError('INPUT_UNAVAILABLE', `${uri} ${why}`, { hint, cause })

/** Coarsest step of a kernel's file times, with a margin: 10 ms at 100 Hz. A file that changed so lately may change again and keep its times. */
const timestampStepMs = 20

const versionOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => `${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`

const factsOf = (stat: BigIntStats): ArtifactFacts => ({
  sizeBytes: Number(stat.size),
  version: Math.abs(Date.now() - Number(stat.ctimeMs)) < timestampStepMs ? `${versionOf(stat)}.${randomUUID()}` : versionOf(stat),
  checksum: null,
  isExecutable: (stat.mode & 0o111n) !== 0n,
})

/** The bytes of a file, and an error at their end where it changed meanwhile. A link made to it, or a name taken away, is no change of its content. */
const unchangedBytes = async function* (
  uri: string,
  file: FileHandle,
  before: BigIntStats,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytesOf(file, signal, Number(before.size)) // no further: a file may grow faster than it is read
    const after = await file.stat({ bigint: true })
    if (after.size === before.size && after.mtimeNs === before.mtimeNs) return
  } catch (cause) {
    signal.throwIfAborted()
    throw unavailable(uri, `cannot be read: ${errnoOf(cause)}`, 'Look at the disk it lies on', cause)
  }
  throw unavailable(uri, 'was changed while it was read', 'Write it under another name, and rename it when it is whole')
}

const storeFile = async (
  { root, parts }: AllowedPlace,
  bytes: AsyncIterable<Uint8Array>,
  modes: FileArtifactOptions['modes'],
  writer: string,
  signal: AbortSignal,
) => {
  const path = join(root, ...parts)
  const part = `.${createHash('sha256').update(`${writer} ${path}`).digest('hex').slice(0, 16)}.part` // the same again after a crash: nothing is left over
  const store = async (directory: string): Promise<{ readonly sizeBytes: number; readonly checksum: string }> => {
    await rm(join(directory, part), { force: true })
    const target = await open(join(directory, part), 'wx', modes.file)
    try {
      const written = await writeBytes(target, bytes, signal)
      await target.datasync()
      await rename(join(directory, part), join(directory, parts.at(-1)!))
      await syncDirectory(directory)
      return written
    } catch (cause) {
      await rm(join(directory, part), { force: true })
      throw cause
    } finally {
      await target.close()
    }
  }
  try {
    return { path: pathToFileURL(path).href, ...(await withDirectoryBelow(root, parts.slice(0, -1), store, modes.directory)) }
  } catch (cause) {
    signal.throwIfAborted()
    throw diskError('ARTIFACT_STORE_UNAVAILABLE', 'storing', path, cause)
  }
}

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
