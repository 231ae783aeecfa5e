import { chmod, mkdir, readdir, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What content is called. */
export interface ContentId {
  /** Of sha256: 64 hexadecimal digits. */
  readonly digest: string
  readonly sizeBytes: number
}

export interface CacheEntry {
  readonly sizeBytes: number
  /** Paths of the links that lead to it. */
  readonly versions: Set<string>
}

export const contentPath = (directory: string, digest: string): string => join(directory, 'sha256', digest.slice(0, 2), digest)

/** Makes the directories of a cache where they are missing, removes what a crash left half done, and reads what is there, least recently used first.
 * Rejects with the system's error. */
export const loadCache = async (directory: string): Promise<Map<string, CacheEntry>> => {
  for (const part of ['sha256', 'versions']) await mkdir(join(directory, part), { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700) // content of all tenants
  await rm(join(directory, 'new'), { recursive: true, force: true })
  await mkdir(join(directory, 'new'), { mode: 0o700 })
  const found: { readonly digest: string; readonly usedAt: number; readonly entry: CacheEntry }[] = []
  for (const shard of await readdir(join(directory, 'sha256')))
    for (const digest of await readdir(join(directory, 'sha256', shard))) {
      const { size, atimeMs } = await stat(join(directory, 'sha256', shard, digest))
      found.push({ digest, usedAt: atimeMs, entry: { sizeBytes: size, versions: new Set() } })
    }
  const entries = new Map(found.sort((a, b) => a.usedAt - b.usedAt).map(({ digest, entry }) => [digest, entry]))
  for (const name of await readdir(join(directory, 'versions'))) {
    const path = join(directory, 'versions', name)
    const entry = entries.get((await readlink(path)).split('.')[0]!)
    if (entry) entry.versions.add(path)
    else await rm(path)
  }
  return entries
}
