import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RunnerError } from '../../src/domain/errors.ts'
import { createArtifactCache, DamagedEntry, type ArtifactCache, type CacheLimits, type Keep } from './artifact-cache.ts'
import { contentPath } from './cache-files.ts'

const { signal } = new AbortController()
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
let directory: string
let fetches: string[]
beforeEach(() => {
  directory = mkdtempSync(join(realpathSync(tmpdir()), 'env-runner-cache-'))
  fetches = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const ample: CacheLimits = { bytesMax: 1 << 30, highPercent: 100, lowPercent: 100 }
const open = (limits: Partial<CacheLimits> = {}): ArtifactCache => createArtifactCache(directory, { ...ample, ...limits })
const bytesOf = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}
const fetching =
  (key: string, text: string, checksum: string | null = null) =>
  (keep: Keep): ReturnType<Keep> => {
    fetches.push(key)
    return keep({ key, bytes: bytesOf(text), checksum, admit: () => {} })
  }
/** What a task would see of the content of `key`, which a store has as `text`. */
const read = (cache: ArtifactCache, key: string, text = key): Promise<string> =>
  cache.withArtifact(key, fetching(key, text), async ({ path, file, sizeBytes, checksum }) => {
    expect([(await file.stat()).size, checksum]).toEqual([sizeBytes, `sha256:${digestOf(text)}`])
    return readFileSync(path, 'utf8')
  }, signal) // prettier-ignore
const holds = (...texts: string[]): string[] => texts.filter((text) => existsSync(contentPath(directory, digestOf(text))))
const isEmptyOf = (part: string): boolean => readdirSync(join(directory, part)).length === 0

describe('the cache of artifacts', () => {
  it('gets content once, also for the next process', async () => {
    const cache = open()
    for (let round = 0; round < 2; round++) expect(await read(cache, 'a')).toBe('a')
    expect(await read(open(), 'a')).toBe('a')
    expect(fetches).toEqual(['a'])
  })
  it('gets it once for a hundred that ask at the same time', async () => {
    const cache = open()
    const texts = await Promise.all(Array.from({ length: 100 }, () => read(cache, 'a')))
    expect([new Set(texts), fetches]).toEqual([new Set(['a']), ['a']])
  })
  it('keeps equal content of different keys once', async () => {
    const cache = open()
    await read(cache, 'v1', 'same')
    await read(cache, 'v2', 'same')
    expect(fetches).toEqual(['v1', 'v2'])
    expect(readdirSync(join(directory, 'sha256'), { recursive: true })).toHaveLength(2)
    expect(statSync(contentPath(directory, digestOf('same'))).mode & 0o777).toBe(0o444)
  })
  it('is closed to other users', async () => {
    await read(open(), 'a')
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  describe('when there is more than it may hold', () => {
    it('gives up what was used least recently, also before the process began', async () => {
      for (const text of ['aaaa', 'bbbb', 'aaaa']) await read(open({ bytesMax: 12 }), text)
      const cache = open({ bytesMax: 12 })
      await read(cache, 'cccc')
      await read(cache, 'dddd')
      expect(holds('aaaa', 'bbbb', 'cccc', 'dddd')).toEqual(['aaaa', 'cccc', 'dddd'])
      expect(readdirSync(join(directory, 'versions'))).toHaveLength(3)
    })
    it('serves what is larger than all of it, and gives it up afterwards', async () => {
      expect(await read(open({ bytesMax: 2 }), 'large')).toBe('large')
      expect(holds('large')).toEqual([])
    })
    it('gives up nothing that is being used', async () => {
      const cache = open({ bytesMax: 4 })
      await cache.withArtifact('used', fetching('used', 'used'), async () => {
        await read(cache, 'next')
        expect(holds('used')).toEqual(['used'])
      }, signal) // prettier-ignore
      expect(holds('used', 'next')).toEqual(['used'])
    })
    it('gives up all that is not used where the disk is fuller than it may be', async () => {
      const cache = open({ highPercent: 0, lowPercent: 0 })
      await read(cache, 'a')
      expect(holds('a')).toEqual([])
    })
  })

  describe('after damage', () => {
    it('gets content again that was cut, or removed', async () => {
      const cache = open()
      for (const spoil of [(path: string) => truncateSync(path, 1), (path: string) => rmSync(path)]) {
        await read(cache, 'text')
        spoil(contentPath(directory, digestOf('text')))
        expect(await read(cache, 'text')).toBe('text')
        expect(await read(open(), 'text')).toBe('text')
      }
      expect(fetches).toHaveLength(3)
    })
    it('gets content again that its user finds to be another', async () => {
      const cache = open()
      await read(cache, 'text')
      rmSync(contentPath(directory, digestOf('text')))
      writeFileSync(contentPath(directory, digestOf('text')), 'tXxt')
      const found = cache.withArtifact('text', fetching('text', 'text'), async ({ path }) => {
        if (readFileSync(path, 'utf8') !== 'text') throw new DamagedEntry()
        return 'mended'
      }, signal) // prettier-ignore
      expect(await found).toBe('mended')
      expect(fetches).toHaveLength(2)
    })
    it('says so when content is never what it should be', async () => {
      const found = open().withArtifact('a', fetching('a', 'a'), async () => Promise.reject(new DamagedEntry()), signal)
      await expect(found).rejects.toMatchObject({ code: 'WORK_DIR_UNUSABLE', hint: expect.stringMatching(/disk/) })
    })
    it('drops what a crash left half made, and links that lead nowhere', async () => {
      await read(open(), 'a')
      rmSync(contentPath(directory, digestOf('a')))
      writeFileSync(join(directory, 'new', 'half'), 'x')
      await read(open(), 'b')
      expect([isEmptyOf('new'), readdirSync(join(directory, 'versions')).length]).toEqual([true, 1])
    })
  })

  describe('when content cannot be got', () => {
    it('passes the failure on, and keeps nothing', async () => {
      const cache = open()
      const failure = new RunnerError('INPUT_UNAVAILABLE', 'gone')
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from('half'))
        throw failure
      }
      const refused = cache.withArtifact(
        'a',
        (keep) => keep({ key: 'a', bytes: failing(), checksum: null, admit: () => {} }),
        async () => 'never',
        signal,
      )
      await expect(refused).rejects.toBe(failure)
      expect([isEmptyOf('new'), isEmptyOf('sha256'), isEmptyOf('versions')]).toEqual([true, true, true])
    })
    it('refuses content that is not what the store vouched for', async () => {
      const refused = open().withArtifact('a', fetching('a', 'a', `sha256:${digestOf('b')}`), async () => 'never', signal)
      await expect(refused).rejects.toMatchObject({ code: 'ARTIFACT_STORE_UNAVAILABLE' })
      expect(isEmptyOf('versions')).toBe(true)
    })
    it('lets one go that stops waiting, and serves the others', async () => {
      const cache = open()
      const stop = new AbortController()
      const go = Promise.withResolvers<undefined>()
      const slow = async (keep: Keep): ReturnType<Keep> => (await go.promise, fetching('a', 'a')(keep))
      const stopped = cache.withArtifact('a', slow, async () => 'first', stop.signal)
      const served = cache.withArtifact('a', slow, async () => 'second', signal)
      stop.abort(new Error('enough'))
      await expect(stopped).rejects.toThrow('enough')
      go.resolve(undefined)
      expect([await served, fetches]).toEqual(['second', ['a']])
    })
  })
})
