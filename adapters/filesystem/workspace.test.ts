import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptKey } from '../../src/domain/exit.ts'
import type { InputSpec, OutputSpec } from '../../src/domain/task-spec.ts'
import { tarOf } from '../../test/support/archives.ts'
import { conformsToWorkspace } from '../../test/conformance/workspace.ts'
import { createDataLayout, dataLayout, eventsPathOf, firstUnsearchable } from './layout.ts'
import { createFileWorkspace, type FileWorkspaceOptions } from './workspace.ts'

const key: AttemptKey = { taskId: 'run:1', attempt: 1 }
const { signal } = new AbortController()
const isRoot = process.getuid!() === 0
/** The tenant's user, where the runner may choose one. */
const owner = isRoot ? { uid: 1_000_000_007, gid: 1_000_000_007 } : null
const asOwner = (command: string, ...args: string[]): void => {
  if (owner) execFileSync('setpriv', ['--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups', command, ...args])
  else execFileSync(command, args)
}
/** Runs a program in the work directory, by the runner's user: a tree of thousands is made in one process. */
const inWorkDir = (program: string): void =>
  void execFileSync(process.execPath, ['-e', `const fs = require('fs'); ${program}`], { cwd: work() })

let root: string
let layout: ReturnType<typeof dataLayout>
const open = (more: Partial<FileWorkspaceOptions> = {}) =>
  createFileWorkspace({
    layout,
    ownerOf: () => owner,
    allowedRoots: () => [join(root, 'shared')],
    artifactsDir: join(root, 'artifacts'),
    ...more,
  })
const work = (...parts: string[]): string => join(open().path(key), ...parts)
const output = (path: string, more: Partial<OutputSpec> = {}): OutputSpec => ({ name: 'out', path, optional: false, ...more })
const input = (path: string, target = 'in', more: Partial<InputSpec> = {}): InputSpec => ({ name: 'data', path, target, ...more })

beforeEach(async () => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'env-runner-work-'))
  chmodSync(root, 0o711) // so that the tenant's user can reach its directory
  layout = dataLayout(join(root, 'data'))
  for (const name of ['shared', 'artifacts']) mkdirSync(join(root, name))
  await createDataLayout(layout)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the workspace on files', () => {
  conformsToWorkspace(async () => ({
    workspace: open(),
    writeFile: async (of, path, text) => {
      const file = join(open().path(of), path)
      asOwner('mkdir', '-p', dirname(file))
      asOwner('sh', '-c', 'printf %s "$1" > "$2"', 'sh', text, file)
    },
    readFile: (of, path) => readFile(join(open().path(of), path), 'utf8').catch(() => null),
    readOutput: ({ path }) => readFile(fileURLToPath(path), 'utf8').catch(() => null),
    putInput: async (name, text) => {
      writeFileSync(join(root, 'artifacts', name), text)
      return name
    },
    reopen: () => open(),
    destroy: async () => {},
  }))

  describe('preparing', () => {
    it('gives directory, events file and inputs to the tenant, and to nobody else', async () => {
      writeFileSync(join(root, 'artifacts', 'tool'), '#!/bin/sh\n', { mode: 0o4755 })
      await open().prepare(key, 'acme', [input('tool', 'bin/tool')], [], signal)
      const modes = [work(), eventsPathOf(layout, key), work('bin'), work('bin/tool')].map((path) => [
        statSync(path).uid,
        statSync(path).mode & 0o7777,
      ])
      const uid = owner?.uid ?? process.getuid!()
      expect(modes).toEqual([
        [uid, 0o700],
        [uid, 0o600],
        [uid, 0o700],
        [uid, 0o700],
      ])
      asOwner('sh', '-c', 'cd "$1" && echo x >> .env-runner-events && test -x bin/tool', 'sh', work())
    })
    it('takes inputs by file: URI and by absolute path below an allowed directory', async () => {
      writeFileSync(join(root, 'shared', 'a'), 'A')
      for (const path of [join(root, 'shared', 'a'), `file://${join(root, 'shared', 'a')}`]) {
        await open().prepare(key, 'acme', [input(path)], [], signal)
        expect(readFileSync(work('in'), 'utf8')).toBe('A')
      }
    })
    it('follows a link that stays below the allowed directory, and none that leads out', async () => {
      writeFileSync(join(root, 'shared', 'v2'), 'two')
      symlinkSync('v2', join(root, 'shared', 'latest'))
      symlinkSync('/etc/passwd', join(root, 'shared', 'passwd'))
      await open().prepare(key, 'acme', [input(join(root, 'shared', 'latest'))], [], signal)
      expect(readFileSync(work('in'), 'utf8')).toBe('two')
      await expect(open().prepare(key, 'acme', [input(join(root, 'shared', 'passwd'))], [], signal)).rejects.toMatchObject({
        code: 'POLICY_PATH',
      })
    })

    const refusedInputs: readonly (readonly [what: string, path: string, code: string])[] = [
      ['a file of the host', '/etc/passwd', 'POLICY_PATH'],
      ['a file of the host that does not exist, in the same words', '/etc/no-such-file', 'POLICY_PATH'],
      ['a way out of the artifact directory', '../shared/x', 'POLICY_PATH'],
      ['a missing artifact', 'no-such-file', 'INPUT_UNAVAILABLE'],
      ['a directory', 'directory', 'INPUT_UNAVAILABLE'],
      ['a FIFO, without waiting for it', 'fifo', 'INPUT_UNAVAILABLE'],
      ['a file: URI of another host', 'file://elsewhere/x', 'INPUT_UNAVAILABLE'],
      ['an object store', 's3://bucket/key', 'NOT_SUPPORTED'],
      ['a key-value store', 'redb://models/m1', 'NOT_SUPPORTED'],
    ]
    for (const [what, path, code] of refusedInputs)
      it(`refuses ${what}, naming the field and what to do`, async () => {
        mkdirSync(join(root, 'artifacts', 'directory'))
        execFileSync('mkfifo', [join(root, 'artifacts', 'fifo')])
        const refusal = { code, path: 'artifacts.inputs.data.path', hint: expect.stringMatching(/./) }
        await expect(open().prepare(key, 'acme', [input(path)], [], signal)).rejects.toMatchObject(refusal)
      })
    for (const target of ['../out', '/etc/x', 'a/../../x', '.', '.env-runner-events', 'nul\0'])
      it(`refuses the target ${JSON.stringify(target)}`, async () => {
        writeFileSync(join(root, 'artifacts', 'a'), '')
        await expect(open().prepare(key, 'acme', [input('a', target)], [], signal)).rejects.toMatchObject({
          code: 'POLICY_PATH',
          path: 'artifacts.inputs.data.target',
        })
      })
    it('lets no input take the place of a file of the plan', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), '')
      const planned = [{ path: '.call.json', text: '{}' }]
      await expect(open().prepare(key, 'acme', [input('a', '.call.json')], planned, signal)).rejects.toMatchObject({ code: 'POLICY_PATH' })
    })
    it('refuses two inputs for one place', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), '')
      for (const targets of [
        ['x', 'x'],
        ['x', 'x/y'],
        ['x/y', 'x'],
      ])
        await expect(
          open().prepare(
            key,
            'acme',
            targets.map((target) => input('a', target)),
            [],
            signal,
          ),
        ).rejects.toMatchObject({ code: 'POLICY_PATH' })
    })
    it('takes an input whose checksum is right, and refuses one whose is not', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), 'text')
      const checksum = `sha256:${createHash('sha256').update('text').digest('hex')}`
      await open().prepare(key, 'acme', [input('a', 'in', { checksum })], [], signal)
      expect(readFileSync(work('in'), 'utf8')).toBe('text')
      writeFileSync(join(root, 'artifacts', 'a'), 'tXxt')
      await expect(open().prepare(key, 'acme', [input('a', 'in', { checksum })], [], signal)).rejects.toMatchObject({
        code: 'INPUT_MISMATCH',
        path: 'artifacts.inputs.data.checksum',
      })
    })
    it('refuses an input that is larger than allowed', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), 'text')
      await expect(open({ limits: { inputBytesMax: 3 } }).prepare(key, 'acme', [input('a')], [], signal)).rejects.toMatchObject({
        code: 'INPUT_TOO_LARGE',
        path: 'artifacts.inputs.data.path',
      })
    })
    it('unpacks an archive into its target, for the tenant', async () => {
      writeFileSync(join(root, 'artifacts', 'a.tar'), tarOf({ path: 'bin/tool', content: 'x', mode: 0o755 }))
      await open().prepare(key, 'acme', [input('a.tar', 'tools/v1', { unpack: true })], [], signal)
      const uid = owner?.uid ?? process.getuid!()
      for (const path of ['tools', 'tools/v1', 'tools/v1/bin', 'tools/v1/bin/tool'])
        expect([statSync(work(path)).uid, statSync(work(path)).mode & 0o7777]).toEqual([uid, 0o700])
    })
    it('refuses a bad archive, naming the field', async () => {
      writeFileSync(join(root, 'artifacts', 'a.tar'), tarOf({ path: 'a', type: '2', linkTo: '/etc/shadow' }))
      await expect(open().prepare(key, 'acme', [input('a.tar', 'in', { unpack: true })], [], signal)).rejects.toMatchObject({
        code: 'ARCHIVE_REFUSED',
        path: 'artifacts.inputs.data.path',
        hint: expect.stringMatching(/./),
      })
      expect(existsSync(work('in'))).toBe(false)
    })
    it('gives each task an input of its own, which it may change', async () => {
      const other = { taskId: 'other', attempt: 1 }
      writeFileSync(join(root, 'artifacts', 'a'), 'text')
      for (const each of [key, other]) await open({ linkInputs: true }).prepare(each, 'acme', [input('a')], [], signal)
      asOwner('sh', '-c', 'echo changed > "$1"', 'sh', work('in'))
      expect(readFileSync(join(open().path(other), 'in'), 'utf8')).toBe('text')
      await open().prepare(key, 'acme', [input('a')], [], signal)
      expect(readFileSync(work('in'), 'utf8')).toBe('text')
    })
    describe('a read-only input', () => {
      const readOnly = (target: string) => input('a', target, { read_only: true })
      beforeEach(() => writeFileSync(join(root, 'artifacts', 'a'), 'text'))
      it('can be read by its task, and not be written to', async () => {
        for (const linkInputs of [true, false]) {
          await open({ linkInputs }).prepare(key, 'acme', [readOnly('in')], [], signal)
          asOwner('sh', '-c', 'test -r "$1"', 'sh', work('in'))
          expect(statSync(work('in')).mode & 0o222).toBe(0)
        }
      })
      it.runIf(isRoot)('is one file for all tasks, and the runner’s', async () => {
        const workspace = open({ linkInputs: true })
        await workspace.prepare(key, 'acme', [readOnly('one'), { ...readOnly('two'), name: 'more' }], [], signal)
        const [one, two] = [statSync(work('one')), statSync(work('two'))]
        expect([one.ino, one.uid, one.nlink]).toEqual([two.ino, 0, 3])
        expect(() => asOwner('sh', '-c', 'echo x > "$1"', 'sh', work('one'))).toThrow()
        expect(() => asOwner('chmod', '666', work('one'))).toThrow()
        await workspace.remove(key, signal)
        await workspace.prepare(key, 'acme', [readOnly('one')], [], signal)
        expect(readFileSync(work('one'), 'utf8')).toBe('text')
      })
      it.runIf(isRoot)('does not come to belong to a task whose other input wants to lie below it', async () => {
        const prepared = open({ linkInputs: true }).prepare(
          key,
          'acme',
          [readOnly('x'), { ...input('a', 'x/y'), name: 'more' }],
          [],
          signal,
        )
        await expect(prepared).rejects.toMatchObject({ code: 'POLICY_PATH' })
        expect(statSync(work('x')).uid).toBe(0)
      })
      it.runIf(isRoot)('is a file of its own where it is a program', async () => {
        chmodSync(join(root, 'artifacts', 'a'), 0o755)
        await open({ linkInputs: true }).prepare(key, 'acme', [readOnly('in')], [], signal)
        expect([statSync(work('in')).mode & 0o777, statSync(work('in')).nlink]).toEqual([0o500, 1])
      })
    })
    it('gets an input again that was damaged in the cache', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), 'text')
      await open().prepare(key, 'acme', [input('a')], [], signal)
      const digest = createHash('sha256').update('text').digest('hex')
      const cached = join(layout.cache, 'sha256', digest.slice(0, 2), digest)
      rmSync(cached)
      writeFileSync(cached, 'tXxt')
      await open().prepare(key, 'acme', [input('a')], [], signal)
      expect([readFileSync(work('in'), 'utf8'), readFileSync(cached, 'utf8')]).toEqual(['text', 'text'])
    })
    it('never gives a task content that its own input does not have, whatever checksum it claims', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), 'of somebody else')
      writeFileSync(join(root, 'shared', 'b'), 'mine')
      await open().prepare(key, 'acme', [input('a')], [], signal)
      const checksum = `sha256:${createHash('sha256').update('of somebody else').digest('hex')}`
      const claimed = open().prepare(key, 'mallory', [input(join(root, 'shared', 'b'), 'in', { checksum })], [], signal)
      await expect(claimed).rejects.toMatchObject({ code: 'INPUT_MISMATCH' })
    })
    it('says which directory cannot be used, and what to do', async () => {
      rmSync(layout.work, { recursive: true })
      writeFileSync(layout.work, 'a file')
      const refusal = {
        code: 'WORK_DIR_UNUSABLE',
        message: expect.stringContaining(layout.work),
        hint: expect.stringMatching(/move it away/),
      }
      await expect(open().prepare(key, 'acme', [], [], signal)).rejects.toMatchObject(refusal)
    })
    it('stops soon when it is aborted', async () => {
      writeFileSync(join(root, 'artifacts', 'a'), 'x')
      const reason = new Error('enough')
      await expect(open().prepare(key, 'acme', [input('a')], [], AbortSignal.abort(reason))).rejects.toBe(reason)
    })
  })

  describe('collecting', () => {
    beforeEach(() => open().prepare(key, 'acme', [], [], signal))
    const put = (path: string, text: string): void => asOwner('sh', '-c', 'printf %s "$1" > "$2"', 'sh', text, work(path))

    it('names the type by the extension', async () => {
      const typed = { 'a.parquet': 'parquet', 'a.JSON': 'json', 'a.csv': 'csv', a: 'binary', 'a.unknown': 'binary' }
      for (const [path, type] of Object.entries(typed)) {
        put(path, 'x')
        expect(await open().collect(key, [output(path)], signal)).toMatchObject([{ type }])
      }
    })
    it('copies to an allowed destination, whole or not at all, over what is there', async () => {
      put('a', 'new')
      const destination = join(root, 'shared', 'sub', 'a.bin')
      mkdirSync(dirname(destination))
      writeFileSync(destination, 'old')
      expect(await open().collect(key, [output('a', { destination: `file://${destination}` })], signal)).toMatchObject([
        { path: `file://${destination}` },
      ])
      expect(readFileSync(destination, 'utf8')).toBe('new')
      expect(execFileSync('ls', ['-A', dirname(destination)]).toString()).toBe('a.bin\n')
    })

    const refusedDestinations: readonly (readonly [destination: string, code: string])[] = [
      ['/etc/env-runner-test', 'OUTPUT_REFUSED'],
      ['relative/path', 'OUTPUT_REFUSED'],
      ['s3://bucket/key', 'NOT_SUPPORTED'],
      ['redb://models/m1', 'NOT_SUPPORTED'],
    ]
    for (const [destination, code] of refusedDestinations)
      it(`refuses the destination ${destination}`, async () => {
        put('a', 'x')
        await expect(open().collect(key, [output('a', { destination })], signal)).rejects.toMatchObject({
          code,
          path: 'artifacts.outputs.out.destination',
        })
        expect(existsSync(destination)).toBe(false)
      })
    it('does not write through a link below the allowed directory', async () => {
      put('a', 'x')
      mkdirSync(join(root, 'private'))
      symlinkSync(join(root, 'private'), join(root, 'shared', 'link'))
      const destination = join(root, 'shared', 'link', 'a')
      await expect(open().collect(key, [output('a', { destination })], signal)).rejects.toMatchObject({
        code: 'ARTIFACT_STORE_UNAVAILABLE',
      })
      expect(existsSync(join(root, 'private', 'a'))).toBe(false)
    })
    it('follows a link that stays inside', async () => {
      put('model-3', 'three')
      asOwner('ln', '-s', 'model-3', work('latest'))
      const [stored] = await open().collect(key, [output('latest')], signal)
      expect(readFileSync(fileURLToPath(stored!.path), 'utf8')).toBe('three')
    })

    const traps: Readonly<Record<string, () => string>> = {
      'a link out': () => (asOwner('ln', '-s', '/etc/passwd', work('trap')), 'trap'),
      'a directory that is a link out': () => (asOwner('ln', '-s', '/etc', work('trap')), 'trap/passwd'),
      'a link to itself': () => (asOwner('ln', '-s', 'trap', work('trap')), 'trap'),
      'a FIFO, without waiting for it': () => (asOwner('mkfifo', work('trap')), 'trap'),
      'a directory': () => (asOwner('mkdir', work('trap')), 'trap'),
      'the work directory itself': () => '.',
      'a path above': () => '../../journal.sqlite',
      'an absolute path': () => '/etc/passwd',
    }
    for (const [what, make] of Object.entries(traps))
      it(`refuses ${what}`, async () => {
        await expect(open().collect(key, [output(make())], signal)).rejects.toMatchObject({
          code: 'OUTPUT_REFUSED',
          path: 'artifacts.outputs.out.path',
        })
        expect(existsSync(join(layout.outputs, 'run+1', 'out'))).toBe(false)
      })
    it.runIf(isRoot)('refuses a hard link to the file of another user', async () => {
      writeFileSync(join(root, 'secret'), 'secret')
      linkSync(join(root, 'secret'), work('trap'))
      await expect(open().collect(key, [output('trap')], signal)).rejects.toMatchObject({
        code: 'OUTPUT_REFUSED',
        message: expect.stringContaining('another user'),
      })
    })
    describe('by a pattern', () => {
      const stored = async (path: string, more: Partial<OutputSpec> = {}) =>
        (await open().collect(key, [output(path, more)], signal)).map(({ name }) => name)
      it('stores below a destination, names of all kinds', async () => {
        asOwner('mkdir', work('o'))
        for (const name of ['a b#c%?.json', 'ü.json']) put(`o/${name}`, name)
        for (const destination of [join(root, 'shared', 'd'), `file://${join(root, 'shared', 'd')}/`]) {
          const files = await open().collect(key, [output('o/*.json', { destination })], signal)
          expect(files.map(({ path }) => readFileSync(fileURLToPath(path), 'utf8'))).toEqual(['a b#c%?.json', 'ü.json'])
          rmSync(join(root, 'shared', 'd'), { recursive: true })
        }
      })
      it('takes no directories, nothing hidden, and nothing of links to directories', async () => {
        asOwner(
          'sh',
          '-c',
          'cd "$1" && mkdir d .git && touch a d/b .git/c .h && ln -s d l && ln -s . loop && ln -s gone broken',
          'sh',
          work(),
        )
        expect(await stored('**')).toEqual(['out/a', 'out/d/b'])
      })
      it('refuses what a pattern must not bring in', async () => {
        for (const make of ['ln -s /etc/shadow o/x', 'mkfifo o/x', 'ln -s x o/x', 'ln -s /etc o/x']) {
          asOwner('sh', '-c', `cd "$1" && mkdir o && ${make}`, 'sh', work())
          await expect(stored('o/*')).rejects.toMatchObject({ code: 'OUTPUT_REFUSED', path: 'artifacts.outputs.out.path' })
          rmSync(work('o'), { recursive: true })
        }
        asOwner('ln', '-s', '/etc', work('o'))
        await expect(stored('o/*')).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' })
        for (const path of ['../*', '/etc/*', 'a/../../*']) await expect(stored(path)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' })
      })
      it('refuses more files than a result can tell of', async () => {
        inWorkDir(`for (let i = 0; i < 1_001; i++) fs.closeSync(fs.openSync(i + '.json', 'w'))`)
        await expect(stored('*.json')).rejects.toMatchObject({ code: 'OUTPUT_REFUSED', message: expect.stringContaining('too much') })
      })
      it('ends where a task has made a tree without end', async () => {
        inWorkDir(`for (let i = 0; i < 200; i++) { fs.mkdirSync('d'); process.chdir('d') } fs.writeFileSync('x', '')`)
        expect(await stored('**/x', { optional: true })).toEqual([])
      })
    })
    it('stores a sparse file as a sparse file', async () => {
      put('sparse', 'begin')
      truncateSync(work('sparse'), 64 << 20)
      const [stored] = await open().collect(key, [output('sparse')], signal)
      const kept = statSync(fileURLToPath(stored!.path))
      expect([stored!.sizeBytes, kept.size]).toEqual([64 << 20, 64 << 20])
      expect(kept.blocks * 512).toBeLessThan(4 << 20)
    })
    it('leaves nothing behind when it is aborted', async () => {
      put('big', 'x')
      truncateSync(work('big'), 2 ** 40)
      const stop = new AbortController()
      const collecting = open().collect(key, [output('big')], stop.signal)
      const stored = join(layout.outputs, 'run+1')
      while (!existsSync(stored)) await new Promise((resolve) => setTimeout(resolve, 1)) // it is under way
      stop.abort(new Error('enough'))
      await expect(collecting).rejects.toThrow('enough')
      expect(execFileSync('ls', ['-A', stored]).toString()).toBe('')
    })
    it('refuses two outputs of one name', async () => {
      put('a', 'x')
      await expect(open().collect(key, [output('a'), output('a')], signal)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' })
    })
    it('says that an output is missing when the task removed its own directory', async () => {
      rmSync(work(), { recursive: true })
      await expect(open().collect(key, [output('a')], signal)).rejects.toMatchObject({ code: 'OUTPUT_MISSING' })
    })
  })

  describe('removing', () => {
    beforeEach(() => open().prepare(key, 'acme', [], [], signal))
    const script = (text: string): void => asOwner('sh', '-c', `cd "$1" && ${text}`, 'sh', work())

    it('takes files and directories that nobody may read', async () => {
      script('mkdir -p a/b/c && touch a/b/c/f && chmod 0 a/b/c/f a/b/c a/b a . ')
      await open().remove(key, signal)
      expect(existsSync(work())).toBe(false)
    })
    it('takes a tree that is deeper than any path is long', async () => {
      inWorkDir(`for (let i = 0; i < 10_000; i++) { fs.mkdirSync('d'); process.chdir('d') }`)
      await open().remove(key, signal)
      expect(existsSync(work())).toBe(false)
    })
    it('takes many entries without holding up the event loop', async () => {
      inWorkDir(`for (let i = 0; i < 20_000; i++) fs.closeSync(fs.openSync(String(i), 'w'))`)
      let beats = 0
      const beat = setInterval(() => beats++, 1)
      await open().remove(key, signal)
      clearInterval(beat)
      expect(existsSync(work())).toBe(false)
      expect(beats).toBeGreaterThan(0)
    })
    it('follows no link', async () => {
      mkdirSync(join(root, 'shared', 'kept'))
      writeFileSync(join(root, 'shared', 'kept', 'file'), '')
      script(`ln -s ${join(root, 'shared', 'kept')} link && mkdir deep && ln -s ${join(root, 'shared')} deep/link`)
      await open().remove(key, signal)
      expect([existsSync(work()), existsSync(join(root, 'shared', 'kept', 'file'))]).toEqual([false, true])
    })
    it('takes a link that stands where the directory was, not what it leads to', async () => {
      rmSync(work(), { recursive: true })
      symlinkSync(join(root, 'shared'), work())
      writeFileSync(join(root, 'shared', 'file'), '')
      await open().remove(key, signal)
      expect(existsSync(join(root, 'shared', 'file'))).toBe(true)
      expect(() => lstatSync(work())).toThrow('ENOENT')
    })
  })
})

describe('the data directory', () => {
  it('lets a tenant pass to its own directory and see nothing else', () => {
    const modes = [layout.dataDir, layout.work, layout.attempts, layout.taskLogs, layout.outputs, layout.journal].map((path) =>
      (statSync(path).mode & 0o777).toString(8),
    )
    expect(modes).toEqual(['711', '711', '700', '700', '700', '600'])
  })
  it('may be made again, and keeps what it holds', async () => {
    writeFileSync(layout.journal, 'content')
    await createDataLayout(layout)
    expect(readFileSync(layout.journal, 'utf8')).toBe('content')
  })
  it('names the first directory on the way that a user may not pass', () => {
    const user = { uid: 1_000_000_007, gid: 1_000_000_007 }
    expect(firstUnsearchable(layout.work, user)).toBeNull()
    chmodSync(root, 0o700)
    expect(firstUnsearchable(layout.work, user)).toBe(root)
    expect(firstUnsearchable(layout.work, { uid: 0, gid: 0 })).toBeNull()
  })
  it('says what is wrong where it cannot be made', async () => {
    writeFileSync(join(root, 'file'), '')
    await expect(createDataLayout(dataLayout(join(root, 'file', 'data')))).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
      hint: expect.stringMatching(/./),
    })
  })
})
