import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from './disk-error.ts'

/** Makes a directory and what is missing above it. Node's own `recursive` never ends where a file system answers ENOENT for a name it will not take
 * (below /proc: seen with Node 24.21); here each level is asked for once.
 * Rejects with the system's error. */
export const makeDirectories = async (path: string, mode?: number): Promise<void> => {
  const make = async (each: string): Promise<boolean> => {
    try {
      await mkdir(each, mode)
      return true
    } catch (cause) {
      if (errnoOf(cause) === 'EEXIST') return true
      if (errnoOf(cause) === 'ENOENT' && dirname(each) !== each) return false
      throw cause
    }
  }
  if (await make(path)) return
  await makeDirectories(dirname(path), mode)
  await make(path) // somebody else may have been quicker
}
