import { createHash } from 'node:crypto'
import { lstat, open, realpath, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RunnerError } from '../../src/domain/errors.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { OutputSpec } from '../../src/domain/task-spec.ts'
import { localPath, placeAllowed, type AllowedPlace } from './artifact-path.ts'
import { partsBelow, readFlags, relativeParts, withDirectoryBelow } from './below.ts'
import { copyBytes } from './copy-bytes.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { outputType } from './output-type.ts'

/** Opens what a task calls its output, or null when there is nothing of that name. The directory is the task's: links are resolved once, to see that they stay inside,
 * and the real path is then walked without following any. Another user's file, brought in by a hard link, is refused.
 * @throws RunnerError `OUTPUT_REFUSED` */
export const openOutput = async (workDir: string, { name, path }: OutputSpec): Promise<FileHandle | null> => {
  const field = `artifacts.outputs.${name}.path`
  const refused = (why: string, hint: string, cause?: unknown): RunnerError =>
    new RunnerError('OUTPUT_REFUSED', `${path} ${why}`, { path: field, hint, cause })
  if (!relativeParts(path)) throw refused('is not a path inside the work directory', 'Give a relative path without ".."')
  let file: FileHandle | undefined
  try {
    const root = await realpath(workDir)
    const { uid } = await lstat(root)
    const parts = partsBelow(root, await realpath(join(root, path)))
    if (!parts) throw refused('leads out of the work directory', 'Write a file, not a link')
    file = await withDirectoryBelow(root, parts.slice(0, -1), (directory) => open(join(directory, parts.at(-1)!), readFlags))
    const stat = await file.stat()
    if (!stat.isFile())
      throw refused(stat.isDirectory() ? 'is a directory' : 'is not a file', 'Pack directories into one file, such as a tar')
    if (stat.uid !== uid) throw refused('belongs to another user', 'Write a file of its own')
    return file
  } catch (cause) {
    await file?.close()
    if (cause instanceof RunnerError) throw cause
    const errno = errnoOf(cause)
    if (errno === 'ENOENT') return null
    throw refused(`cannot be read: ${errno}`, 'Write a regular file that its owner can read', cause)
  }
}

/** Where an output goes: where the task asked, if that is allowed, else `kept`.
 * @throws RunnerError `OUTPUT_REFUSED`, `NOT_SUPPORTED` */
export const outputPlace = async (output: OutputSpec, kept: AllowedPlace, allowedRoots: readonly string[]): Promise<AllowedPlace> => {
  if (output.destination === undefined) return kept
  const field = `artifacts.outputs.${output.name}.destination`
  return placeAllowed(localPath(output.destination, field, 'OUTPUT_REFUSED'), allowedRoots, field, 'OUTPUT_REFUSED')
}

/** Stores an output: whole and on disk, or not at all; again over what is there. `owner` distinguishes attempts that store at the same place.
 * @throws RunnerError `ARTIFACT_STORE_UNAVAILABLE` */
export const storeOutput = async (
  source: FileHandle,
  output: OutputSpec,
  { root, parts }: AllowedPlace,
  modes: { readonly directory: number; readonly file: number },
  owner: string,
  signal: AbortSignal,
): Promise<OutputFile> => {
  const path = join(root, ...parts)
  const part = `.${createHash('sha256').update(`${owner} ${path}`).digest('hex').slice(0, 16)}.part` // the same again after a crash: nothing is left over
  const store = async (directory: string): Promise<{ readonly sizeBytes: number; readonly checksum: string }> => {
    await rm(join(directory, part), { force: true })
    const target = await open(join(directory, part), 'wx', modes.file)
    try {
      const copied = await copyBytes(source, target, signal)
      await target.datasync()
      await rename(join(directory, part), join(directory, parts.at(-1)!))
      await syncDirectory(directory)
      return copied
    } catch (cause) {
      await rm(join(directory, part), { force: true })
      throw cause
    } finally {
      await target.close()
    }
  }
  try {
    const { sizeBytes, checksum } = await withDirectoryBelow(root, parts.slice(0, -1), store, modes.directory)
    return {
      name: output.name,
      path: pathToFileURL(path).href,
      type: output.type ?? outputType(basename(output.path)),
      sizeBytes,
      checksum,
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw diskError('ARTIFACT_STORE_UNAVAILABLE', `storing ${output.name} as`, path, cause)
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
