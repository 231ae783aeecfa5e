import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDataLayout, dataLayout } from './layout.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'env-runner-layout-'))
})
afterEach(() => rm(root, { recursive: true }))

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777

it('makes a data directory that users may pass through and not read, twice too', async () => {
  const layout = dataLayout(join(root, 'data'))
  await createDataLayout(layout)
  await createDataLayout(layout)
  expect(await modeOf(layout.dataDir)).toBe(0o711)
  expect(await modeOf(layout.attempts)).toBe(0o700)
  expect(await modeOf(layout.journal)).toBe(0o600)
})

describe('a directory that is somebody’s', () => {
  it('is refused, and its mode and contents stay', async () => {
    await writeFile(join(root, 'package.json'), '{}')
    await chmod(root, 0o1777)
    await expect(createDataLayout(dataLayout(root))).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE', path: 'data_dir' })
    expect(await modeOf(root)).toBe(0o1777)
    expect(await readdir(root)).toEqual(['package.json'])
  })

  it('is not confused with one that a probe has touched, or that was emptied but for its logs', async () => {
    await mkdir(join(root, 'work'))
    await mkdir(join(root, 'logs'))
    await expect(createDataLayout(dataLayout(root))).resolves.toBeUndefined()
  })
})
