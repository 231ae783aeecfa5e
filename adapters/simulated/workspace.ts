import { createHash } from 'node:crypto'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import type { Incarnation } from './world.ts'

/** Work directories and kept outputs on the simulated disk, by name of the attempt: survive crashes. */
export interface SimulatedDirectories {
  readonly work: Map<string, { readonly key: AttemptKey; readonly files: Map<string, string> }>
  readonly outputs: Map<string, string>
}

export const createSimulatedDirectories = (): SimulatedDirectories => ({ work: new Map(), outputs: new Map() })

/** A workspace of names and texts. Inputs are not staged: their targets exist and are empty. */
export const createSimulatedWorkspace = (directories: SimulatedDirectories, incarnation: Incarnation): Workspace => {
  const fault = (): Error => new RunnerError('WORK_DIR_UNUSABLE', 'the simulated disk failed')
  const pathOf = (key: AttemptKey): string => `/simulated/work/${attemptName(key)}`
  return {
    prepare: (key, _tenant, inputs, planned) =>
      incarnation.call(`workspace.prepare ${attemptName(key)}`, () => {
        const files = new Map([...planned.map(({ path, text }) => [path, text] as const), ...inputs.map(({ target }) => [target, ''] as const)])
        directories.work.set(attemptName(key), { key, files })
        return pathOf(key)
      }, fault), // prettier-ignore
    path: pathOf,
    collect: (key, outputs) =>
      incarnation.call(`workspace.collect ${attemptName(key)}`, () => {
        const files = directories.work.get(attemptName(key))?.files
        const kept: OutputFile[] = []
        for (const { name, path, type = 'binary', optional } of outputs) {
          const content = files?.get(path)
          if (content === undefined && optional) continue
          if (content === undefined) throw new RunnerError('OUTPUT_MISSING', `the output ${name} was not written`, { path })
          directories.outputs.set(`${key.taskId}/${name}`, content)
          const checksum = `sha256:${createHash('sha256').update(content).digest('hex')}`
          kept.push({
            name,
            path: `file:///simulated/outputs/${key.taskId}/${name}`,
            type,
            sizeBytes: Buffer.byteLength(content),
            checksum,
          })
        }
        return kept
      }),
    remove: (key) => incarnation.call(`workspace.remove ${attemptName(key)}`, () => void directories.work.delete(attemptName(key)), fault),
    list: () => incarnation.call('workspace.list', () => [...directories.work.values()].map(({ key }) => key)),
  }
}
