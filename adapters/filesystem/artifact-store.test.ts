import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { conformsToArtifactStore } from '../../test/conformance/artifact-store.ts'
import { createFileArtifactStore } from './artifact-store.ts'

const { signal } = new AbortController()
let root: string
const at = (name: string): string => join(root, 'shared', name)
const open = () =>
  createFileArtifactStore({ allowedRoots: () => [join(root, 'shared')], artifactsDir: null, modes: { directory: 0o755, file: 0o644 } })

beforeEach(() => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'env-runner-store-'))
  mkdirSync(join(root, 'shared'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('artifacts on files', () => {
  const ways = { 'file: URIs': (path: string) => pathToFileURL(path).href, paths: (path: string) => path }
  for (const [what, uriOf] of Object.entries(ways))
    describe(`by ${what}`, () => {
      conformsToArtifactStore(async () => ({
        store: open(),
        uri: (name) => uriOf(at(name)),
        forbiddenUri: uriOf(join(root, 'private')),
        put: async (name, content) => {
          mkdirSync(dirname(at(name)), { recursive: true })
          writeFileSync(at(name), content)
        },
        get: async (name) => readFileSync(at(name)),
        names: async () =>
          readdirSync(join(root, 'shared'), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => relative(join(root, 'shared'), join(entry.parentPath, entry.name))),
        destroy: async () => {},
      }))
    })

  it('refuses bytes of a file that is written to while it is read', async () => {
    writeFileSync(at('log'), Buffer.alloc(1 << 20, 'x'))
    const reading = open().read(
      at('log'),
      async (_, bytes) => {
        for await (const chunk of bytes) if (chunk.length > 0) appendFileSync(at('log'), 'more')
      },
      signal,
    )
    await expect(reading).rejects.toMatchObject({
      code: 'INPUT_UNAVAILABLE',
      message: expect.stringContaining('changed while it was read'),
    })
  })
  it('reads one file to its end, also when another one takes its name meanwhile', async () => {
    writeFileSync(at('a'), Buffer.alloc(1 << 20, 'x'))
    writeFileSync(at('b'), 'other')
    const letters = await open().read(
      at('a'),
      async (_, bytes) => {
        let sum = 0
        for await (const chunk of bytes) {
          sum += chunk.length
          if (sum === chunk.length) renameSync(at('b'), at('a'))
        }
        return sum
      },
      signal,
    )
    expect(letters).toBe(1 << 20)
  })
  it('tells the same version of a file that nobody has touched for a while', async () => {
    writeFileSync(at('a'), 'x')
    await expect.poll(async () => (await open().stat(at('a'), signal)).version === (await open().stat(at('a'), signal)).version).toBe(true)
  })
  it('leads nowhere by a link', async () => {
    writeFileSync(join(root, 'secret'), 'secret')
    symlinkSync(join(root, 'secret'), at('link'))
    symlinkSync(root, at('up'))
    for (const name of ['link', 'up/secret']) await expect(open().stat(at(name), signal)).rejects.toMatchObject({ code: 'POLICY_PATH' })
    await expect(open().write(at('up/secret'), (async function* () {})(), 'w', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_STORE_UNAVAILABLE',
    })
    expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('secret')
  })
})
