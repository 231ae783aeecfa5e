import { createHash } from 'node:crypto'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import { createGlob, isGlob, matchesGlob } from '../../src/domain/glob.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { OutputSpec } from '../../src/domain/task-spec.ts'
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
        const files = directories.work.get(attemptName(key))?.files ?? new Map<string, string>()
        const kept: OutputFile[] = []
        for (const output of outputs) {
          const found = findOutputs(output, files)
          if (found.length === 0 && !output.optional)
            throw new RunnerError('OUTPUT_MISSING', `the output ${output.name} was not written`, { path: output.path })
          for (const { name, content } of found) {
            directories.outputs.set(`${key.taskId}/${name}`, content)
            kept.push({
              name,
              path: `file:///simulated/outputs/${key.taskId}/${name}`,
              type: output.type ?? 'binary',
              sizeBytes: Buffer.byteLength(content),
              checksum: `sha256:${createHash('sha256').update(content).digest('hex')}`,
            })
          }
        }
        return kept
      }),
    remove: (key) => incarnation.call(`workspace.remove ${attemptName(key)}`, () => void directories.work.delete(attemptName(key)), fault),
    forget: (taskId) =>
      incarnation.call('workspace.forget', () => {
        for (const name of directories.outputs.keys()) if (name.startsWith(`${taskId}/`)) directories.outputs.delete(name)
      }, () => new RunnerError('ARTIFACT_STORE_UNAVAILABLE', 'the simulated disk failed')), // prettier-ignore
    list: () => incarnation.call('workspace.list', () => [...directories.work.values()].map(({ key }) => key)),
  }
}

interface FoundOutput {
  readonly name: string
  readonly content: string
}

const findOutputs = ({ name, path }: OutputSpec, files: ReadonlyMap<string, string>): readonly FoundOutput[] => {
  if (!isGlob(path)) return files.has(path) ? [{ name, content: files.get(path)! }] : []
  const glob = createGlob(path.split('/'))
  return [...files]
    .map(([each, content]) => ({ parts: each.split('/'), content }))
    .filter(({ parts }) => matchesGlob(glob, parts))
    .map(({ parts, content }) => ({ name: [name, ...parts.slice(glob.base.length)].join('/'), content }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
