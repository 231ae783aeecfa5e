import { constants } from 'node:fs'
import { chmod, chown, copyFile, open, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { eventsFileName } from '../../src/domain/events.ts'
import type { InputSpec } from '../../src/domain/task-spec.ts'
import { findAllowed, localPath } from './artifact-path.ts'
import { makeDirectory, readFlags, relativeParts, withDirectoryBelow } from './below.ts'
import { copyBytes } from './copy-bytes.ts'
import { diskError, errnoOf } from './disk-error.ts'

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface StagingOptions {
  /** Absolute: where inputs and outputs may be. */
  readonly allowedRoots: readonly string[]
  /** Absolute: what a relative input path is relative to; null: there is no such directory. */
  readonly artifactsDir: string | null
}

/** Copies one input into a work directory that nobody but the runner can enter yet, so that nothing in it is a link.
 * @throws RunnerError `INPUT_UNAVAILABLE`, `POLICY_PATH`, `NOT_SUPPORTED`, `WORK_DIR_UNUSABLE` */
export const stageInput = async (
  workDir: string,
  input: InputSpec,
  owner: User | null,
  options: StagingOptions,
  signal: AbortSignal,
): Promise<void> => {
  const field = `artifacts.inputs.${input.name}`
  const parts = relativeParts(input.target)
  if (!parts || parts[0] === eventsFileName)
    throw new RunnerError('POLICY_PATH', `the target ${input.target} is not a path inside the work directory`, {
      path: `${field}.target`,
      hint: 'Give a relative path without ".."',
    })
  const source = await openInput(input.path, `${field}.path`, options)
  try {
    const target = await makeParents(workDir, parts, owner)
    await copyInput(source, target, signal)
    const { mode } = await source.stat()
    await chmod(target, (mode & 0o111) === 0 ? 0o600 : 0o700)
    if (owner) await chown(target, owner.uid, owner.gid)
  } catch (cause) {
    signal.throwIfAborted()
    const errno = errnoOf(cause)
    if (errno !== 'EEXIST' && errno !== 'ENOTDIR' && errno !== 'EISDIR')
      throw diskError('WORK_DIR_UNUSABLE', `staging ${input.name} into`, workDir, cause)
    throw new RunnerError('POLICY_PATH', `the target ${input.target} is taken by another input`, {
      path: `${field}.target`,
      hint: 'Give each input a target of its own',
    })
  } finally {
    await source.close()
  }
}

const openInput = async (uri: string, field: string, { allowedRoots, artifactsDir }: StagingOptions): Promise<FileHandle> => {
  const given = localPath(uri, field, 'INPUT_UNAVAILABLE')
  const roots = isAbsolute(given) ? allowedRoots : artifactsDir === null ? [] : [artifactsDir]
  const path = isAbsolute(given) || artifactsDir === null ? given : join(artifactsDir, given)
  const unavailable = (why: string, hint: string, cause?: unknown): RunnerError =>
    new RunnerError('INPUT_UNAVAILABLE', `${uri} ${why}`, { path: field, hint, cause })
  try {
    const place = await findAllowed(path, roots, field, 'POLICY_PATH')
    if (!place) throw unavailable('does not exist', 'Put the file there before the task is submitted')
    const file = await withDirectoryBelow(place.root, place.parts.slice(0, -1), (directory) =>
      open(join(directory, place.parts.at(-1)!), readFlags),
    )
    if ((await file.stat()).isFile()) return file
    await file.close()
    throw unavailable('is not a file', 'Mount a directory (execution.mounts), or pack it into one file')
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause
    throw unavailable(`cannot be read: ${errnoOf(cause)}`, 'Give the runner the right to read it', cause)
  }
}

const makeParents = async (workDir: string, parts: readonly string[], owner: User | null): Promise<string> => {
  let path = workDir
  for (const part of parts.slice(0, -1)) {
    path = join(path, part)
    await makeDirectory(path, 0o700)
    if (owner) await chown(path, owner.uid, owner.gid)
  }
  return join(path, parts.at(-1)!)
}

/** Shares the blocks where the file system can; else copies, so that an abort is obeyed within a megabyte. */
const copyInput = async (source: FileHandle, target: string, signal: AbortSignal): Promise<void> => {
  try {
    return await copyFile(`/proc/self/fd/${source.fd}`, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') throw cause
  }
  const file = await open(target, 'wx', 0o600)
  try {
    await copyBytes(source, file, signal)
  } finally {
    await file.close()
  }
}
