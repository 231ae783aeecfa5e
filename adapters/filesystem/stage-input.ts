import { constants } from 'node:fs'
import { chmod, chown, copyFile, link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { eventsFileName } from '../../src/domain/events.ts'
import type { InputSpec } from '../../src/domain/task-spec.ts'
import type { ArtifactFacts, ArtifactStore } from '../../src/ports/artifact-store.ts'
import { DamagedEntry, type ArtifactCache, type CachedArtifact } from './artifact-cache.ts'
import { unpackArchive, type UnpackLimits } from './archive/unpack.ts'
import { atField } from './at-field.ts'
import { makeDirectory, relativeParts } from './below.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { bytesOf, writeBytes } from './file-bytes.ts'

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface InputLimits extends UnpackLimits {
  /** Of one input as its store has it. */
  readonly inputBytesMax: number
}

export interface Staging {
  readonly storeOf: (uri: string) => ArtifactStore
  readonly cache: ArtifactCache
  readonly limits: InputLimits
  /** Read-only inputs of tasks that are not the runner's own user may be hard links into the cache: nobody but the runner can write there. */
  readonly mayLink: boolean
}

/** Puts one input into a work directory that nobody but the runner can enter yet, so that nothing in it is a link.
 * @throws RunnerError `INPUT_UNAVAILABLE`, `INPUT_MISMATCH`, `INPUT_TOO_LARGE`, `ARCHIVE_REFUSED`, `POLICY_PATH`, `NOT_SUPPORTED`, `ARTIFACT_STORE_UNAVAILABLE`,
 * `WORK_DIR_UNUSABLE` */
export const stageInput = async (
  workDir: string,
  input: InputSpec,
  owner: User | null,
  { storeOf, cache, limits, mayLink }: Staging,
  signal: AbortSignal,
): Promise<void> => {
  const field = `artifacts.inputs.${input.name}`
  const parts = relativeParts(input.target)
  if (!parts || parts[0] === eventsFileName)
    throw new RunnerError('POLICY_PATH', `the target ${input.target} is not a path inside the work directory`, {
      path: `${field}.target`,
      hint: 'Give a relative path without ".."',
    })
  const store = storeOf(input.path)
  const facts = await atField(`${field}.path`, store.stat(input.path, signal))
  const admit = admitting(input.path, limits.inputBytesMax)
  const place = async (artifact: CachedArtifact): Promise<void> => {
    if (input.checksum !== undefined && input.checksum !== artifact.checksum) throw mismatch(input, artifact.checksum)
    await atTarget(workDir, input, parts, owner, signal, async (target) => {
      if (input.unpack) await unpackArchive(artifact.file, target, owner, limits, signal)
      else if (!(input.read_only && mayLink && owner && !facts.isExecutable && (await linked(artifact.path, target)))) {
        await copyContent(artifact, target, signal)
        await chmod(target, (input.read_only ? 0o400 : 0o600) | (facts.isExecutable ? 0o100 : 0))
        if (owner) await chown(target, owner.uid, owner.gid)
      }
    })
  }
  const fetched = async (): Promise<void> => {
    admit(facts.sizeBytes)
    await cache.withArtifact(
      keyOf(input.path, facts),
      (keep, shared) =>
        store.read(input.path, (read, bytes) => keep({ key: keyOf(input.path, read), bytes, checksum: read.checksum, admit }), shared),
      place,
      signal,
    )
  }
  await atField(`${field}.path`, fetched())
}

const keyOf = (uri: string, { version }: ArtifactFacts): string => `${uri}\0${version}`

const admitting = (uri: string, bytesMax: number) => (sizeBytes: number) => {
  if (sizeBytes > bytesMax)
    throw new RunnerError('INPUT_TOO_LARGE', `${uri} is larger than ${bytesMax} bytes`, {
      hint: 'Mount it instead (execution.mounts), or raise artifacts.input_bytes_max',
    })
}

const mismatch = ({ name, path, checksum }: InputSpec, found: string): RunnerError =>
  new RunnerError('INPUT_MISMATCH', `${path} has the checksum ${found}, not ${checksum}`, {
    path: `artifacts.inputs.${name}.checksum`,
    hint: 'Look whether the file or the checksum is of another version',
  })

/** Calls `make` with the absolute path of an input's target, its parents made.
 * @throws RunnerError `POLICY_PATH`, `WORK_DIR_UNUSABLE` */
const atTarget = async (
  workDir: string,
  { name, target }: InputSpec,
  parts: readonly string[],
  owner: User | null,
  signal: AbortSignal,
  make: (path: string) => Promise<void>,
): Promise<void> => {
  try {
    let path = workDir
    for (const part of parts.slice(0, -1)) {
      path = join(path, part)
      if ((await makeDirectory(path, 0o700)) && owner) await chown(path, owner.uid, owner.gid)
    }
    await make(join(path, parts.at(-1)!))
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof DamagedEntry) throw cause
    const errno = errnoOf(cause)
    if (errno !== 'EEXIST' && errno !== 'ENOTDIR' && errno !== 'EISDIR')
      throw diskError('WORK_DIR_UNUSABLE', `staging ${name} into`, workDir, cause)
    throw new RunnerError('POLICY_PATH', `the target ${target} is taken by another input`, {
      path: `artifacts.inputs.${name}.target`,
      hint: 'Give each input a target of its own',
    })
  }
}

/** False where the file system has no link to give: across devices, or too many of one file. */
const linked = async (path: string, target: string): Promise<boolean> => {
  try {
    await link(path, target)
    return true
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST' || errnoOf(cause) === 'ENOTDIR') throw cause
    return false
  }
}

/** Shares the blocks where the file system can; else copies, verifies what it copied, and obeys an abort within a chunk. */
const copyContent = async ({ file, checksum }: CachedArtifact, target: string, signal: AbortSignal): Promise<void> => {
  try {
    return await copyFile(`/proc/self/fd/${file.fd}`, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') throw cause
  }
  const copy = await open(target, 'wx', 0o600)
  try {
    const copied = await writeBytes(copy, bytesOf(file, signal), signal)
    if (copied.checksum !== checksum) throw new DamagedEntry()
  } catch (cause) {
    await rm(target, { force: true })
    throw cause
  } finally {
    await copy.close()
  }
}
