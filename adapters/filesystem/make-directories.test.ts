import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeDirectories } from './make-directories.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'env-runner-directories-'))
})
afterEach(() => rm(root, { recursive: true }))

it('makes every level, and is content with what is there', async () => {
  const path = join(root, 'a/b/c')
  await makeDirectories(path, 0o700)
  await makeDirectories(path, 0o700)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
})

it('ends with an error where the file system takes no directories', async () => {
  await expect(makeDirectories('/proc/env-runner/data')).rejects.toMatchObject({ code: 'ENOENT' })
})

it('ends with an error below a file', async () => {
  await writeFile(join(root, 'file'), '')
  await expect(makeDirectories(join(root, 'file/data'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})
