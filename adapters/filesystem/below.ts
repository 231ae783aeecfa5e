import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { errnoOf } from './disk-error.ts'

/** O_PATH of Linux: Node does not name it. It needs no right to read a directory, only to pass through. */
const O_PATH = 0o10000000
const directoryFlags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** Opens a file to read it, whatever stands under its name: no link is followed, no FIFO waited for, no terminal taken. */
export const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** The parts of a relative path; null for one that is absolute, empty, names a directory above, or holds what no file name holds. */
export const relativeParts = (path: string): readonly string[] | null => {
  if (path === '' || isAbsolute(path) || path.includes('\0')) return null
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 0 || parts.includes('..') ? null : parts
}

/** The parts of `path` below `root`, both absolute and without links; null when it is not below, or is `root` itself. */
export const partsBelow = (root: string, path: string): readonly string[] | null => {
  const way = relative(root, path)
  return way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way.split(sep)
}

/** Walks from `root` (without links) down `parts` and calls `use` with a path that means the directory reached, whatever is renamed meanwhile: what `openat`
 * is for, which Node lacks; `/proc/self/fd/N/name` does the same. No part may be a link. `makeMode`: missing directories are made.
 * Rejects with the system's error; a link on the way is ENOTDIR. */
export const withDirectoryBelow = async <T>(
  root: string,
  parts: readonly string[],
  use: (directory: string) => Promise<T>,
  makeMode?: number,
): Promise<T> => {
  let directory = await open(root, directoryFlags)
  try {
    for (const part of parts) {
      const path = `/proc/self/fd/${directory.fd}/${part}`
      if (makeMode !== undefined) await makeDirectory(path, makeMode)
      const next = await open(path, directoryFlags)
      await directory.close()
      directory = next
    }
    return await use(`/proc/self/fd/${directory.fd}`)
  } finally {
    await directory.close()
  }
}

/** Makes a directory where there is none; what else stands there shows when it is opened. @returns whether it was made */
export const makeDirectory = async (path: string, mode: number): Promise<boolean> => {
  try {
    await mkdir(path, mode)
    return true
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause
    return false
  }
}
