import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RunnerError } from '../../src/domain/errors.ts'
import type { ArtifactStore } from '../../src/ports/artifact-store.ts'

/** A store and the hands of those who put things there. */
export interface ArtifactStoreHarness {
  readonly store: ArtifactStore
  /** A URI of the store that may be read and written; nothing is there yet. */
  uri(name: string): string
  /** A URI of the store that may be neither. */
  readonly forbiddenUri: string
  /** Puts an artifact there, or another one in its place. */
  put(name: string, content: Buffer): Promise<void>
  /** Null when there is none. */
  get(name: string): Promise<Buffer | null>
  /** Names of everything that is there, half-made things too. */
  names(): Promise<readonly string[]>
  destroy(): Promise<void>
}

const { signal } = new AbortController()
const sha256 = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`
const bytesOf = async function* (...chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}
const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** What every artifact store promises. Called by the test file of each adapter. */
export const conformsToArtifactStore = (create: () => Promise<ArtifactStoreHarness>): void => {
  let harness: ArtifactStoreHarness
  let store: ArtifactStore
  beforeEach(async () => {
    harness = await create()
    store = harness.store
  })
  afterEach(() => harness.destroy())
  const readAll = (name: string): Promise<Buffer> => store.read(harness.uri(name), (_, bytes) => collect(bytes), signal)

  it('names its schemes in lower case', () => {
    expect(store.schemes.length).toBeGreaterThan(0)
    for (const scheme of store.schemes) expect(scheme).toMatch(/^[a-z][a-z0-9+.-]*$/)
  })

  describe('reading', () => {
    for (const size of [0, 1, (1 << 18) - 1, 1 << 18, (3 << 18) + 7])
      it(`gives the ${size} bytes that are there, with facts that agree`, async () => {
        const content = Buffer.alloc(size, 'env-runner ')
        await harness.put('a', content)
        const told = await store.stat(harness.uri('a'), signal)
        const [facts, read] = await store.read(harness.uri('a'), async (each, bytes) => [each, await collect(bytes)] as const, signal)
        expect(read.equals(content)).toBe(true)
        for (const { sizeBytes, checksum, isExecutable } of [told, facts]) {
          expect([sizeBytes, isExecutable]).toEqual([size, false])
          expect([null, sha256(content)]).toContain(checksum)
        }
      })
    it('tells another version when the content is another one, be it as long and as new', async () => {
      const versions = new Set<string>()
      for (const text of ['one', 'two', 'six', 'ten']) {
        await harness.put('a', Buffer.from(text))
        versions.add((await store.stat(harness.uri('a'), signal)).version)
      }
      expect(versions.size).toBe(4)
    })
    it('gives back what it holds when it is not read to the end', async () => {
      await harness.put('a', Buffer.alloc(1 << 20))
      for (let round = 0; round < 50; round++) {
        const failed = store.read(harness.uri('a'), async (_, bytes) => {
          for await (const chunk of bytes) throw new Error(`enough after ${chunk.length > 0}`)
        }, signal) // prettier-ignore
        await expect(failed).rejects.toThrow('enough after true')
      }
    })
    it('says that there is none', async () => {
      const refusal = { code: 'INPUT_UNAVAILABLE', hint: expect.stringMatching(/./) }
      await expect(store.stat(harness.uri('none'), signal)).rejects.toMatchObject(refusal)
      await expect(readAll('none')).rejects.toMatchObject(refusal)
    })
    it('refuses what may not be read', async () => {
      await expect(store.stat(harness.forbiddenUri, signal)).rejects.toMatchObject({ code: 'POLICY_PATH' })
    })
    it('refuses a URI of another store', async () => {
      const refusal = { code: 'NOT_SUPPORTED', hint: expect.stringMatching(/./) }
      await expect(store.stat('nothing-has-this-scheme://a/b', signal)).rejects.toMatchObject(refusal)
      await expect(store.write('nothing-has-this-scheme://a/b', bytesOf(), 'w', signal)).rejects.toMatchObject(refusal)
    })
    it('stops soon when it is aborted', async () => {
      await harness.put('a', Buffer.alloc(4 << 20))
      const stop = new AbortController()
      const reading = store.read(
        harness.uri('a'),
        async (_, bytes) => {
          for await (const chunk of bytes) if (chunk.length > 0) stop.abort(new Error('enough'))
        },
        stop.signal,
      )
      await expect(reading).rejects.toThrow('enough')
      await expect(store.stat(harness.uri('a'), stop.signal)).rejects.toThrow('enough')
    })
  })

  describe('writing', () => {
    it('stores what can be read again under the path it tells', async () => {
      const content = Buffer.concat([Buffer.from('head'), Buffer.alloc(1 << 20), Buffer.from('tail')])
      const stored = await store.write(harness.uri('deep/er/a'), bytesOf(content.subarray(0, 10), content.subarray(10)), 'w', signal)
      expect(stored).toMatchObject({ sizeBytes: content.length, checksum: sha256(content) })
      expect((await store.read(stored.path, (_, bytes) => collect(bytes), signal)).equals(content)).toBe(true)
      expect((await harness.get('deep/er/a'))?.equals(content)).toBe(true)
    })
    it('stores nothing as an empty artifact', async () => {
      expect(await store.write(harness.uri('a'), bytesOf(), 'w', signal)).toMatchObject({ sizeBytes: 0, checksum: sha256(Buffer.alloc(0)) })
    })
    it('takes the place of what was there, again and again', async () => {
      await harness.put('a', Buffer.from('something longer'))
      for (let round = 0; round < 2; round++) await store.write(harness.uri('a'), bytesOf(Buffer.from('new')), 'w', signal)
      expect((await harness.get('a'))?.toString()).toBe('new')
      expect(await harness.names()).toEqual(['a'])
    })
    it('leaves what was there, and nothing else, when its source fails', async () => {
      await harness.put('a', Buffer.from('old'))
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from('half'))
        throw new RunnerError('WORK_DIR_UNUSABLE', 'the source failed')
      }
      await expect(store.write(harness.uri('a'), failing(), 'w', signal)).rejects.toMatchObject({ code: 'WORK_DIR_UNUSABLE' })
      expect([await harness.names(), (await harness.get('a'))?.toString()]).toEqual([['a'], 'old'])
    })
    it('leaves nothing when it is aborted', async () => {
      const stop = new AbortController()
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (;;) {
          yield await Promise.resolve(Buffer.alloc(1_000, 'x'))
          stop.abort(new Error('enough'))
        }
      }
      await expect(store.write(harness.uri('a'), endless(), 'w', stop.signal)).rejects.toThrow('enough')
      expect(await harness.names()).toEqual([])
    })
    it('lets two writers store in one place: the artifact is whole, and of one of them', async () => {
      const contents = ['a', 'b'].map((letter) => Buffer.alloc(300_000, letter))
      await Promise.all(contents.map((content, index) => store.write(harness.uri('x'), bytesOf(content), `w${index}`, signal)))
      const stored = await harness.get('x')
      expect(contents.some((content) => stored?.equals(content))).toBe(true)
      expect(await harness.names()).toEqual(['x'])
    })
    it('refuses what may not be written', async () => {
      const refusal = { code: 'OUTPUT_REFUSED', hint: expect.stringMatching(/./) }
      await expect(store.write(harness.forbiddenUri, bytesOf(Buffer.from('x')), 'w', signal)).rejects.toMatchObject(refusal)
    })
  })
}
