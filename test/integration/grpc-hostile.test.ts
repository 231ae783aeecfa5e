import { once } from 'node:events'
import { constants } from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { compressionAlgorithms, credentials, Metadata, ServerCredentials, status as grpcStatus, type ServiceError } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { guestStreamsMax } from '../../src/servers/grpc/guest-streams.ts'
import type { GrpcServerOptions } from '../../src/servers/grpc/server.ts'
import { createFakeRunner } from '../support/fake-runner.ts'
import { openTestGrpc, type TestGrpc } from '../support/grpc-app.ts'
import { collectStream, createGrpcClients, refusalOf } from '../support/grpc-client.ts'
import { answerTo, dialRaw, framed, oneString } from '../support/raw-grpc.ts'

let fake: ReturnType<typeof createFakeRunner>
let app: TestGrpc
/** What was logged as a warning or an error. */
let complaints: string[]
const open = async (more: Partial<GrpcServerOptions> = {}) => {
  const complain = (_: object, message: string) => void complaints.push(message)
  app = await openTestGrpc(fake, { logger: { trace: () => {}, debug: () => {}, info: () => {}, warn: complain, error: complain }, ...more })
}
beforeEach(() => {
  fake = createFakeRunner()
  complaints = []
})
afterEach(async () => {
  await app.close()
  expect(complaints).toEqual([])
})

const spec = { execution: { command: ['true'] } }
const submit = (id: string, clients = app.open(), more = {}) =>
  clients.call(clients.tasks.SubmitTask.bind(clients.tasks), { id, spec: { ...spec, ...more } })
const tasks = () => fake.runner.list({ limit: 100 }).map(({ id }) => id)
const stillServes = async () => expect((await submit('well')).task).toMatchObject({ id: 'well' })
const path = (method: string) => `/envrunner.v1.TaskService/${method}`

describe('a message that is too large', () => {
  const large = { context_json: JSON.stringify({ a: 'x'.repeat(1_000_000) }) }
  it('is refused unread, and its connection lives on', async () => {
    await open()
    const clients = app.open()
    expect(await refusalOf(submit('large', clients, large))).toMatchObject({ status: 'RESOURCE_EXHAUSTED' })
    await submit('small', clients)
    expect(tasks()).toEqual(['small'])
  })
  it('is refused when it was small on the wire', async () => {
    await open()
    const clients = createGrpcClients(app.address, { options: { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } })
    expect(await refusalOf(submit('bomb', clients, large))).toMatchObject({ status: 'RESOURCE_EXHAUSTED' })
    await submit('small', clients)
    clients.close()
    expect(tasks()).toEqual(['small'])
  })
  it('or that is none, is refused', async () => {
    await open()
    const { call, close } = await dialRaw(app.port)
    for (const body of [framed(Buffer.from([0xff, 0xff])), Buffer.from([9, 0, 0, 0, 1, 0]), framed(Buffer.alloc(3, 0x08))]) {
      const stream = call(path('SubmitTask'))
      stream.end(body)
      expect(await answerTo(stream)).not.toBe('0')
    }
    close()
    await stillServes()
    expect(tasks()).toEqual(['well'])
  })
  it('that stops half way is no task, whether its client stays or goes', async () => {
    await open()
    const { call, close } = await dialRaw(app.port)
    const whole = framed(oneString('half'))
    for (const part of [whole.subarray(0, 3), whole.subarray(0, -1), whole]) call(path('SubmitTask')).write(part) // the last one is whole, without its end
    await stillServes()
    close()
    expect(tasks()).toEqual(['well'])
  })
})

describe('metadata that is too much', () => {
  it.each([
    ['in bytes', { 'x-large': 'y'.repeat(70_000) }],
    ['in entries', Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'y']))],
  ])('%s is refused unread', async (_, headers) => {
    await open()
    const { call, close } = await dialRaw(app.port)
    const stream = call(path('SubmitTask'), headers)
    stream.end(framed(oneString('a')))
    expect([constants.NGHTTP2_REFUSED_STREAM, constants.NGHTTP2_ENHANCE_YOUR_CALM].map((code) => `reset ${code}`)).toContain(
      await answerTo(stream),
    )
    await stillServes()
    close()
    expect(tasks()).toEqual(['well'])
  })
})

describe('10,000 streams over four connections', () => {
  it('are served up to the limit, refused beyond it with a code, and leave nothing behind', async () => {
    const served = 2_000
    await open({ streamsMax: served })
    const before = process.memoryUsage().heapUsed
    const counts = new Map<unknown, number>()
    const count = (what: unknown) => void counts.set(what, (counts.get(what) ?? 0) + 1)
    const clients = Array.from({ length: 4 }, () => app.open())
    const streams = Array.from({ length: 10_000 }, (_, index) => {
      const { orchestrator, metadata } = clients[index % clients.length]!
      return orchestrator
        .StreamEvents({}, metadata)
        .on('data', () => count('served'))
        .on('error', (cause: ServiceError) => count(cause.metadata.get('env-runner-code')[0]))
    })
    await expect.poll(() => counts.get('TOO_MANY_STREAMS'), { timeout: 60_000 }).toBe(10_000 - served)
    expect(fake.followers()).toBe(served)
    fake.tell(null, [{ type: 'task_submitted', data: {} }])
    await expect.poll(() => counts.get('served'), { timeout: 60_000 }).toBe(served)
    expect((process.memoryUsage().heapUsed - before) / 10_000).toBeLessThan(30_000) // both ends of each
    for (const stream of streams) stream.cancel()
    await expect.poll(() => fake.followers(), { timeout: 30_000 }).toBe(0)
    const again = app.open().orchestrator.StreamEvents({}, new Metadata()) // of another connection: HTTP/2 cuts one that resets so many
    await collectStream(again, () => true)
  }, 120_000)
  it('of health and reflection have a limit of their own, which takes no place from others', async () => {
    await open({ streamsMax: 1 })
    const { session, call } = await dialRaw(app.port)
    const opened = Array.from({ length: guestStreamsMax }, (_, index) => {
      const stream = call('/grpc.health.v1.Health/Watch')
      stream.end(framed(oneString(`name-${index}`)))
      return once(stream, 'response')
    })
    await Promise.all(opened)
    const refused = call('/grpc.health.v1.Health/Watch')
    refused.end(framed(oneString('one-more')))
    expect(await answerTo(refused)).toBe(String(grpcStatus.RESOURCE_EXHAUSTED))
    await collectStream(app.open().orchestrator.StreamEvents({}, new Metadata()).on('metadata', () => fake.tell(null, [{ type: 'task_submitted', data: {} }])), () => true) // prettier-ignore
    session.destroy()
  })
})

describe('a client that does not read', () => {
  it('costs a stream what it was sent at most, and nothing once it has gone', async () => {
    await open()
    const { call, close } = await dialRaw(app.port, 0)
    call('/orchestrator.v1.OrchestratorService/StreamEvents').end(framed(Buffer.alloc(0)))
    await expect.poll(() => fake.followers()).toBe(1)
    for (let index = 0; index < 2_000; index++) fake.tell(null, [{ type: 'task_submitted', data: { task_id: 'x'.repeat(1_000) } }])
    await stillServes()
    expect(fake.taken()).toBeLessThan(100)
    close()
    await expect.poll(() => fake.followers()).toBe(0)
  })
  it('is cut off before its answers fill the memory', async () => {
    await open()
    await fake.runner.submit({ id: 'a', payload: { execution: { command: ['x'] } } })
    fake.start('a')
    fake.end('a', 'failed', { failure: { code: 'EXIT_NONZERO', message: 'x'.repeat(900_000), retryable: false } })
    const before = process.memoryUsage().external
    const { call, ended } = await dialRaw(app.port, 0)
    for (let index = 0; index < 600; index++) call(path('GetTask')).end(framed(oneString('a'))) // 1.8 MB each
    await ended
    expect(process.memoryUsage().external - before).toBeLessThan(400_000_000)
    await stillServes()
  })
  it('of reflection is read no further', async () => {
    await open()
    const { call, close } = await dialRaw(app.port, 0)
    const stream = call('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo')
    const symbol = 'envrunner.v1.TaskService'
    const ask = framed(Buffer.concat([Buffer.from([0x22, symbol.length]), Buffer.from(symbol)]))
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => ask))
    stream.write(many) // about 600 KB, whose answers are hundreds of MB
    await stillServes()
    await stillServes()
    expect(stream.writableLength + stream.bufferSize).toBeGreaterThan(0)
    close()
  })
})

describe('what is no gRPC', () => {
  it.each([
    ['HTTP/1.1', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00 hello'],
    ['noise', `${'\0'.repeat(100)}PRI * HTTP/2.0\r\n\r\n`],
  ])('(%s) ends its connection alone', async (_, said) => {
    await open()
    const socket = connect(app.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(said)
    await text(socket).catch(() => '')
    await stillServes()
  })
  it('in another content type, or of an unknown method, is refused', async () => {
    await open()
    const { call, close } = await dialRaw(app.port)
    const wrong = call(path('SubmitTask'), { 'content-type': 'application/json' })
    wrong.end('{}')
    expect(await answerTo(wrong)).toBe('HTTP 415')
    const unknown = call(path('Destroy'))
    unknown.end(framed(Buffer.alloc(0)))
    expect(await answerTo(unknown)).toBe(String(grpcStatus.UNIMPLEMENTED))
    close()
  })
})

it('an address that is taken is refused with what to do', async () => {
  await open()
  const other = await openTestGrpc(fake)
  await expect(other.server.bind({ host: '127.0.0.1', port: app.port }, ServerCredentials.createInsecure())).rejects.toMatchObject({
    code: 'ADDRESS_UNAVAILABLE',
    message: expect.stringContaining(`another process listens on ${app.address}`) as string,
    path: 'grpc.listen',
    hint: expect.any(String) as string,
  })
  await other.close()
})
it('a server that was closed takes no calls', async () => {
  await open()
  const clients = createGrpcClients(app.address, { channel: credentials.createInsecure() })
  await submit('before', clients)
  const closed = app.server.close(1_000)
  app.pass(1_000)
  await closed
  expect(await refusalOf(submit('after', clients))).toMatchObject({ status: 'UNAVAILABLE' })
  clients.close()
  expect(tasks()).toEqual(['before'])
})
