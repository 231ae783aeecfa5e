import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/ports/logger.ts'
import { createSystemClock } from '../system/clock.ts'
import { openContainers } from './containers.ts'
import { createEngine, type Engine } from './engine.ts'
import { createWatch, type Watch } from './watch.ts'

const clock = createSystemClock()
const { signal } = new AbortController()
const id = 'c0ffee'

/** An engine with one container, which answers `wait`, events and lists as the test has it. */
const createFakeEngine = async (path: string) => {
  let running = true
  let subscribers: http.ServerResponse[] = []
  const own = {
    waitsAnswer: true,
    eventsAnswer: true,
    inspections: 0,
    waiting: [] as http.ServerResponse[],
    get subscribers() { return subscribers.length }, // prettier-ignore
    end(): void {
      running = false
      if (own.waitsAnswer) own.waiting.forEach((response) => response.end('{"StatusCode":3}'))
      own.tell('die')
    },
    tell: (status: string): void => subscribers.forEach((response) => void response.write(`${JSON.stringify({ id, status })}\n`)),
    dropSubscribers(): void {
      subscribers.forEach((response) => response.destroy())
      subscribers = []
    },
  }
  const server = http.createServer((request, response) => {
    const url = request.url!
    if (url.startsWith('/events')) {
      response.writeHead(200).flushHeaders()
      if (own.eventsAnswer) subscribers.push(response)
    } else if (url.includes('/wait')) {
      response.writeHead(200).flushHeaders()
      own.waiting.push(response)
      if (!running && own.waitsAnswer) response.end('{"StatusCode":3}')
    } else if (url.includes('/containers/json')) response.end(JSON.stringify(running ? [{ Id: id }] : []))
    else {
      own.inspections += 1
      response.end(
        JSON.stringify({
          Id: id,
          State: { Running: running, Restarting: false, Status: running ? 'running' : 'exited', ExitCode: 3, Error: '' },
        }),
      )
    }
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return Object.assign(own, {
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  })
}

describe('the watch', () => {
  let directory: string
  let fake: Awaited<ReturnType<typeof createFakeEngine>>
  let engine: Engine
  let watch: Watch
  const closing = new AbortController()
  const open = (lookMs: number): void => {
    const containers = openContainers(engine, 'here', clock, closing.signal)
    watch = createWatch({ engine, containers, installation: 'here', clock, logger: silentLogger, lookMs })
  }
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'er-watch-'))
    fake = await createFakeEngine(join(directory, 'docker.sock'))
    engine = createEngine({ host: `unix://${join(directory, 'docker.sock')}`, callMs: 1_000, unavailableMs: 200, clock })
  })
  afterEach(async () => {
    watch.close()
    engine.close()
    await fake.close()
    rmSync(directory, { recursive: true })
  })
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const ended = (): Promise<unknown> => watch.ended(id, signal)
  const exit = { State: { ExitCode: 3 } }

  it('notices an end by the answer to wait alone', async () => {
    open(60_000)
    fake.eventsAnswer = false
    const ending = ended()
    await until(() => fake.waiting.length === 1)
    fake.end()
    expect(await ending).toMatchObject(exit)
  })

  it('notices an end by an event alone', async () => {
    open(60_000)
    fake.waitsAnswer = false
    const ending = ended()
    await until(() => fake.subscribers === 1 && fake.waiting.length === 1 && fake.inspections > 0)
    fake.end()
    expect(await ending).toMatchObject(exit)
  })

  it('notices an end by its own look alone', async () => {
    open(20)
    fake.waitsAnswer = fake.eventsAnswer = false
    const ending = ended()
    await until(() => fake.waiting.length === 1)
    fake.end()
    expect(await ending).toMatchObject(exit)
  })

  it('believes no event and no answer while the container runs', async () => {
    open(60_000)
    const ending = ended()
    await until(() => fake.subscribers === 1 && fake.waiting.length === 1)
    fake.tell('die')
    fake.waiting[0]!.end('{"StatusCode":0}')
    await until(() => fake.inspections >= 2)
    fake.end()
    expect(await ending).toMatchObject(exit)
  })

  it('subscribes again when its events break off, and looks for what it has missed', async () => {
    open(60_000)
    fake.waitsAnswer = false
    const ending = ended()
    await until(() => fake.subscribers === 1)
    fake.dropSubscribers()
    fake.end()
    expect(await ending).toMatchObject(exit)
  })

  it('remembers that memory ran out, until it is told to forget', async () => {
    open(60_000)
    const ending = ended()
    await until(() => fake.subscribers === 1)
    fake.tell('oom')
    await until(() => watch.toldOfOom(id))
    fake.end()
    await ending
    watch.forget(id)
    expect(watch.toldOfOom(id)).toBe(false)
  })

  it('gives up when the engine stays away', async () => {
    open(60_000)
    const ending = ended()
    await until(() => fake.subscribers === 1)
    await fake.close()
    await expect(ending).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
  })

  it('ends soon when its signal aborts', async () => {
    open(60_000)
    const giveUp = new AbortController()
    const ending = watch.ended(id, giveUp.signal)
    giveUp.abort()
    await expect(ending).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
