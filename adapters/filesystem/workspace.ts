import { chown, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, parseAttemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { OutputSpec } from '../../src/domain/task-spec.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { eventsPathOf, taskDirName, workDirOf, type DataLayout } from './layout.ts'
import { removeTree } from './remove-tree.ts'
import { stageInput, type StagingOptions, type User } from './stage-input.ts'
import { openOutput, outputPlace, storeOutput } from './store-output.ts'

export interface FileWorkspaceOptions extends StagingOptions {
  readonly layout: Pick<DataLayout, 'work' | 'outputs'>
  /** Whose files a tenant's are; null: the runner's own. */
  readonly ownerOf: (tenant: string) => User | null
}

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
  const { layout, ownerOf, allowedRoots } = options
  const pathOf = (key: AttemptKey): string => workDirOf(layout, key)

  const makeEmpty = async (path: string, signal: AbortSignal): Promise<void> => {
    try {
      await mkdir(path, 0o700)
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw cause
      await removeTree(path, signal)
      await mkdir(path, 0o700)
    }
  }

  const collectOne = async (key: AttemptKey, output: OutputSpec, signal: AbortSignal): Promise<OutputFile | null> => {
    const kept = { root: layout.outputs, parts: [taskDirName(key.taskId), output.name] }
    const place = await outputPlace(output, kept, allowedRoots).catch((cause: unknown) =>
      Promise.reject(diskError('ARTIFACT_STORE_UNAVAILABLE', 'reaching', output.destination ?? layout.outputs, cause)),
    )
    const source = await openOutput(pathOf(key), output)
    if (!source) {
      if (output.optional) return null
      throw new RunnerError('OUTPUT_MISSING', `the task did not write ${output.path}`, {
        path: `artifacts.outputs.${output.name}`,
        hint: 'Write it relative to the directory the task starts in, or mark the output as optional',
      })
    }
    try {
      return await storeOutput(source, output, place, place === kept ? keptModes : destinationModes, attemptName(key), signal)
    } finally {
      await source.close()
    }
  }

  return {
    async prepare(key, tenant, inputs, files, signal) {
      const path = pathOf(key)
      const owner = ownerOf(tenant)
      try {
        await makeEmpty(path, signal)
        for (const file of files) await writeOwned(join(path, file.path), file.text, owner)
        for (const input of inputs) await stageInput(path, input, owner, options, signal)
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
      const stored: OutputFile[] = []
      for (const output of outputs) {
        signal.throwIfAborted()
        const file = await collectOne(key, output, signal)
        if (file) stored.push(file)
      }
      return stored
    },
    remove: (key, signal) => removeTree(pathOf(key), signal),
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
