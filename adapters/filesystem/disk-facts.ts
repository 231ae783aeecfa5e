import { stat, statfs } from 'node:fs/promises'
import type { DataLayout } from './layout.ts'
import { errnoOf } from './disk-error.ts'

/** How much a runner's data takes, and may take. Methods reject when the file system cannot be asked. */
export interface DiskFacts {
  /** Of the journal's files together: the file and its write-ahead log. */
  journalBytes(): Promise<number>
  /** The file system of the data directory; free is what this user may still write. */
  disk(): Promise<{ readonly freeBytes: number; readonly sizeBytes: number }>
}

export const createDiskFacts = ({ dataDir, journal }: Pick<DataLayout, 'dataDir' | 'journal'>): DiskFacts => ({
  async journalBytes() {
    const sizes = await Promise.all(['', '-wal'].map((suffix) => sizeOf(journal + suffix)))
    return sizes.reduce((sum, size) => sum + size)
  },
  async disk() {
    const { bavail, blocks, bsize } = await statfs(dataDir)
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize }
  },
})

/** SQLite removes its log when the last one closes. */
const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return 0
    throw cause
  }
}
