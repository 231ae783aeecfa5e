import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Progress } from '../../../src/domain/events.ts'
import type { Logger } from '../../../src/ports/logger.ts'
import { createManualClock } from '../../../test/manual-clock.ts'
import { createFakeEngine, type FakePull } from '../../../test/support/fake-engine.ts'
import { createImageStore, type ImageStore, type ImageStoreOptions } from './image-store.ts'

type FakeEngine = Awaited<ReturnType<typeof createFakeEngine>>

const id = (letter: string): string => `sha256:${letter.repeat(64)}`
const name = 'registry.example/app:v1'
const digest = `registry.example/app@${id('d')}`
const image = { id: id('a'), digests: [digest], sizeBytes: 1_000 }
const key = (taskId: string) => ({ taskId, attempt: 1 })
const wanted = new AbortController().signal
const nobody = (): void => {}

let engine: FakeEngine
let time: ReturnType<typeof createManualClock>
let stores: ImageStore[]
let logged: { fields: object; message: string }[]

beforeEach(async () => {
  engine = await createFakeEngine()
  time = createManualClock()
  stores = []
  logged = []
})
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await engine.close()
})

const log = (fields: object, message: string): void => void logged.push({ fields, message })
const logger: Logger = { debug: log, info: log, warn: log, error: log }

const open = (over: Partial<ImageStoreOptions> = {}): ImageStore => {
  const store = createImageStore({
    host: 'unix:///var/run/docker.sock',
    docker: engine.docker,
    clock: time.clock,
    logger,
    policy: 'missing',
    stallMs: 60_000,
    callMs: 30_000,
    unavailableMs: 10_000,
    credentials: { forRegistry: async () => null },
    disk: { highPercent: 100, lowPercent: 0, usage: async () => 0 },
    recordPath: join(engine.directory, 'images.json'),
    ...over,
  })
  stores.push(store)
  return store
}
const ensure = (store: ImageStore, reference = name, taskId = 't') => store.ensure(key(taskId), reference, wanted, nobody)
const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, { interval: 5, timeout: 10_000 })
const pullBegun = (count = 1): Promise<FakePull> =>
  eventually(() => {
    expect(engine.pulls).toHaveLength(count)
    return engine.pulls[count - 1]!
  })
/** Lets time pass, a little at a time, until the promise has settled. */
const passUntil = async <T>(promise: Promise<T>, stepMs = 1_000): Promise<T> => {
  let isSettled = false
  const settle = (): void => void (isSettled = true)
  promise.then(settle, settle)
  await eventually(() => {
    if (!isSettled) time.pass(stepMs)
    expect(isSettled).toBe(true)
  })
  return promise
}

describe('an image that is there', () => {
  it('is taken as it is, and named by its digest', async () => {
    engine.images.set(name, image)
    expect(await ensure(open())).toEqual({ reference: name, id: image.id, digest })
    expect(engine.pulls).toHaveLength(0)
  })

  it('has no digest when no registry of its name gave it', async () => {
    engine.images.set('docker.io/library/python:3.12', {
      id: id('b'),
      digests: [`other@${id('d')}`, '<none>@<none>', `python@sha512:${'0'.repeat(128)}`],
    })
    expect(await ensure(open(), 'python:3.12')).toEqual({ reference: 'python:3.12', id: id('b'), digest: null })
  })

  it('is asked for again by the policy always, unless its digest is known', async () => {
    engine.images.set(name, image).set(digest, image)
    engine.onPull((pull) => pull.complete({ ...image, id: id('b') }))
    const store = open({ policy: 'always' })
    expect(await ensure(store, digest)).toMatchObject({ id: image.id })
    expect(engine.pulls).toHaveLength(0)
    expect(await ensure(store)).toMatchObject({ id: id('b') })
    expect(engine.pulls).toHaveLength(1)
  })
})

describe('an image that is missing', () => {
  it('is pulled, by tag or by digest', async () => {
    engine.onPull((pull) => pull.complete(image))
    const store = open()
    expect(await ensure(store)).toEqual({ reference: name, id: image.id, digest })
    engine.images.clear()
    expect(await ensure(store, digest)).toEqual({ reference: digest, id: image.id, digest })
    expect(engine.pulls.map(({ reference }) => reference)).toEqual([name, digest])
  })

  it('is refused by the policy never', async () => {
    await expect(ensure(open({ policy: 'never' }))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
    expect(engine.pulls).toHaveLength(0)
  })

  it('is not there after its pull: transient', async () => {
    engine.onPull((pull) => {
      pull.complete(image)
      engine.images.clear()
    })
    await expect(ensure(open())).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' })
  })

  it('tells everybody who waits how far it is, the later one at once', async () => {
    const store = open()
    const told: [Progress[], Progress[]] = [[], []]
    const first = store.ensure(key('a'), name, wanted, (progress) => void told[0].push(progress))
    const pull = await pullBegun()
    pull.send({ status: 'Pulling from app', id: 'v1' })
    pull.send({ status: 'Downloading', id: 'l1', progressDetail: { current: 12_300_000, total: 40_100_000 } })
    pull.send({ status: 'Downloading', id: 'l1', progressDetail: { current: 20_050_000, total: 40_100_000 } })
    await passUntil(eventually(() => expect(told[0].at(-1)).toEqual({ percent: 25, step: 'pull', message: '20.1 of 40.1 MB' })))
    const second = store.ensure(key('b'), name, wanted, (progress) => void told[1].push(progress))
    expect(told[1]).toEqual([told[0].at(-1)])
    pull.send({ status: 'Pull complete', id: 'l1' })
    pull.complete(image)
    await Promise.all([first, second])
    expect(told[1].at(-1)).toEqual({ percent: 100, step: 'pull', message: '40.1 of 40.1 MB' })
    expect(told[0][0]).toEqual({ percent: null, step: 'pull', message: name })
  })

  it('tells at most twice a second', async () => {
    const told: Progress[] = []
    const done = open().ensure(key('a'), name, wanted, (progress) => void told.push(progress))
    const pull = await pullBegun()
    for (let current = 1; current <= 500; current++)
      pull.send({ status: 'Downloading', id: 'l', progressDetail: { current, total: 1_000 } })
    pull.complete(image)
    await done
    expect(told.length).toBeLessThan(5)
  })
})

describe('many who want one image', () => {
  it('share one pull', async () => {
    const store = open()
    const all = Array.from({ length: 100 }, (_, n) => ensure(store, name, `t${n}`))
    const pull = await pullBegun()
    pull.complete(image)
    expect(new Set((await Promise.all(all)).map((found) => found.id))).toEqual(new Set([image.id]))
    expect(engine.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  })

  it('lose only the one who gives up', async () => {
    const store = open()
    const giveUp = new AbortController()
    const first = store.ensure(key('a'), name, giveUp.signal, nobody)
    const second = ensure(store, name, 'b')
    const pull = await pullBegun()
    giveUp.abort()
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(pull.isGone()).toBe(false)
    pull.complete(image)
    await expect(second).resolves.toMatchObject({ id: image.id })
  })

  it('end the pull when the last one gives up, and who comes then begins another', async () => {
    const store = open()
    const giveUp = [new AbortController(), new AbortController()]
    const both = giveUp.map(({ signal }, n) => store.ensure(key(`t${n}`), name, signal, nobody))
    const refused = both.map((one) => expect(one).rejects.toMatchObject({ code: 'CANCELLED' }))
    const pull = await pullBegun()
    for (const one of giveUp) one.abort()
    await Promise.all(refused)
    const next = ensure(store)
    const again = await pullBegun(2)
    await eventually(() => expect(pull.isGone()).toBe(true))
    again.complete(image)
    await expect(next).resolves.toMatchObject({ id: image.id })
  })

  it('who is late already asks for nothing', async () => {
    await expect(open().ensure(key('a'), name, AbortSignal.abort(), nobody)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(engine.requests).toHaveLength(0)
  })
})

describe('a pull that goes wrong', () => {
  const denied =
    "pull access denied for app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
  it.each([
    [404, 'manifest for registry.example/app:v1 not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
    [404, 'repository registry.example/app not found: name unknown: repository name not known to registry', 'IMAGE_NOT_FOUND'],
    [404, denied, 'IMAGE_UNAUTHORIZED'],
    [401, 'who are you', 'IMAGE_UNAUTHORIZED'],
    [403, 'no', 'IMAGE_UNAUTHORIZED'],
    [500, 'Head "https://registry.example/v2/app/manifests/v1": no basic auth credentials', 'IMAGE_UNAUTHORIZED'],
    [500, 'Get "https://registry.example/v2/": unauthorized: incorrect username or password', 'IMAGE_UNAUTHORIZED'],
    [429, 'slow down', 'IMAGE_PULL_FAILED'],
    [
      500,
      'toomanyrequests: You have reached your unauthenticated pull rate limit. You may increase the limit by authenticating: unauthorized',
      'IMAGE_PULL_FAILED',
    ],
    [500, 'received unexpected HTTP status: 503 Service Unavailable', 'IMAGE_PULL_FAILED'],
    [500, 'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host', 'IMAGE_PULL_FAILED'],
    [500, 'something nobody has foreseen', 'IMAGE_PULL_FAILED'],
    [404, 'no matching manifest for linux/amd64 in the manifest list entries', 'IMAGE_INVALID'],
    [500, 'image operating system "windows" cannot be used on this platform', 'IMAGE_INVALID'],
    [400, 'invalid reference format', 'IMAGE_INVALID'],
    [500, 'Encountered remote "application/vnd.docker.plugin.v1+json"(plugin) when fetching', 'IMAGE_INVALID'],
    [500, 'filesystem layer verification failed for digest sha256:aa', 'IMAGE_PULL_FAILED'],
    [500, 'write /var/lib/docker/tmp/x: no space left on device', 'IMAGE_PULL_FAILED'],
  ])('%i %s: %s, as a status and inside the stream', async (status, words, code) => {
    const store = open()
    engine.onPull((pull) => pull.refuse(status, words))
    await expect(ensure(store)).rejects.toMatchObject({ code, message: `${name}: ${words}` })
    if (status < 500 && !/manifest|denied|name|format|platform/.test(words)) return // such words come with their status alone
    engine.onPull((pull) => {
      pull.send({ status: 'Pulling from app', id: 'v1' })
      pull.fail(words)
    })
    await expect(ensure(store)).rejects.toMatchObject({ code, message: `${name}: ${words}` })
  })

  it('is transient when the connection breaks, before the answer or amid the stream', async () => {
    const store = open()
    engine.onPull((pull) => pull.cut())
    await expect(ensure(store)).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' })
    const broken = expect(ensure(store)).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' })
    engine.onPull((pull) => pull.send({ status: 'Downloading', id: 'l', progressDetail: { current: 1, total: 2 } }))
    ;(await pullBegun(2)).cut()
    await broken
  })

  it('is transient when the engine talks nonsense', async () => {
    const store = open()
    engine.onPull((pull) => {
      pull.send([1, 2] as unknown as object)
    })
    await expect(ensure(store)).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' })
  })

  it('stalls without progress, also before its first message, and is given up', async () => {
    const store = open()
    const silent = expect(ensure(store)).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED', message: `${name}: no progress for 60 s` })
    await pullBegun()
    time.pass(60_000)
    await silent
    await eventually(() => expect(engine.pulls[0]!.isGone()).toBe(true))
  })

  it('does not stall while it makes progress, and stalls while the engine only counts down to another try', async () => {
    const told: Progress[] = []
    const stalled = expect(open().ensure(key('t'), name, wanted, (progress) => void told.push(progress))).rejects.toMatchObject({
      code: 'IMAGE_PULL_FAILED',
    })
    const pull = await pullBegun()
    for (let current = 1; current <= 4; current++) {
      time.pass(40_000)
      pull.send({ status: 'Downloading', id: 'l', progressDetail: { current, total: 4 } })
      await eventually(() => expect(told.at(-1)?.percent).toBe(current * 12.5))
    }
    time.pass(40_000)
    pull.send({ status: 'Retrying in 5 seconds', id: 'l' })
    await passUntil(
      eventually(() => expect(told).toHaveLength(6)),
      500,
    )
    time.pass(20_000)
    await stalled
  })

  it('leaves nothing leased', async () => {
    let percent = 0
    const store = open({ disk: { highPercent: 50, lowPercent: 10, usage: async () => percent } })
    engine.onPull((pull) => pull.complete(image))
    await ensure(store, name, 'a')
    store.release(key('a'))
    engine.images.delete(name)
    engine.onPull((pull) => pull.refuse(500, 'no'))
    await expect(ensure(store, name, 'b')).rejects.toThrow()
    engine.images.set(name, image)
    percent = 90
    time.pass(600_000)
    await eventually(() => expect(engine.images.size).toBe(0))
  })
})

describe('credentials', () => {
  const credentials = {
    forRegistry: async (registry: string) => ({ serveraddress: registry, username: 'me', password: 'open sesame' }),
  }
  it('go to the engine with a pull', async () => {
    engine.onPull((pull) => pull.complete(image))
    await ensure(open({ credentials }))
    expect(engine.pulls[0]!.auth).toEqual({ serveraddress: 'registry.example', username: 'me', password: 'open sesame' })
  })

  it('appear in no error and no log', async () => {
    engine.onPull((pull) => pull.refuse(500, 'Get "https://me:open%20sesame@registry.example": open sesame is wrong'))
    const cause = await ensure(open({ credentials })).catch((cause: unknown) => cause as Error)
    expect(cause).toMatchObject({ message: expect.stringContaining('***') })
    expect(JSON.stringify([cause, (cause as Error).stack, (cause as Error).cause, logged])).not.toMatch(/sesame/)
  })
})

describe('an engine that is away', () => {
  it('is waited for', async () => {
    engine.images.set(name, image)
    await engine.stop()
    const found = ensure(open())
    time.pass(1_000)
    await engine.start()
    await expect(passUntil(found, 100)).resolves.toMatchObject({ id: image.id })
  })

  it.each(['gone', 'silent', 'unwell'])('is ENGINE_UNAVAILABLE after its time: %s', async (how) => {
    if (how === 'gone') await engine.stop()
    else engine.disturbed.set('GET', how === 'silent' ? 'silence' : 503)
    await expect(passUntil(ensure(open({ callMs: 2_000 })))).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    expect(time.clock.monotonic()).toBeGreaterThanOrEqual(10_000)
    if (how === 'gone') await engine.start()
  })

  it('lets go of who gives up', async () => {
    engine.disturbed.set('GET', 'silence')
    const giveUp = new AbortController()
    const waiting = open().ensure(key('t'), name, giveUp.signal, nobody)
    await eventually(() => expect(engine.requests).toHaveLength(1))
    giveUp.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('a disk that fills up', () => {
  const nameOf = (letter: string): string => `registry.example/${letter}:v1`
  let percent: number
  const disk = { highPercent: 80, lowPercent: 50, usage: async () => percent }
  /** Three images, pulled one after the other; `b` was used last. Each holds 20 % of the disk. */
  const fill = async (store: ImageStore): Promise<void> => {
    percent = 0
    engine.onPull((pull) => pull.complete({ id: id(/(\w):v1$/.exec(pull.reference)![1]!) }))
    for (const letter of ['a', 'b', 'c', 'b']) {
      time.pass(1_000)
      await ensure(store, nameOf(letter), letter)
      store.release(key(letter))
      await Promise.resolve()
    }
  }
  const names = (): string[] => [...engine.images.keys()].map((reference) => /(\w):v1$/.exec(reference)![1]!)
  /** Begins a look at the disk, once for each store: a second one might only join the first. */
  const sweep = async (): Promise<void> => {
    const asked = engine.requests.length
    time.pass(600_000)
    await eventually(() => expect(engine.requests.length).toBeGreaterThan(asked))
  }
  const shrinking = { ...disk, usage: async () => percent - 20 * (3 - engine.images.size) }

  it('loses the image that was used longest ago, until it is low', async () => {
    await fill(open({ disk: shrinking }))
    percent = 90
    await sweep()
    await eventually(() => expect(names()).toEqual(['b']))
  })

  it('loses nothing while it is not high, or nobody knows', async () => {
    for (const usage of [80, null]) {
      let looks = 0
      const store = open({ disk: { ...disk, usage: async () => (looks++, usage) } })
      await fill(store)
      const before = looks
      time.pass(600_000)
      await eventually(() => expect(looks).toBeGreaterThan(before))
      await store.close()
      expect(names()).toEqual(['a', 'b', 'c'])
    }
  })

  it('keeps what is leased, what containers use, and what others brought', async () => {
    engine.images.set(nameOf('d'), { id: id('d') })
    const store = open({ disk })
    await fill(store)
    await ensure(store, nameOf('a'), 'holder')
    engine.used.add(id('c'))
    percent = 90
    await sweep()
    await eventually(() => expect(names()).toEqual(['d', 'a', 'c']))
    await store.close()
    open({ disk }) // where nothing is leased
    await sweep()
    await eventually(() => expect(names()).toEqual(['d', 'c']))
  })

  it('keeps an image that the engine itself says is in use', async () => {
    const store = open({ disk })
    await fill(store)
    engine.disturbed.set(`DELETE /images/${nameOf('a')}`, 409)
    percent = 90
    await sweep()
    await eventually(() => expect(names()).toEqual(['a']))
  })

  it('keeps a name that means another image by now', async () => {
    const store = open({ disk })
    await fill(store)
    engine.images.set(nameOf('a'), { id: id('f') })
    percent = 90
    await sweep()
    await eventually(() => expect(names()).toEqual(['a']))
  })

  it('keeps an image that was there before we gave it another name', async () => {
    engine.images.set('registry.example/theirs:v1', { id: id('a') })
    const store = open({ disk })
    await fill(store)
    percent = 90
    await sweep()
    await eventually(() => expect(names().toSorted()).toEqual(['a', 's']))
  })

  it('is remembered over a restart', async () => {
    const store = open({ disk: shrinking })
    await fill(store)
    await store.close()
    open({ disk: shrinking })
    percent = 90
    await sweep()
    await eventually(() => expect(names()).toEqual(['b']))
  })

  it('is looked at after each pull', async () => {
    const store = open({ disk })
    await fill(store)
    percent = 90
    await ensure(store, nameOf('e'), 'e')
    await eventually(() => expect(names()).toEqual(['e']))
  })

  it('loses nothing more when the record is damaged, and says so', async () => {
    const store = open({ disk })
    await fill(store)
    await store.close()
    writeFileSync(join(engine.directory, 'images.json'), readFileSync(join(engine.directory, 'images.json'), 'utf8').slice(0, 20))
    percent = 90
    let looks = 0
    const next = open({ disk: { ...disk, usage: async () => (looks++, 90) } })
    time.pass(600_000)
    await eventually(() => expect(looks).toBe(1))
    await next.close()
    expect(names()).toEqual(['a', 'b', 'c'])
    expect(logged.map(({ message }) => message)).toContain('the record of pulled images cannot be read; those images stay')
  })
})

it('close ends a pull, and who waits for it hears so', async () => {
  const store = open()
  const waiting = expect(ensure(store)).rejects.toMatchObject({ code: 'CANCELLED' })
  const pull = await pullBegun()
  await store.close()
  await waiting
  await eventually(() => expect(pull.isGone()).toBe(true))
})
