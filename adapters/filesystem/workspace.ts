import { chown, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { parseAttemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { ArtifactStore } from '../../src/ports/artifact-store.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import { createArtifactCache, type CacheLimits } from './artifact-cache.ts'
import { schemeOf } from './artifact-path.ts'
import { createFileArtifactStore } from './artifact-store.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { eventsPathOf, taskDirName, workDirOf, type DataLayout } from './layout.ts'
import { removeTree } from './remove-tree.ts'
import { stageInput, type InputLimits, type Staging, type User } from './stage-input.ts'
import { storeOutput, type OutputPlaces } from './store-output.ts'

export interface FileWorkspaceOptions {
  readonly layout: Pick<DataLayout, 'work' | 'outputs' | 'cache'>
  /** Whose files a tenant's are; null: the runner's own. */
  readonly ownerOf: (tenant: string) => User | null
  /** Absolute: where inputs and outputs may be now. */
  readonly allowedRoots: () => readonly string[]
  /** Absolute: what a relative input path is relative to; null: there is no such directory. */
  readonly artifactsDir: string | null
  /** Of other schemes than `file`. */
  readonly stores?: readonly ArtifactStore[]
  readonly limits?: Partial<InputLimits>
  readonly cache?: Partial<CacheLimits>
  /** Read-only inputs are hard links into the cache, where a task's user is not the runner's. False where tasks may be root inside a container: root can write to
   * any file. */
  readonly linkInputs?: boolean
}

const gib = 2 ** 30
const defaultLimits: InputLimits = { inputBytesMax: 16 * gib, unpackedBytesMax: 16 * gib, unpackedFilesMax: 100_000 }
const defaultCache: CacheLimits = { bytesMax: 32 * gib, highPercent: 85, lowPercent: 75 }

const keptModes = { directory: 0o700, file: 0o600 }
/** A destination is where people and other programs look. */
const destinationModes = { directory: 0o755, file: 0o644 }

/** Makes a file in a directory that nobody but the runner can enter yet. */
const writeOwned = async (path: string, text: string, owner: User | null): Promise<void> => {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    if (owner) await file.chown(owner.uid, owner.gid)
  } finally {
    await file.close()
  }
}

/** Work directories on the local disk: `<work>/<attempt's name>`, mode 0700, the tenant's. */
export const createFileWorkspace = (options: FileWorkspaceOptions): Workspace => {
  const { layout, ownerOf, allowedRoots, artifactsDir, stores = [] } = options
  const files = createFileArtifactStore({ allowedRoots, artifactsDir, modes: destinationModes })
  const kept = createFileArtifactStore({ allowedRoots: () => [layout.outputs], artifactsDir: null, modes: keptModes })
  const storeOf: Staging['storeOf'] = (uri) => stores.find(({ schemes }) => schemes.includes(schemeOf(uri) ?? '')) ?? files
  const staging: Staging = {
    storeOf,
    cache: createArtifactCache(layout.cache, { ...defaultCache, ...options.cache }),
    limits: { ...defaultLimits, ...options.limits },
    mayLink: options.linkInputs ?? false,
  }
  const pathOf = (key: AttemptKey): string => workDirOf(layout, key)
  const keptDirOf = (taskId: string): string => join(layout.outputs, taskDirName(taskId))

  const makeEmpty = async (path: string, signal: AbortSignal): Promise<void> => {
    try {
      await mkdir(path, 0o700)
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw cause
      await removeTree(path, signal)
      await mkdir(path, 0o700)
    }
  }

  return {
    async prepare(key, tenant, inputs, files, signal) {
      const path = pathOf(key)
      const owner = ownerOf(tenant)
      try {
        await makeEmpty(path, signal)
        for (const file of files) await writeOwned(join(path, file.path), file.text, owner)
        for (const input of inputs) await stageInput(path, input, owner, staging, signal)
        await writeOwned(eventsPathOf(layout, key), '', owner)
        if (owner) await chown(path, owner.uid, owner.gid) // last: until now no other task of the tenant could enter and plant a link
      } catch (cause) {
        signal.throwIfAborted()
        throw diskError('WORK_DIR_UNUSABLE', 'preparing', path, cause)
      }
      return path
    },
    path: pathOf,
    async collect(key, outputs, signal) {
      const names = new Set<string>()
      for (const { name } of outputs) {
        if (names.has(name))
          throw new RunnerError('OUTPUT_REFUSED', `two outputs have the name ${name}`, {
            path: `artifacts.outputs.${name}`,
            hint: 'Name each output differently',
          })
        names.add(name)
      }
      const places: OutputPlaces = { storeOf, kept, keptDir: keptDirOf(key.taskId) }
      const stored: OutputFile[] = []
      for (const output of outputs) {
        signal.throwIfAborted()
        stored.push(...(await storeOutput(key, pathOf(key), output, places, signal)))
      }
      return stored
    },
    remove: (key, signal) => removeTree(pathOf(key), signal),
    async forget(taskId) {
      const directory = keptDirOf(taskId)
      await rm(directory, { recursive: true, force: true }).catch((cause: unknown) =>
        Promise.reject(diskError('ARTIFACT_STORE_UNAVAILABLE', 'removing', directory, cause)),
      )
    },
    async list() {
      try {
        return (await readdir(layout.work)).map(parseAttemptName).filter((key) => key !== null)
      } catch (cause) {
        if (errnoOf(cause) === 'ENOENT') return []
        throw diskError('WORK_DIR_UNUSABLE', 'listing', layout.work, cause)
      }
    },
  }
}
