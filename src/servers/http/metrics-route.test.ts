import { createServer, get, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createManualClock } from '../../../test/manual-clock.ts'
import type { HttpObservation, Metrics } from '../../observability/metrics.ts'
import { registerHttpMetrics, registerMetricsRoute } from './metrics-route.ts'

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = null
})

/** A server with one route of each kind; it listens, because only a socket can go away. */
const start = async () => {
  const seen: HttpObservation[] = []
  const { clock, pass } = createManualClock()
  const metrics: Metrics = {
    text: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' }),
    values: () => ({}),
    observeHttp: (request) => void seen.push(request),
    observeGrpc: () => undefined,
    stream: () => () => undefined,
  }
  const app = fastify({ logger: false, exposeHeadRoutes: false })
  registerHttpMetrics(app, { metrics, clock })
  registerMetricsRoute(app, { metrics })
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-refuse']) await reply.code(401).send('no')
  })
  app.get('/tasks/:id', async () => {
    pass(250)
    return 'ok'
  })
  app.get('/forever', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200)
    reply.raw.write('first')
  })
  await app.ready()
  server = createServer(app.routing)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const first = (seen: HttpObservation[]) => vi.waitFor(() => expect(seen).toHaveLength(1))

describe('GET /metrics', () => {
  it('answers the text with its content type', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/metrics`)
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/plain; version=0.0.4; charset=utf-8', 'up 1\n'])
  })
})

describe('a request', () => {
  it('is observed by the pattern of its route, with its time', async () => {
    const { seen, url } = await start()
    await (await fetch(`${url}/tasks/secret-id?x=1`)).text()
    await first(seen)
    expect(seen).toEqual([{ route: '/tasks/:id', method: 'GET', status: 200, seconds: 0.25 }])
  })

  it('that no route takes has none', async () => {
    const { seen, url } = await start()
    await (await fetch(`${url}/nowhere/secret`, { method: 'DELETE' })).text()
    await first(seen)
    expect(seen).toEqual([{ route: 'none', method: 'DELETE', status: 404, seconds: 0 }])
  })

  it('that a later hook refuses is observed too', async () => {
    const { seen, url } = await start()
    await (await fetch(`${url}/tasks/a`, { headers: { 'x-refuse': '1' } })).text()
    await first(seen)
    expect(seen).toEqual([{ route: '/tasks/:id', method: 'GET', status: 401, seconds: 0 }])
  })

  it('whose client goes away before its end is observed once, as 499', async () => {
    const { seen, url } = await start()
    const request = get(`${url}/forever`)
    const [answer] = (await once(request, 'response')) as [AsyncIterable<Buffer>]
    for await (const _ of answer) break
    request.destroy()
    await first(seen)
    expect(seen).toEqual([{ route: '/forever', method: 'GET', status: 499, seconds: 0 }])
  })
})
