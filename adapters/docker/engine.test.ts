import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSystemClock } from '../system/clock.ts'
import { createEngine, type Engine } from './engine.ts'

let directory: string
let server: http.Server | null
let engine: Engine
const { signal } = new AbortController()
const path = (): string => join(directory, 'docker.sock')

const serve = async (answer: http.RequestListener): Promise<void> => {
  const own = (server = http.createServer(answer))
  await new Promise<void>((resolve) => own.listen(path(), resolve))
}
const close = async (): Promise<void> => {
  const own = server
  server = null
  own?.closeAllConnections()
  if (own) await new Promise((resolve) => own.close(resolve))
}
const say =
  (status: number, body: unknown): http.RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(JSON.stringify(body))
const info = (how: AbortSignal = signal) => engine.ask(how, (docker) => docker.info() as Promise<unknown>)
const minuteMs = 60_000
const open = (callMs: number, unavailableMs: number): Engine =>
  createEngine({ host: `unix://${path()}`, callMs, unavailableMs, clock: createSystemClock() })
/** For tests of what takes too long; everywhere else an answer may take its time. */
const losePatience = (): void => {
  engine.close()
  engine = open(100, 300)
}
const insist = () => engine.insist(signal, (docker) => docker.info() as Promise<unknown>)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'er-engine-'))
  server = null
  engine = open(minuteMs, minuteMs)
})
afterEach(async () => {
  engine.close()
  await close()
  rmSync(directory, { recursive: true })
})

it('gives an answer', async () => {
  await serve(say(200, { a: 1 }))
  expect(await info()).toEqual({ a: 1 })
})

it('shows its client nothing that is long to print, whatever is under way: it prints the options of every request', async () => {
  losePatience()
  await serve(() => {}) // never answers
  const calls = Array.from({ length: 4 }, () => info().catch(() => {}))
  const { agent } = engine.docker.modem as unknown as { agent: http.Agent }
  expect(inspect({ agent }, { showHidden: true, depth: null })).toHaveLength(inspect({ agent: 'http.Agent' }).length - 2)
  await Promise.all(calls)
})

it('goes on with an engine that was started anew, though its connections are stale', async () => {
  await serve(say(200, {}))
  await info()
  await close()
  await serve(say(200, { a: 1 }))
  expect(await insist()).toEqual({ a: 1 })
})

it('passes a refusal on in the words of the engine', async () => {
  await serve(say(400, { message: 'bad' }))
  await expect(info()).rejects.toMatchObject({ status: 400, message: 'bad' })
})

it('waits no longer for an answer than a call may take, also for the rest of one', async () => {
  losePatience()
  await serve((_, response) => void response.writeHead(200).write('{'))
  await expect(info()).rejects.toThrow('no answer in 100 ms')
})

it('ends a call at once when its signal aborts', async () => {
  await serve(() => {})
  const giveUp = new AbortController()
  const asked = info(giveUp.signal)
  giveUp.abort()
  await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' })
  await expect(info(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' })
})

it('insists until an engine that was away answers, and remembers the outage', async () => {
  const from = Date.now()
  const insisted = insist()
  setTimeout(() => void serve(say(200, {})), 100)
  await insisted
  const [outage] = engine.outages()
  expect(outage!.from).toBeLessThanOrEqual(from)
  expect(outage!.to).toBeGreaterThanOrEqual(from + 90)
})

it.each([
  ['is not there', null],
  ['breaks every call off', ((request) => request.socket.destroy()) as http.RequestListener],
  ['never answers', () => {}],
  ['is on its way down', say(503, { message: 'shutting down' })],
  ['has lost its containerd', say(500, { message: 'connection error: desc = "transport: dial unix containerd.sock: connection refused"' })],
])('says ENGINE_UNAVAILABLE of one that %s, after its patience', async (_, answer) => {
  losePatience()
  if (answer) await serve(answer)
  await expect(insist()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
})

it('tells an engine that stops, and keeps old connections, from one that listens', async () => {
  await serve(say(200, 'OK'))
  await info()
  expect(await engine.listens(signal)).toBe(true)
  const own = server!
  server = null
  own.close()
  expect(await engine.listens(signal)).toBe(false)
})

it.each(['tcp://', 'http://host:1', 'nonsense'])('refuses %j as an address', (host) => {
  expect(() => createEngine({ host, callMs: 1, unavailableMs: 1, clock: createSystemClock() })).toThrow(/cannot be addressed/)
})
