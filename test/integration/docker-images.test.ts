import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Dockerode from 'dockerode'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createFileCredentials } from '../../adapters/docker/images/credentials.ts'
import { createImageStore, type ImageStore, type ImageStoreOptions } from '../../adapters/docker/images/image-store.ts'
import type { Progress } from '../../src/domain/events.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { createManualClock } from '../manual-clock.ts'
import { docker, hasDocker } from '../support/docker-images.ts'
import { hasRegistry, imageManifest, registryUser, startRegistry, type Registry } from '../support/registry.ts'
import { realClock } from './real-clock.ts'

const canRun = [hasDocker(), hasRegistry()].every(Boolean)
const wanted = new AbortController().signal
const nobody = (): void => {}
const key = (taskId: string) => ({ taskId, attempt: 1 })

describe.skipIf(!canRun)('images from a registry', () => {
  let registry: Registry
  let guarded: Registry
  let stores: ImageStore[] = []
  let records = 0

  beforeAll(async () => {
    registry = await startRegistry()
    guarded = await startRegistry({ login: true })
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    stores = []
    for (const { address } of [registry, guarded]) await removeImagesOf(address)
  })
  afterAll(async () => {
    await registry.close()
    await guarded.close()
  })

  const open = (over: Partial<ImageStoreOptions> = {}): ImageStore => {
    const store = createImageStore({
      host: 'unix:///var/run/docker.sock',
      docker: new Dockerode({ socketPath: '/var/run/docker.sock' }),
      clock: realClock,
      logger: silentLogger,
      policy: 'missing',
      stallMs: 20_000,
      callMs: 20_000,
      unavailableMs: 1_000,
      credentials: createFileCredentials(null, silentLogger),
      disk: { highPercent: 100, lowPercent: 0, usage: async () => 0 },
      recordPath: join(registry.directory, `images-${++records}.json`),
      ...over,
    })
    stores.push(store)
    return store
  }
  const idOf = async (reference: string): Promise<string> => (await docker(['image', 'inspect', '--format', '{{.Id}}', reference])).trim()
  const isThere = (reference: string): Promise<boolean> => idOf(reference).then(() => true, () => false) // prettier-ignore

  it('are pulled when missing, with progress, and named by the digest that the registry gave', async () => {
    const digest = await registry.push('app:v1')
    const told: Progress[] = []
    const reference = `${registry.address}/app:v1`
    const found = await open().ensure(key('t'), reference, wanted, (progress) => void told.push(progress))
    expect(found).toEqual({ reference, id: await idOf(reference), digest: `${registry.address}/app@${digest}` })
    expect(told.at(-1)).toMatchObject({ percent: 100, step: 'pull' })
  })

  it('are pulled by digest, once, also by the policy always', async () => {
    const digest = await registry.push('exact:v1')
    const reference = `${registry.address}/exact@${digest}`
    const store = open({ policy: 'always' })
    expect(await store.ensure(key('t'), reference, wanted, nobody)).toMatchObject({ digest: reference })
    expect(await store.ensure(key('u'), `${registry.address}/exact:v1@${digest}`, wanted, nobody)).toMatchObject({ digest: reference })
  })

  it('follow a moved tag by the policy always alone', async () => {
    const reference = `${registry.address}/moving:v1`
    const before = await registry.push('moving:v1')
    expect(await open().ensure(key('t'), reference, wanted, nobody)).toMatchObject({ digest: expect.stringContaining(before) })
    await docker(['tag', reference, `${registry.address}/kept:v1`])
    const after = await registry.push('moving:v1')
    await docker(['tag', `${registry.address}/kept:v1`, reference])
    expect((await open().ensure(key('t'), reference, wanted, nobody)).id).toBe(await idOf(`${registry.address}/kept:v1`))
    expect(await open({ policy: 'always' }).ensure(key('t'), reference, wanted, nobody)).toMatchObject({
      digest: expect.stringContaining(after),
    })
  })

  it('that nobody has pushed are not found', async () => {
    await registry.push('known:v1')
    const store = open()
    for (const name of ['known:v2', 'unknown:v1', `known@sha256:${'0'.repeat(64)}`])
      await expect(store.ensure(key('t'), `${registry.address}/${name}`, wanted, nobody)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  })

  it.each([
    ['for another platform', 'application/vnd.docker.distribution.manifest.list.v2+json', { architecture: 's390x', os: 'linux' }],
    ['without an image in it', 'application/vnd.oci.image.manifest.v1+json', null],
  ])('%s are invalid', async (_, mediaType, platform) => {
    const digest = await registry.push('odd:v1')
    const config = { ...(await registry.configOf('odd', digest)), mediaType: 'application/vnd.example.song.v1+json' }
    const content = platform ? { manifests: [{ mediaType: imageManifest, digest, size: 1, platform }] } : { config, layers: [config] }
    await registry.putManifest('odd', 'v2', mediaType, { schemaVersion: 2, mediaType, ...content })
    await expect(open().ensure(key('t'), `${registry.address}/odd:v2`, wanted, nobody)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })

  it('of a registry that is not there are worth another try', async () => {
    await expect(open().ensure(key('t'), '127.0.0.1:1/app:v1', wanted, nobody)).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' })
  })

  it('of a registry with a login need the credentials', async () => {
    await guarded.push('secret:v1')
    const reference = `${guarded.address}/secret:v1`
    await expect(open().ensure(key('t'), reference, wanted, nobody)).rejects.toMatchObject({ code: 'IMAGE_UNAUTHORIZED' })
    const wrong = join(guarded.directory, 'wrong.json')
    writeFileSync(
      wrong,
      JSON.stringify({ auths: { [`http://${guarded.address}/v2/`]: { username: registryUser.name, password: 'open barley' } } }),
    )
    const refused = open({ credentials: createFileCredentials(wrong, silentLogger) }).ensure(key('t'), reference, wanted, nobody)
    await expect(refused).rejects.toMatchObject({ code: 'IMAGE_UNAUTHORIZED', message: expect.not.stringContaining('barley') })
    const store = open({ credentials: createFileCredentials(guarded.authFile, silentLogger) })
    expect(await store.ensure(key('t'), reference, wanted, nobody)).toMatchObject({ reference })
  })

  it('are pulled once for a hundred tasks at the same time', async () => {
    await registry.push('popular:v1')
    const store = open({ policy: 'always' })
    const all = Array.from({ length: 100 }, (_, n) => store.ensure(key(`t${n}`), `${registry.address}/popular:v1`, wanted, nobody))
    const asked = registry.manifestsAskedFor('popular', 'v1')
    const found = await Promise.all(all)
    expect(new Set(found.map(({ id }) => id)).size).toBe(1)
    expect(registry.manifestsAskedFor('popular', 'v1') - asked).toBe(1)
  })

  it('go also when they were pulled by digest, or their tag has moved on', async () => {
    const [before, reference] = [await registry.push('gone:v1'), `${registry.address}/gone:v1`]
    const { clock, pass } = createManualClock()
    let percent = 0
    const store = open({ clock, policy: 'always', disk: { highPercent: 1, lowPercent: 0, usage: async () => percent } })
    await store.ensure(key('t'), reference, wanted, nobody)
    await store.ensure(key('u'), `${registry.address}/gone@${await registry.push('other:v1', 'gone:v2')}`, wanted, nobody)
    await registry.push('gone:v1')
    await docker(['pull', '--quiet', reference]) // not ours: somebody else moved the tag
    store.release(key('t'))
    store.release(key('u'))
    percent = 90
    pass(600_000)
    const ours = async (): Promise<string[]> =>
      (await docker(['image', 'ls', '--digests', '--no-trunc', '--format', '{{.Repository}}@{{.Digest}}'])).split('\n').filter((name) => name.startsWith(`${registry.address}/`)) // prettier-ignore
    await vi.waitFor(async () => expect(await ours()).toHaveLength(1), { timeout: 20_000 })
    expect(await ours()).not.toContain(`${registry.address}/gone@${before}`)
    expect(await isThere(reference)).toBe(true)
  })

  it('go, the one used longest ago first, while the disk is full; those in use, leased or brought by others stay', async () => {
    const names = ['idle', 'busy', 'leased', 'spare', 'theirs']
    for (const name of names) await registry.push(`${name}:v1`)
    const [idle, busy, leased, spare, theirs] = names.map((name) => `${registry.address}/${name}:v1`) as [
      string,
      string,
      string,
      string,
      string,
    ]
    await docker(['pull', '--quiet', theirs])
    let percent = 0
    const { clock, pass } = createManualClock()
    const usage = async (): Promise<number> => ((await isThere(idle)) ? percent : 10)
    const store = open({ clock, disk: { highPercent: 80, lowPercent: 50, usage } })
    for (const reference of [theirs, busy, idle, leased, spare]) {
      pass(1_000)
      await store.ensure(key(reference.replace(/^.*\/(\w+):.*$/, '$1')), reference, wanted, nobody)
    }
    for (const name of names.filter((name) => name !== 'leased')) store.release(key(name))
    const container = (await docker(['create', busy, '/nothing'])).trim()
    try {
      percent = 90
      pass(600_000)
      await vi.waitFor(async () => expect(await isThere(idle)).toBe(false), { timeout: 20_000 })
      for (const reference of [busy, leased, spare, theirs]) expect(await isThere(reference)).toBe(true)
      const everything = open({
        clock,
        disk: { highPercent: 1, lowPercent: 0, usage: async () => 100 },
        recordPath: join(registry.directory, `images-${records}.json`),
      })
      await store.close()
      pass(600_000)
      await vi.waitFor(async () => expect(await isThere(spare)).toBe(false), { timeout: 20_000 })
      await everything.close()
      for (const reference of [busy, theirs]) expect(await isThere(reference)).toBe(true)
    } finally {
      await docker(['rm', container])
    }
  })
})

/** Takes away what a test left on the engine from a registry of its own. */
const removeImagesOf = async (address: string): Promise<void> => {
  const names = await docker(['image', 'ls', '--format', '{{.ID}} {{.Repository}}'])
  const ids = names.split('\n').flatMap((line) => (line.split(' ')[1]?.startsWith(`${address}/`) ? [line.split(' ')[0]!] : []))
  if (ids.length > 0) await docker(['image', 'rm', '--force', ...new Set(ids)])
}
