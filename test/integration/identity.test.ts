import { afterEach, describe, expect, it } from 'vitest'
import { openHttpListener } from '../../adapters/system/http-listener.ts'
import { unauthenticated } from '../../src/identity/authenticator.ts'
import type { Principal } from '../../src/identity/principal.ts'
import { recheckMs } from '../../src/identity/recheck.ts'
import { createManualClock } from '../manual-clock.ts'
import { createFakeRunner } from '../support/fake-runner.ts'
import { createTestApp } from '../support/http-app.ts'
import { createIdentityWorld, createLogLines, known, type IdentityWorld } from './identity-harness.ts'

let world: IdentityWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

describe('loopback without a token', () => {
  const statusOf = async (headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${world!.daemon.http}/api/v1/tasks`, { headers })).status

  it('is nobody once there is a tokens file, but may scrape', async () => {
    world = await createIdentityWorld('')
    expect(await statusOf()).toBe(401)
    expect((await world.ask('GET', '/metrics')).status).toBe(200)
  })
  it('is the owner where that is allowed, except behind a proxy or beside a wrong token', async () => {
    world = await createIdentityWorld('', (root) => ({ auth: { tokens_file: `${root}/tokens.toml`, allow_loopback: true } }))
    expect(await statusOf()).toBe(200)
    for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) expect(await statusOf({ [name]: '192.0.2.1' }), name).toBe(401)
    expect(await statusOf({ authorization: 'Bearer wrong' })).toBe(401)
    expect((await fetch(`${world.daemon.http}/metrics`, { headers: { via: '1.1 proxy' } })).status).toBe(401)
  })
})

describe('the tokens file', () => {
  it('is taken under load without one wrong answer: who stays known is never refused, who was revoked is', async () => {
    const [steady, leaving, coming] = [known('steady', 'acme', 'read'), known('leaving', 'acme', 'read'), known('coming', 'acme', 'read')]
    const own = (world = await createIdentityWorld(steady.entry + leaving.entry))
    const status = async (token: string): Promise<number> => {
      const answer = await own.ask('GET', '/api/v1/tasks', { token })
      await answer.arrayBuffer()
      return answer.status
    }
    let over = false
    const seen = new Set<number>()
    const load = Array.from({ length: 8 }, async () => {
      while (!over) seen.add(await status(steady.token))
    })
    for (let round = 0; round < 10; round++) {
      own.replaceTokens(steady.entry + (round % 2 === 0 ? coming.entry : leaving.entry))
      await own.daemon.reloadCredentials()
      expect([await status(coming.token), await status(leaving.token)]).toEqual(round % 2 === 0 ? [200, 401] : [401, 200])
    }
    own.replaceTokens(steady.entry)
    await expect.poll(() => status(leaving.token), { timeout: 10_000 }).toBe(401) // by itself
    over = true
    await Promise.all(load)
    expect([...seen]).toEqual([200])
  })
  it('that becomes wrong changes nothing, and the log says what is wrong with it', async () => {
    const { logger, lines } = createLogLines()
    const caller = known('a', 'acme', 'read')
    world = await createIdentityWorld(caller.entry, () => ({}), logger)
    world.replaceTokens(`${caller.entry}role = "root"\n`)
    await world.daemon.reloadCredentials()
    expect((await world.ask('GET', '/api/v1/tasks', { token: caller.token })).status).toBe(200)
    expect(lines.filter((line) => line.startsWith('error the tokens file is wrong'))).toEqual([expect.stringContaining('tokens.toml:')])
  })
  it('lets nobody in after the expiry of his token', async () => {
    const [past, future] = [known('past', 'acme', 'read', Date.now() - 1), known('future', 'acme', 'read', Date.now() + 600_000)]
    world = await createIdentityWorld(past.entry + future.entry)
    expect((await world.ask('GET', '/api/v1/tasks', { token: past.token })).status).toBe(401)
    expect((await world.ask('GET', '/api/v1/tasks', { token: future.token })).status).toBe(200)
  })
})

it('no token is in any line of the log, whatever is done with it', async () => {
  const { logger, lines } = createLogLines()
  const caller = known('a', 'acme', 'submit')
  world = await createIdentityWorld(caller.entry, () => ({}), logger)
  const { token } = caller
  const body = { payload: { execution: { command: ['true'] } } }
  await world.ask('POST', '/api/v1/tasks?wait=true', { token, body })
  await world.ask('POST', `/api/v1/tasks?token=${token}`, { body })
  await world.ask('GET', `/${token}`, { token })
  await world.ask('GET', `/api/v1/tasks/${token}`, { token })
  await world.ask('GET', '/api/v1/tasks', { token: `${token}x` })
  await fetch(`${world.daemon.http}/api/v1/tasks`, { headers: { authorization: `Basic ${token}` } })
  world.replaceTokens(`${caller.entry.replace(/sha256 = ".*"/, `sha256 = "${token}"`)}\ntoken = ${token}\n`)
  await world.daemon.reloadCredentials()
  world.replaceTokens(caller.entry.replace(/name = ".*"/, `name = "${token}!"`))
  await world.daemon.reloadCredentials()
  expect(lines.filter((line) => line.startsWith('error the tokens file'))).toHaveLength(2)
  expect(lines.filter((line) => line.includes(token))).toEqual([])
})

it('ends an answer that goes on, soon after its caller lost the right to it', async () => {
  const fake = createFakeRunner()
  const { clock, pass } = createManualClock()
  let principal: Principal | null = { name: 'a', tenant: 'acme', role: 'read' }
  const identify = (): Principal => {
    if (principal === null) throw unauthenticated()
    return principal
  }
  const app = await createTestApp(fake, { clock, identify })
  const listener = await openHttpListener((request, response) => app.routing(request, response), { host: '127.0.0.1', port: 0 })
  try {
    await fake.runner.submit({ id: 'a', payload: { tenant: 'acme', execution: { command: ['x'] } } })
    fake.start('a')
    const follow = async () => (await fetch(`http://127.0.0.1:${listener.port}/api/v1/tasks/a/logs?follow=1`)).text()
    const end = (following: Promise<string>) => following.then(() => 'complete', () => 'cut') // prettier-ignore
    for (const after of [null, { name: 'a', tenant: 'other', role: 'read' }] as const) {
      principal = { name: 'a', tenant: 'acme', role: 'read' }
      const following = end(follow())
      await expect.poll(() => fake.openReads).toBe(1)
      pass(recheckMs)
      expect(fake.openReads).toBe(1)
      principal = after
      pass(recheckMs)
      expect(await following).toBe('cut')
      await expect.poll(() => fake.openReads).toBe(0)
    }
  } finally {
    await listener.close(0)
    await app.close()
  }
})
