import { lstat, open, opendir, realpath, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { createGlob, isGlob, type Glob, type GlobState } from '../../src/domain/glob.ts'
import type { OutputSpec } from '../../src/domain/task-spec.ts'
import { partsBelow, readFlags, relativeParts, withDirectoryBelow } from './below.ts'
import { errnoOf } from './disk-error.ts'

/** A pattern that matches more files than this is refused: each of them is told in the task's result. */
const matchesMax = 1_000
/** Names that are looked at for one pattern, and how deep below its base. */
const [namesMax, depthMax] = [100_000, 64]

/** A file that one output of a spec stands for. */
export interface FoundOutput {
  /** Relative to the work directory. */
  readonly path: string
  /** Below the fixed part of the pattern; null where the path is no pattern. */
  readonly below: readonly string[] | null
}

/** The files that an output names, there or not; for a pattern those that are there, ordered by path. Directories are looked into and not taken;
 * a link to a directory is not looked into.
 * @throws RunnerError `OUTPUT_REFUSED` */
export const findOutputs = async (workDir: string, { name, path }: OutputSpec, signal: AbortSignal): Promise<readonly FoundOutput[]> => {
  const parts = relativeParts(path)
  if (!parts) throw refused(name, path, 'is not a path inside the work directory', 'Give a relative path without ".."')
  if (!isGlob(path)) return [{ path, below: null }]
  const glob = createGlob(parts)
  try {
    const root = await realpath(workDir)
    const base = glob.base.length === 0 ? [] : partsBelow(root, await realpath(join(root, ...glob.base)))
    if (!base) throw refused(name, path, 'leads out of the work directory', 'Write a directory, not a link')
    const found = await walk(root, base, glob, signal)
    if (found === null)
      throw refused(
        name,
        path,
        `matches too much: at most ${matchesMax} files among ${namesMax} names`,
        'Pack the files into one, such as a tar',
      )
    return found.map((below) => ({ path: join(...glob.base, ...below), below }))
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause
    signal.throwIfAborted()
    if (errnoOf(cause) === 'ENOENT') return []
    throw refused(name, path, `cannot be looked for: ${errnoOf(cause)}`, 'Make directories that their owner can read', cause)
  }
}

/** Paths below the base that match and are no directories; null when there are too many to say. Breadth first, so that a deep tree costs no stack. */
const walk = async (
  root: string,
  base: readonly string[],
  glob: Glob,
  signal: AbortSignal,
): Promise<readonly (readonly string[])[] | null> => {
  const found: (readonly string[])[] = []
  const ahead: { readonly below: readonly string[]; readonly state: GlobState }[] = [{ below: [], state: glob.start }]
  let names = 0
  for (const { below, state } of ahead) {
    // grows while it is walked
    const isWithinBounds = await withDirectoryBelow(root, [...base, ...below], async (directory) => {
      for await (const entry of await opendir(directory)) {
        signal.throwIfAborted()
        if (++names > namesMax) return false
        const next = glob.step(state, entry.name)
        const path = [...below, entry.name]
        if (entry.isDirectory()) {
          if (next.state.length > 0 && path.length < depthMax) ahead.push({ below: path, state: next.state })
        } else if (next.isMatch && found.push(path) > matchesMax) return false
      }
      return true
    }) // prettier-ignore
    if (!isWithinBounds) return null
  }
  return found.sort((a, b) => (a.join('/') < b.join('/') ? -1 : 1))
}

/** Opens a file that an output stands for, or null when there is none of that name, or when a pattern matched a link to a directory. The directory is the task's:
 * links are resolved once, to see that they stay inside, and the real path is then walked without following any. Another user's file, brought in by a hard link,
 * is refused.
 * @throws RunnerError `OUTPUT_REFUSED` */
export const openOutput = async (workDir: string, name: string, { path, below }: FoundOutput): Promise<FileHandle | null> => {
  let file: FileHandle | undefined
  try {
    const root = await realpath(workDir)
    const { uid } = await lstat(root)
    const real = await realpath(join(root, path))
    const parts = partsBelow(root, real)
    if (!parts && real === root && below) return null
    if (!parts) throw refused(name, path, 'leads out of the work directory', 'Write a file, not a link')
    file = await withDirectoryBelow(root, parts.slice(0, -1), (directory) => open(join(directory, parts.at(-1)!), readFlags))
    const stat = await file.stat()
    if (stat.isFile() && stat.uid === uid) return file
    await file.close()
    if (stat.isDirectory() && below) return null
    if (stat.isDirectory())
      throw refused(name, path, 'is a directory', 'Pack it into one file, such as a tar, or name its files by a pattern, such as out/**')
    if (!stat.isFile()) throw refused(name, path, 'is not a file', 'Write a regular file')
    throw refused(name, path, 'belongs to another user', 'Write a file of its own')
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause
    await file?.close()
    const errno = errnoOf(cause)
    if (errno === 'ENOENT') return null
    throw refused(name, path, `cannot be read: ${errno}`, 'Write a regular file that its owner can read', cause)
  }
}

const refused = (name: string, path: string, why: string, hint: string, cause?: unknown): RunnerError =>
  new RunnerError('OUTPUT_REFUSED', `${path} ${why}`, { path: `artifacts.outputs.${name}.path`, hint, cause })
