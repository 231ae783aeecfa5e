import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHttpListener, type HttpListener } from '../../adapters/system/http-listener.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { createFakeRunner } from '../support/fake-runner.ts'
import { createTestApp } from '../support/http-app.ts'

/** How long a client may take to send a request here, in milliseconds. */
const requestMs = 300
let fake: ReturnType<typeof createFakeRunner>
let listener: HttpListener
let sockets: Socket[]
/** What was logged as a warning or an error. */
let complaints: string[]

beforeEach(async () => {
  fake = createFakeRunner()
  sockets = []
  complaints = []
  const complain = (_: object, message: string) => void complaints.push(message)
  const logger: Logger = { trace: () => {}, debug: () => {}, info: () => {}, warn: complain, error: complain }
  const app = await createTestApp(fake, { logger })
  listener = await openHttpListener(app.routing, { host: '127.0.0.1', port: 0 }, null, requestMs)
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await listener.close(0)
})

/** A client that says exactly what the test wants, and what it hears until the connection ends. */
const dial = async () => {
  const socket = connect(listener.port!, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
  const ended = new Promise<string>((resolve) => {
    socket.on('error', () => {}).on('close', () => resolve(heard))
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, ended, heard: () => heard, say: (text: string) => new Promise<void>((resolve) => socket.write(text, () => resolve())) }
}
const host = 'Host: 127.0.0.1\r\n'
const body = JSON.stringify({ id: 'a', payload: { execution: { command: ['true'] } } })
const post = `POST /api/v1/tasks HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
const tasks = () => fake.runner.list({ limit: 10 }).map(({ id }) => id)
const stillServes = async () => expect((await fetch(`http://127.0.0.1:${listener.port}/healthz`)).status).toBe(200)

describe('a body that stops half way', () => {
  it('is no task when its client goes, and nothing to complain about', async () => {
    const { socket, say, ended } = await dial()
    await say(post + body.slice(0, -1))
    socket.destroy()
    await ended
    await stillServes()
    expect([tasks(), complaints]).toEqual([[], []])
  })
  it('is no task when its client stays: the connection ends when the time for a request is over', async () => {
    const { say, ended } = await dial()
    await say(post + body.slice(0, 10))
    expect(await ended).toMatch(/^HTTP\/1\.1 408 /)
    expect([tasks(), complaints]).toEqual([[], []])
  })
  it('of a chunked request is no task either', async () => {
    const { socket, say, ended } = await dial()
    await say(`POST /api/v1/tasks HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`)
    await say(`${body.length.toString(16)}\r\n${body}\r\n`) // whole, but without its end
    socket.destroy()
    await ended
    await stillServes()
    expect(tasks()).toEqual([])
  })
  it('that claims less than it sends is refused, and the rest is no second request', async () => {
    const { say, ended } = await dial()
    await say(post.replace(/Content-Length: \d+/, 'Content-Length: 10') + body)
    expect(await ended).toMatch(/^HTTP\/1\.1 400 /)
    expect(tasks()).toEqual([])
  })
})

describe('a client that takes its time', () => {
  it('is cut off in the middle of its headers, and holds nobody up', async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, dial))
    const drips = slow.map(async ({ say, socket, ended }) => {
      let open = true
      void ended.then(() => (open = false))
      await say(`GET /healthz HTTP/1.1\r\n${host}`)
      while (open && !socket.destroyed) {
        await say('X-Drip: drop\r\n')
        await new Promise((resolve) => setTimeout(resolve, 20)) // the pace of the client, not a wait for something
      }
      return ended
    })
    await stillServes()
    for (const heard of await Promise.all(drips)) expect(heard).toMatch(/^HTTP\/1\.1 408 |^$/)
  })
  it('may wait for its answer as long as it likes', async () => {
    await fake.runner.submit(JSON.parse(body))
    const { say, heard } = await dial()
    await say(`GET /api/v1/tasks/a?wait=true HTTP/1.1\r\n${host}\r\n`)
    await new Promise((resolve) => setTimeout(resolve, 3 * requestMs)) // the time for a request passes, and it passes unnoticed
    fake.end('a')
    await expect.poll(heard).toContain('"status":"completed"')
  })
})

describe('a request that is too much', () => {
  it.each([
    ['in its headers', `X-Large: ${'x'.repeat(20_000)}\r\n`],
    ['in the number of its headers', Array.from({ length: 3_000 }, (_, index) => `X-${index}: y\r\n`).join('')],
  ])('%s is refused unread', async (_, headers) => {
    const { say, ended } = await dial()
    void say(`POST /api/v1/tasks HTTP/1.1\r\n${host}${headers}\r\n`)
    expect(await ended).toMatch(/^HTTP\/1\.1 431 /)
    await stillServes()
  })
  it('in its address is refused unread', async () => {
    const { say, ended } = await dial()
    void say(`GET /api/v1/tasks?after=${'x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`)
    expect(await ended).toMatch(/^HTTP\/1\.1 431 /)
  })
  it('or is no HTTP at all is refused', async () => {
    const { say, ended } = await dial()
    await say('\x16\x03\x01\x02\x00\x01\x00 hello\r\n\r\n')
    expect(await ended).toMatch(/^HTTP\/1\.1 400 /)
  })
  it('or says its length in two ways is refused: a proxy might read it otherwise', async () => {
    const { say, ended } = await dial()
    await say(`${post.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n')}0\r\n\r\n`)
    expect(await ended).toMatch(/^HTTP\/1\.1 400 /)
    expect(tasks()).toEqual([])
  })
})

describe('a client that waits', () => {
  it.each(['/tasks/execute', '/api/v1/tasks?wait=true'])('at %s may go: its task goes on, and nobody complains', async (path) => {
    const { socket, say, ended } = await dial()
    await say(post.replace('/api/v1/tasks', path) + body)
    await expect.poll(tasks).toEqual(['a'])
    socket.destroy()
    await ended
    await stillServes()
    fake.end('a')
    const again = await fetch(`http://127.0.0.1:${listener.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([again.status, await again.json()]).toMatchObject([200, { id: 'a', status: 'completed' }])
    expect(complaints).toEqual([])
  })
})

it('answers requests that come in one go one after the other', async () => {
  const { say, heard } = await dial()
  const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`
  await say(post + body + get('/api/v1/tasks/a') + get('/api/v1/tasks/nobody') + get('/healthz'))
  await expect.poll(() => heard().match(/HTTP\/1\.1 \d+/g)).toEqual(['201', '200', '404', '200'].map((status) => `HTTP/1.1 ${status}`))
  expect(tasks()).toEqual(['a'])
})
it('answers HEAD of what probes ask without a body, and nothing more', async () => {
  for (const path of ['/healthz', '/readyz', '/health']) {
    const answer = await fetch(`http://127.0.0.1:${listener.port}${path}`, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  }
  expect((await fetch(`http://127.0.0.1:${listener.port}/api/v1/events`, { method: 'HEAD' })).status).toBe(404)
})
it('promises nothing to pages of other sites that ask beforehand', async () => {
  const answer = await fetch(`http://127.0.0.1:${listener.port}/api/v1/tasks`, {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': 'POST' },
  })
  expect(answer.status).toBe(404)
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
})
it.each(['token', 'access_token', 'Authorization', 'api_key'])('refuses a token in the address (%s) without repeating it', async (name) => {
  for (const path of ['/api/v1/tasks', '/api/v1/events', '/nowhere', '/healthz']) {
    const answer = await fetch(`http://127.0.0.1:${listener.port}${path}?${name}=er_secret`)
    const text = await answer.text()
    expect([answer.status, JSON.parse(text)]).toMatchObject([401, { code: 'UNAUTHENTICATED', path: `query.${name}` }])
    expect(JSON.parse(text)).toMatchObject({ hint: expect.stringContaining('Authorization: Bearer') as string })
    expect(text).not.toContain('er_secret')
  }
  expect(complaints.join()).not.toContain('er_secret')
})
