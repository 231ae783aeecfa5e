import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readlink, rename, rm, stat, statfs, symlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { writeBytes } from './file-bytes.ts'
import { contentPath, loadCache, type CacheEntry, type ContentId } from './cache-files.ts'
import { createSingleFlight } from './single-flight.ts'

export interface CacheLimits {
  /** All content together. */
  readonly bytesMax: number
  /** Use of the disk from which on content is given up, until it is no more than `lowPercent`; 100: never for the disk's sake. */
  readonly highPercent: number
  readonly lowPercent: number
}

/** Content that stays where it is while it is being used. */
export interface CachedArtifact {
  /** Mode 0444, the runner's own. */
  readonly path: string
  readonly file: FileHandle
  readonly sizeBytes: number
  readonly checksum: string
}

/** What is put into the cache. */
export interface NewContent {
  readonly key: string
  readonly bytes: AsyncIterable<Uint8Array>
  /** What the bytes must have, where the store told it. */
  readonly checksum: string | null
  /** See `writeBytes`. */
  readonly admit: (sizeBytes: number) => void
}
export type Keep = (content: NewContent) => Promise<ContentId>

export interface ArtifactCache {
  /** Hands the content of `key` to `use`; where there is none, `fetch` gets it, once for all who ask meanwhile. `use` may run again, when it says by `DamagedEntry`
   * that what it was given is not the content.
   * @throws RunnerError `WORK_DIR_UNUSABLE` for trouble of the cache's disk; what `fetch` and `use` throw passes */
  withArtifact<T>(
    key: string,
    fetch: (keep: Keep, signal: AbortSignal) => Promise<ContentId>,
    use: (artifact: CachedArtifact) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
}

/** What lies in the cache is not what was put there. */
export class DamagedEntry extends Error {}

/** How often content that is found damaged, or gone, is got again before it is an error. */
const roundsMax = 3

/** Content by its sha256 (`sha256/aa/<digest>`), and for each store's version of a URI a link that says which content it was (`versions/<digest of the key>`).
 * Content and link appear by a rename, after the bytes are on disk. Whoever holds the data directory is alone here. */
export const createArtifactCache = (directory: string, limits: CacheLimits): ArtifactCache => {
  const share = createSingleFlight<ContentId>()
  const pins = new Map<string, number>()
  let loading: Promise<Map<string, CacheEntry>> | null = null
  let turn: Promise<unknown> = Promise.resolve()
  /** Content comes and goes one at a time: what is about to be unlinked is never what was just put there. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
  /** Least recently used first. */
  const entries = (): Promise<Map<string, CacheEntry>> =>
    (loading ??= loadCache(directory).catch((cause: unknown) => {
      loading = null
      throw diskError('WORK_DIR_UNUSABLE', 'reading the cache', directory, cause)
    }))
  const versionPath = (key: string): string => join(directory, 'versions', createHash('sha256').update(key).digest('hex'))

  const find = async (key: string): Promise<ContentId | null> => {
    const known = await entries()
    const target = await readlink(versionPath(key)).catch(() => '')
    const [digest = '', size = ''] = target.split('.')
    return known.has(digest) ? { digest, sizeBytes: Number(size) } : null
  }

  const keep = async (content: NewContent, signal: AbortSignal): Promise<ContentId> => {
    const { key, bytes, admit } = content
    const known = await entries()
    const temporary = join(directory, 'new', randomUUID())
    const file = await open(temporary, 'wx', 0o444)
    try {
      const { sizeBytes, checksum } = await writeBytes(file, bytes, signal, admit)
      if (content.checksum !== null && content.checksum !== checksum)
        throw new RunnerError('ARTIFACT_STORE_UNAVAILABLE', `the store sent ${checksum} where it has ${content.checksum}`, {
          hint: 'It is asked again; look at the network if it goes on',
        })
      await file.datasync()
      const digest = checksum.slice('sha256:'.length)
      const path = contentPath(directory, digest)
      await exclusively(async () => {
        const there = await stat(path).catch(() => null)
        if (known.has(digest) && there?.size === sizeBytes)
          await rm(temporary) // tasks hold links to it
        else {
          await mkdir(dirname(path), { recursive: true, mode: 0o700 })
          await rename(temporary, path)
        }
        const entry = known.get(digest) ?? { sizeBytes, versions: new Set() }
        known.delete(digest)
        known.set(digest, entry)
        await symlink(`${digest}.${sizeBytes}`, temporary)
        await rename(temporary, versionPath(key))
        entry.versions.add(versionPath(key))
      })
      return { digest, sizeBytes }
    } catch (cause) {
      await rm(temporary, { force: true })
      if (errnoOf(cause) === 'ENOSPC') await shrink(0).catch(() => {}) // the next attempt finds room
      throw cause
    } finally {
      await file.close()
    }
  }

  const drop = async (digest: string): Promise<void> => {
    const known = await entries()
    await exclusively(async () => {
      const entry = known.get(digest)
      if (!entry) return
      known.delete(digest)
      await rm(contentPath(directory, digest), { force: true })
      for (const version of entry.versions) await rm(version, { force: true })
    })
  }
  /** Gives up what was not used for longest, and is not used now, until the rest is no more than `bytesMax`. */
  const shrink = async (bytesMax: number): Promise<void> => {
    const known = await entries()
    let bytes = sizeOf(known)
    for (const [digest, { sizeBytes }] of [...known]) {
      if (bytes <= bytesMax) return
      if (pins.has(digest)) continue
      await drop(digest)
      bytes -= sizeBytes
    }
  }
  const shrinkToLimits = async (): Promise<void> => {
    const bytes = sizeOf(await entries())
    if (bytes === 0) return
    await shrink(Math.min(limits.bytesMax, bytes - (await diskExcess(directory, limits))))
  }

  /** Null when the content is gone or not as long as it was. */
  const openContent = async ({ digest, sizeBytes }: ContentId): Promise<FileHandle | null> => {
    try {
      const file = await open(contentPath(directory, digest), constants.O_RDONLY | constants.O_NOFOLLOW)
      const found = await file.stat()
      if (found.isFile() && found.size === sizeBytes) {
        await file.utimes((performance.timeOrigin + performance.now()) / 1_000, found.mtime) // the next process knows by it what was used last
        return file
      }
      await file.close()
    } catch (cause) {
      if (errnoOf(cause) !== 'ENOENT') throw cause
    }
    return null
  }

  /** Null when the content has to be got again. */
  const tryUse = async <T>(id: ContentId, use: (artifact: CachedArtifact) => Promise<T>): Promise<{ readonly value: T } | null> => {
    const known = await entries()
    const file = await openContent(id)
    if (!file) return null
    const entry = known.get(id.digest)
    if (entry && known.delete(id.digest)) known.set(id.digest, entry)
    try {
      const artifact = { path: contentPath(directory, id.digest), file, sizeBytes: id.sizeBytes, checksum: `sha256:${id.digest}` }
      return { value: await use(artifact) }
    } catch (cause) {
      if (cause instanceof DamagedEntry) return null
      throw cause
    } finally {
      await file.close()
    }
  }

  return {
    async withArtifact(key, fetch, use, signal) {
      try {
        for (let round = 1; round <= roundsMax; round++) {
          const id = (await find(key)) ?? (await share(key, (shared) => fetch((content) => keep(content, shared), shared), signal))
          pins.set(id.digest, (pins.get(id.digest) ?? 0) + 1) // in the same turn of the event loop as it became known: nothing is given up in between
          try {
            const used = await tryUse(id, use)
            if (used) return used.value
          } finally {
            const left = pins.get(id.digest)! - 1
            if (left === 0) pins.delete(id.digest)
            else pins.set(id.digest, left)
          }
          await drop(id.digest)
        }
      } catch (cause) {
        signal.throwIfAborted()
        throw diskError('WORK_DIR_UNUSABLE', 'using the cache', directory, cause)
      } finally {
        await shrinkToLimits().catch(() => {}) // the artifact was served; what is too much is given up with the next one
      }
      throw new RunnerError('WORK_DIR_UNUSABLE', `the cache loses what is put into it: ${directory}`, { hint: 'Look at the disk under it' })
    },
  }
}

const sizeOf = (entries: ReadonlyMap<string, CacheEntry>): number =>
  [...entries.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** Bytes to give up for the disk's sake: 0 below the high mark, else down to the low one. Shares as `df` counts them. */
const diskExcess = async (directory: string, { highPercent, lowPercent }: CacheLimits): Promise<number> => {
  if (highPercent >= 100) return 0
  const { blocks, bfree, bavail, bsize } = await statfs(directory)
  const used = (blocks - bfree) * bsize
  const usable = used + bavail * bsize
  return used / usable > highPercent / 100 ? used - (usable * lowPercent) / 100 : 0
}
