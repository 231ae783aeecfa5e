import { describe, expect, it } from 'vitest'
import { conformsToWorkspace } from '../../test/conformance/workspace.ts'
import { createDrivenWorld } from '../../src/testing/driven-world.ts'
import { attemptName } from '../../src/domain/exit.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import { createSimulatedDirectories, createSimulatedWorkspace } from './workspace.ts'

describe('the simulated workspace', () => {
  conformsToWorkspace(async () => {
    const { world, during } = createDrivenWorld()
    const directories = createSimulatedDirectories()
    const incarnation = world.begin()
    const open = (): Workspace => {
      const { path, ...calls } = createSimulatedWorkspace(directories, incarnation)
      return {
        path,
        prepare: (...args) => during(calls.prepare(...args)),
        collect: (...args) => during(calls.collect(...args)),
        remove: (...args) => during(calls.remove(...args)),
        forget: (taskId) => during(calls.forget(taskId)),
        list: () => during(calls.list()),
      }
    }
    return {
      workspace: open(),
      writeFile: async (key, path, text) => void directories.work.get(attemptName(key))!.files.set(path, text),
      readFile: async (key, path) => directories.work.get(attemptName(key))?.files.get(path) ?? null,
      readOutput: async ({ path }) => directories.outputs.get(path.replace('file:///simulated/outputs/', '')) ?? null,
      reopen: open,
      destroy: async () => {},
    }
  })

  it('makes every input that a task asks for, empty', async () => {
    const { world, during } = createDrivenWorld()
    const directories = createSimulatedDirectories()
    const key = { taskId: 'a', attempt: 1 }
    const { signal } = new AbortController()
    await during(
      createSimulatedWorkspace(directories, world.begin()).prepare(key, 'acme', [{ name: 'data', path: 'x', target: 'in/x' }], [], signal),
    )
    expect([...directories.work.get(attemptName(key))!.files]).toEqual([['in/x', '']])
  })
})
