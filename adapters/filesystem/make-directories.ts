import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from './disk-error.ts'

/** Makes a directory and what is missing above it. Node's own `recursive` never ends where a file system answers ENOENT for a name it will not take
 * (below /proc: seen with Node 24.21); here each level is asked for once.
 * Rejects with the system's error. */
export const makeDirectories = async (path: string, mode?: number): Promise<void> => {
  try {
    await mkdir(path, mode)
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return
    if (errnoOf(cause) !== 'ENOENT' || dirname(path) === path) throw cause
    await makeDirectories(dirname(path), mode)
    await mkdir(path, mode).catch((again: unknown) => {
      if (errnoOf(again) !== 'EEXIST') throw again // else somebody was quicker
    })
  }
}
