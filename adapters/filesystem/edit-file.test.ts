import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { editFile } from './edit-file.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-runner-edit-'))
  path = join(directory, 'file')
})
afterEach(() => rmSync(directory, { recursive: true }))

it('makes a file for its owner alone', async () => {
  await editFile(path, (text) => `${text}one`)
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777, readdirSync(directory)]).toEqual(['one', 0o600, ['file']])
})
it('keeps the mode and the owner of a file that it replaces', async () => {
  writeFileSync(path, 'one')
  chmodSync(path, 0o640)
  const before = statSync(path)
  await editFile(path, (text) => `${text} two`)
  const after = statSync(path)
  expect([readFileSync(path, 'utf8'), after.mode & 0o777, after.uid, after.gid]).toEqual(['one two', 0o640, before.uid, before.gid])
  expect(after.ino).not.toBe(before.ino)
})
it('follows a link, which stays one', async () => {
  writeFileSync(join(directory, 'real'), 'one')
  symlinkSync('real', path)
  await editFile(path, (text) => `${text} two`)
  expect([readFileSync(join(directory, 'real'), 'utf8'), lstatSync(path).isSymbolicLink()]).toEqual(['one two', true])
})
it('leaves the file as it is when the change is refused, and nothing beside it', async () => {
  writeFileSync(path, 'one')
  const refuse = () => {
    throw new TypeError('no')
  }
  await expect(editFile(path, refuse)).rejects.toThrow('no')
  expect([readFileSync(path, 'utf8'), readdirSync(directory)]).toEqual(['one', ['file']])
})
it('lets nobody else in between: of many at once, each has its change in the file or is refused', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => editFile(path, (text) => `${text}${index}\n`)))
  const done = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [String(index)] : []))
  expect(readFileSync(path, 'utf8').trimEnd().split('\n').sort()).toEqual(done.sort())
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining('Try again') })
})
it('names a directory that is not there', async () => {
  await expect(editFile('/nowhere/file', () => '')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('ENOENT'),
  })
})
