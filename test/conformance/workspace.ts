import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { OutputSpec } from '../../src/domain/task-spec.ts'
import type { Workspace } from '../../src/ports/workspace.ts'

/** A workspace and the hands of the tasks that work in it. */
export interface WorkspaceHarness {
  readonly workspace: Workspace
  /** Writes a file as the task does; `path` is relative to the attempt's directory, parents are made. */
  writeFile(key: AttemptKey, path: string, text: string): Promise<void>
  /** Null when there is no such file in the attempt's directory. */
  readFile(key: AttemptKey, path: string): Promise<string | null>
  /** What was stored; null when it is gone. */
  readOutput(output: OutputFile): Promise<string | null>
  /** Puts a file where inputs may be, and returns how a spec names it. Absent where inputs are not staged. */
  putInput?(name: string, text: string): Promise<string>
  /** Another workspace on the same directories: the next process. */
  reopen(): Workspace
  destroy(): Promise<void>
}

const key: AttemptKey = { taskId: 'run:1', attempt: 1 }
const { signal } = new AbortController()
const output = (name: string, path: string, more: Partial<OutputSpec> = {}): OutputSpec => ({ name, path, optional: false, ...more })
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** What every workspace promises. Called by the test file of each adapter. */
export const conformsToWorkspace = (create: () => Promise<WorkspaceHarness>): void => {
  let harness: WorkspaceHarness
  let workspace: Workspace
  beforeEach(async () => {
    harness = await create()
    workspace = harness.workspace
  })
  afterEach(() => harness.destroy())

  describe('preparing', () => {
    it('makes a directory at the path that is known before', async () => {
      const path = workspace.path(key)
      expect(await workspace.prepare(key, 'acme', [], [], signal)).toBe(path)
      expect(harness.reopen().path(key)).toBe(path)
      expect(path).toMatch(/^\//)
    })
    it('starts over for an attempt that has a directory', async () => {
      await workspace.prepare(key, 'acme', [], [], signal)
      await harness.writeFile(key, 'left/over.txt', 'x')
      await workspace.prepare(key, 'acme', [], [], signal)
      expect(await harness.readFile(key, 'left/over.txt')).toBeNull()
    })
    it('writes what the plan puts there', async () => {
      await workspace.prepare(key, 'acme', [], [{ path: '.call.json', text: '{"a":"é"}' }], signal)
      expect(await harness.readFile(key, '.call.json')).toBe('{"a":"é"}')
    })
    it('stages inputs where the task wants them', async () => {
      if (!harness.putInput) return expect(harness.putInput).toBeUndefined()
      const path = await harness.putInput('data.csv', 'a,b')
      await workspace.prepare(key, 'acme', [{ name: 'data', path, target: 'in/deep/data.csv' }], [], signal)
      expect(await harness.readFile(key, 'in/deep/data.csv')).toBe('a,b')
    })
    it('keeps attempts apart', async () => {
      const second = { ...key, attempt: 2 }
      await workspace.prepare(key, 'acme', [], [], signal)
      await workspace.prepare(second, 'acme', [], [], signal)
      await harness.writeFile(key, 'f', 'one')
      expect(await harness.readFile(second, 'f')).toBeNull()
    })
  })

  describe('collecting', () => {
    beforeEach(() => workspace.prepare(key, 'acme', [], [], signal))
    it('stores outputs with size and checksum', async () => {
      await harness.writeFile(key, 'out/model.bin', 'weights')
      const [model, ...rest] = await workspace.collect(key, [output('model', 'out/model.bin')], signal)
      expect(rest).toEqual([])
      expect(model).toEqual({
        name: 'model',
        path: expect.stringMatching(/^file:\/\/\//),
        type: 'binary',
        sizeBytes: 7,
        checksum: sha256('weights'),
      })
      expect(await harness.readOutput(model!)).toBe('weights')
    })
    it('takes the type that the spec gives', async () => {
      await harness.writeFile(key, 'x', '')
      expect(await workspace.collect(key, [output('x', 'x', { type: 'parquet' })], signal)).toMatchObject([
        { type: 'parquet', sizeBytes: 0, checksum: sha256('') },
      ])
    })
    it('is repeatable', async () => {
      await harness.writeFile(key, 'a.bin', 'first')
      const first = await workspace.collect(key, [output('a', 'a.bin')], signal)
      expect(await harness.reopen().collect(key, [output('a', 'a.bin')], signal)).toEqual(first)
    })
    it('refuses what is missing, unless it is optional', async () => {
      await harness.writeFile(key, 'there', 'x')
      const missing = workspace.collect(key, [output('there', 'there'), output('gone', 'gone')], signal)
      await expect(missing).rejects.toMatchObject({ code: 'OUTPUT_MISSING' })
      const stored = await workspace.collect(key, [output('gone', 'gone', { optional: true }), output('there', 'there')], signal)
      expect(stored.map(({ name }) => name)).toEqual(['there'])
    })
    it('stores every file that a pattern matches, named by its path below the fixed part', async () => {
      const texts = { 'out/v1/b.json': 'b', 'out/v1/deep/a.json': 'a', 'out/v1/c.txt': 'c', 'out/v1/.d.json': 'd', 'e.json': 'e' }
      for (const [path, text] of Object.entries(texts)) await harness.writeFile(key, path, text)
      const stored = await workspace.collect(key, [output('all', 'out/v1/**/*.json'), output('top', '*.json', { type: 'facts' })], signal)
      expect(stored.map(({ name, checksum }) => [name, checksum])).toEqual([
        ['all/b.json', sha256('b')],
        ['all/deep/a.json', sha256('a')],
        ['top/e.json', sha256('e')],
      ])
      expect(stored[2]!.type).toBe('facts')
      expect(await Promise.all(stored.map((each) => harness.readOutput(each)))).toEqual(['b', 'a', 'e'])
    })
    it('refuses a pattern that nothing matches, unless it is optional', async () => {
      await harness.writeFile(key, 'a.txt', 'x')
      await expect(workspace.collect(key, [output('a', '*.json')], signal)).rejects.toMatchObject({ code: 'OUTPUT_MISSING' })
      expect(await workspace.collect(key, [output('a', 'none/**', { optional: true })], signal)).toEqual([])
    })
    it('keeps outputs when the directory is removed', async () => {
      await harness.writeFile(key, 'a.bin', 'kept')
      const [stored] = await workspace.collect(key, [output('a', 'a.bin')], signal)
      await workspace.remove(key, signal)
      expect(await harness.readOutput(stored!)).toBe('kept')
    })
  })

  describe('forgetting a task', () => {
    it('takes the outputs that were kept with it, again and again, and no other', async () => {
      const other = { taskId: `${key.taskId}2`, attempt: 1 }
      for (const each of [key, other]) {
        await workspace.prepare(each, 'acme', [], [], signal)
        await harness.writeFile(each, 'a.bin', 'kept')
      }
      const [gone] = await workspace.collect(key, [output('a', 'a.bin')], signal)
      const [kept] = await workspace.collect(other, [output('a', 'a.bin')], signal)
      await workspace.forget(key.taskId)
      await workspace.forget(key.taskId)
      expect(await harness.readOutput(kept!)).toBe('kept')
      expect(await harness.readOutput(gone!).catch(() => null)).toBeNull()
    })
  })

  describe('removing', () => {
    it('takes the directory with all that is in it, again and again', async () => {
      await workspace.prepare(key, 'acme', [], [], signal)
      await harness.writeFile(key, 'a/b/c', 'x')
      await workspace.remove(key, signal)
      await workspace.remove(key, signal)
      expect(await harness.readFile(key, 'a/b/c')).toBeNull()
      expect(await workspace.list()).toEqual([])
    })
    it('lists the attempts that have a directory, also to the next process', async () => {
      const other = { taskId: 'other.task-2', attempt: 3 }
      expect(await workspace.list()).toEqual([])
      await workspace.prepare(key, 'acme', [], [], signal)
      await workspace.prepare(other, 'acme', [], [], signal)
      const listed = await harness.reopen().list()
      expect(listed).toHaveLength(2)
      expect(listed).toEqual(expect.arrayContaining([key, other]))
    })
  })
}
