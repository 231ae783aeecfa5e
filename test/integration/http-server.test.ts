import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHttpListener, type HttpListener, type ListenAddress } from '../../adapters/system/http-listener.ts'
import { createFakeRunner } from '../support/fake-runner.ts'
import { createTestApp } from '../support/http-app.ts'

let fake: ReturnType<typeof createFakeRunner>
let directory: string
let listeners: HttpListener[]
let open: (address: ListenAddress) => Promise<HttpListener>

beforeEach(async () => {
  fake = createFakeRunner()
  directory = mkdtempSync(join(tmpdir(), 'env-runner-http-'))
  listeners = []
  const app = await createTestApp(fake)
  open = async (address) => {
    const listener = await openHttpListener((request, response) => app.routing(request, response), address)
    listeners.push(listener)
    return listener
  }
})
afterEach(async () => {
  await Promise.all(listeners.map((listener) => listener.close(0)))
  rmSync(directory, { recursive: true })
})

const send = (options: RequestOptions, body?: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    httpRequest(options, resolve).on('error', reject).end(body)
  })
const textOf = async (response: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string
  return text
}
const submission = JSON.stringify({ id: 'a', payload: { execution: { command: ['true'] } } })
const started = async () => {
  await fake.runner.submit(JSON.parse(submission))
  fake.start('a')
}

it('serves the same routes on TCP and on a Unix socket for its owner alone', async () => {
  const socketPath = join(directory, 'runner.sock')
  await open({ socketPath })
  const { port } = await open({ host: '127.0.0.1', port: 0 })
  expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  const created = await send(
    { socketPath, path: '/api/v1/tasks', method: 'POST', headers: { 'content-type': 'application/json' } },
    submission,
  )
  expect(created.statusCode).toBe(201)
  const seen = JSON.parse(await textOf(await send({ port, path: '/api/v1/tasks/a' }))) as object
  expect(seen).toMatchObject({ id: 'a' })
})
it('refuses a page whose name was re-bound to loopback', async () => {
  const { port } = await open({ host: '127.0.0.1', port: 0 })
  const answer = await send({ port, path: '/api/v1/tasks', headers: { host: 'evil.example' } })
  expect([answer.statusCode, JSON.parse(await textOf(answer))]).toMatchObject([403, { code: 'POLICY_ORIGIN' }])
})

describe('a followed log', () => {
  it('sends its headers before the first byte, and each byte when it is printed', async () => {
    await started()
    const { port } = await open({ host: '127.0.0.1', port: 0 })
    const response = await send({ port, path: '/api/v1/tasks/a/logs?stream=stdout&follow=1' })
    expect(response.statusCode).toBe(200)
    const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]()
    for (const text of ['one\n', 'two\n']) {
      fake.print('a', 'stdout', text)
      expect((await chunks.next()).value).toBe(text)
    }
    fake.end('a')
    expect((await chunks.next()).done).toBe(true)
  })
  it('is let go when the client has gone', async () => {
    await started()
    const { port } = await open({ host: '127.0.0.1', port: 0 })
    const response = await send({ port, path: '/api/v1/tasks/a/logs?follow=1' })
    expect(fake.openReads).toBe(1)
    response.destroy()
    await expect.poll(() => fake.openReads).toBe(0)
  })
  it('reads no further than a client that does not read', async () => {
    await started()
    let given = 0
    const piece = Buffer.alloc(65_536, 'x')
    const task = fake.runner.task('a')
    const flood = async function* () {
      for (; given < 64 * 2 ** 20; given += piece.length)
        yield { stream: 'stdout' as const, attempt: 1, offset: given, gap: 0, bytes: piece }
    }
    fake.runner.task = () => ({ ...task, logs: flood })
    const { port } = await open({ host: '127.0.0.1', port: 0 })
    const response = await send({ port, path: '/api/v1/tasks/a/logs?follow=1' })
    response.pause()
    let before = -1
    await expect.poll(() => [given === before, (before = given)][0], { interval: 100 }).toBe(true)
    expect(given).toBeLessThan(32 * 2 ** 20) // what the kernel's socket buffers took
    expect((await textOf(response)).length).toBe(64 * 2 ** 20)
  })
  it('breaks off visibly when the log cannot be read on', async () => {
    await started()
    const task = fake.runner.task('a')
    const broken = async function* () {
      yield { stream: 'stdout' as const, attempt: 1, offset: 0, gap: 0, bytes: Buffer.from('x') }
      throw new Error('disk')
    }
    fake.runner.task = () => ({ ...task, logs: broken })
    const { port } = await open({ host: '127.0.0.1', port: 0 })
    await expect(send({ port, path: '/api/v1/tasks/a/logs?follow=1' }).then(textOf)).rejects.toThrow(/aborted|hang up/)
  })
})

describe('a listener', () => {
  it('refuses a port that is taken, by name', async () => {
    const { port } = await open({ host: '127.0.0.1', port: 0 })
    await expect(open({ host: '127.0.0.1', port: port! })).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
      message: `another process listens on 127.0.0.1:${port}`,
    })
  })
  it('refuses an address that is not this host’s', async () => {
    await expect(open({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' })
  })
  it('refuses a socket whose path is too long for the kernel', async () => {
    await expect(open({ socketPath: join(directory, 'x'.repeat(120)) })).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
      hint: 'Choose a shorter data_dir',
    })
  })
  it('closes although a client follows and another says nothing', async () => {
    await started()
    const listener = await open({ host: '127.0.0.1', port: 0 })
    const silent = connect(listener.port!, '127.0.0.1')
    silent.on('error', () => {})
    const response = await send({ port: listener.port, path: '/api/v1/tasks/a/logs?follow=1' })
    response.on('error', () => {})
    await listener.close(50)
    await expect.poll(() => fake.openReads).toBe(0)
    silent.destroy()
  })
})
