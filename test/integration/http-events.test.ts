import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHttpListener, type HttpListener } from '../../adapters/system/http-listener.ts'
import type { PublicEventType } from '../../src/domain/events.ts'
import { createManualClock } from '../manual-clock.ts'
import { openEvents, type EventClient } from '../support/event-client.ts'
import { createFakeRunner } from '../support/fake-runner.ts'
import { createTestApp } from '../support/http-app.ts'

const streamsMax = 1_000
let fake: ReturnType<typeof createFakeRunner>
let time: ReturnType<typeof createManualClock>
let directory: string
let listeners: HttpListener[]
let port: number
let socketPath: string
let clients: EventClient[]
let sockets: Socket[]

beforeEach(async () => {
  fake = createFakeRunner()
  time = createManualClock()
  directory = mkdtempSync(join(tmpdir(), 'env-runner-events-'))
  socketPath = join(directory, 'socket')
  clients = []
  sockets = []
  const app = await createTestApp(fake, { clock: time.clock, streamsMax })
  listeners = await Promise.all([{ host: '127.0.0.1', port: 0 }, { socketPath }].map((address) => openHttpListener(app.routing, address)))
  port = listeners[0]!.port!
})
afterEach(async () => {
  for (const client of clients) client.close()
  for (const socket of sockets) socket.destroy()
  await Promise.all(listeners.map((listener) => listener.close(0)))
  rmSync(directory, { recursive: true })
})

const open = async (query = '', headers: Record<string, string> = {}): Promise<EventClient> => {
  const client = await openEvents({ port, path: `/api/v1/events${query}`, headers })
  clients.push(client)
  return client
}
const refused = async (query: string, headers: Record<string, string> = {}) => {
  const { response } = await open(query, headers)
  let text = ''
  for await (const chunk of response) text += chunk as string
  return { status: response.statusCode, ...(JSON.parse(text) as object) }
}
const tell = (type: PublicEventType, data: Record<string, string | number> = {}): number => fake.tell('a', [{ type, data }])
const eventsOf = async (client: EventClient, count: number) => {
  const ids: string[] = []
  while (ids.length < count) ids.push((await client.nextEvent())!.id!)
  return ids
}

describe('a stream of events', () => {
  it('begins now unless it is told otherwise, and sends each event when it is told', async () => {
    tell('task_submitted')
    const client = await open()
    expect([client.response.statusCode, client.response.headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(client.response.headers['cache-control']).toBe('no-store')
    expect(await client.next()).toMatchObject({ id: '1', event: undefined })
    for (const type of ['task_started', 'task_completed'] as const) {
      const position = tell(type, { task_id: 'a' })
      expect(await client.next()).toMatchObject({
        id: String(position),
        event: type,
        data: { type, timestamp: `1970-01-01T00:00:0${position}.000Z`, source: 'env-runner', data: { task_id: 'a' } },
      })
    }
  })
  it('goes on behind the last event that its client has, each event once, wherever it broke off', async () => {
    for (let count = 0; count < 20; count++) tell('task_progress', { count })
    const seen: string[] = []
    for (let cut = 1; seen.length < 20; cut++) {
      const client = await open('?since=0', seen.length === 0 ? {} : { 'last-event-id': seen.at(-1)! })
      seen.push(...(await eventsOf(client, Math.min(cut, 20 - seen.length))))
      client.close()
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)))
  })
  it('loses nothing that is told while its client is away, even before its first event', async () => {
    const first = await open()
    const { id } = (await first.next())!
    first.close()
    tell('task_submitted')
    expect(await eventsOf(await open('', { 'last-event-id': id! }), 1)).toEqual(['1'])
    expect(await eventsOf(await open(`?after=${id!}`), 1)).toEqual(['1'])
  })
  it.each(['?since=3', '?since=3.0', '?since=2.5', '?since=1970-01-01T00:00:03Z', '?since=1970-01-01T01:00:03%2B01:00'])(
    'begins at a time, inclusive: %s',
    async (query) => {
      for (let count = 0; count < 4; count++) tell('task_progress') // one a second, from the first second on
      expect(await eventsOf(await open(query), 2)).toEqual(['3', '4'])
    },
  )
  it('sends the chosen types alone', async () => {
    const client = await open('?type=task_failed,task_completed')
    tell('task_started')
    tell('task_failed')
    tell('task_progress')
    tell('task_completed')
    expect(await eventsOf(client, 2)).toEqual(['2', '4'])
  })
  it('is kept alive by a comment every 15 seconds, which also moves the cursor past what was not chosen', async () => {
    const client = await open('?type=task_failed')
    await client.next()
    tell('task_started')
    await expect.poll(() => fake.followers()).toBe(1)
    time.pass(14_999)
    tell('task_failed')
    expect(await client.next()).toMatchObject({ id: '2', event: 'task_failed' })
    tell('task_started')
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(1)
    expect(await client.next()).toEqual({ id: '3', event: undefined, data: undefined, comment: 'still here' })
    time.pass(15_000)
    expect(await client.next()).toMatchObject({ comment: 'still here' })
  })
  it('is let go when its client goes, with its timer', async () => {
    const client = await open()
    await expect.poll(() => fake.followers()).toBe(1)
    client.close()
    await expect.poll(() => fake.followers()).toBe(0)
    await expect.poll(() => time.timers.size).toBe(0)
  })
  it.each([
    ['?type=task_done', {}, 400, 'query.type'],
    ['?since=yesterday', {}, 400, 'query.since'],
    ['?since=2026-02-30T00:00:00Z', {}, 400, 'query.since'],
    ['?after=x', {}, 400, 'query.after'],
    ['?after=1&since=1', {}, 400, 'query.since'],
    ['?tpye=task_failed', {}, 400, 'query.tpye'],
    ['', { 'last-event-id': 'abc' }, 400, 'Last-Event-ID'],
    ['', { 'last-event-id': '7' }, 416, 'Last-Event-ID'],
    ['?after=7', {}, 416, 'query.after'],
  ])('is refused for %s %j', async (query, headers, status, path) => {
    expect(await refused(query, headers)).toMatchObject({ status, path, hint: expect.any(String) as string })
    expect(fake.followers()).toBe(0)
  })
})

describe('many streams', () => {
  /** A client that never reads. On a Unix socket the kernel holds little for it. */
  const openDeaf = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(socketPath, () => {
        socket.pause()
        socket.write('GET /api/v1/events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n', () => resolve(socket))
      })
      socket.on('error', reject)
      sockets.push(socket)
    })

  it('of which none reads take bounded memory and a place for five minutes; one that reads late gets everything', async () => {
    const [events, eventBytes] = [1_000, 4_096]
    for (let count = 0; count < streamsMax; count++) await openDeaf()
    await expect.poll(() => fake.followers()).toBe(streamsMax)
    expect(await refused('')).toMatchObject({ status: 429, code: 'TOO_MANY_STREAMS' })
    const held = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
    const before = held()
    for (let count = 0; count < events; count++) tell('task_progress', { text: 'x'.repeat(eventBytes) })
    let taken = -1
    await expect.poll(() => [taken === fake.taken(), (taken = fake.taken())][0], { interval: 200, timeout: 20_000 }).toBe(true)
    expect(taken).toBeLessThan((streamsMax * events) / 5) // what the kernel's socket buffers took
    expect(held() - before).toBeLessThan((streamsMax * events * eventBytes) / 20)
    const late = sockets[500]!
    let text = ''
    late
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .resume()
    await expect.poll(() => text.match(/^id: \d+$/gm)?.length, { timeout: 20_000 }).toBe(events + 1)
    expect(text.match(/(?<=^id: )\d+(?=\nevent)/gm)).toEqual(Array.from({ length: events }, (_, index) => String(index + 1)))
    time.pass(15_000)
    time.pass(299_999)
    expect(await refused('')).toMatchObject({ status: 429 })
    time.pass(1) // five minutes in which the deaf took nothing
    await expect.poll(() => fake.followers()).toBe(1)
    expect((await open()).response.statusCode).toBe(200)
  })
})
