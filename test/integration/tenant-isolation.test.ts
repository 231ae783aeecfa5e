import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentityWorld, known, type IdentityWorld } from './identity-harness.ts'

const acme = known('acme-ci', 'acme', 'submit')
const reader = known('acme-reader', 'acme', 'read')
const tenantAdmin = known('acme-admin', 'acme', 'admin')
const other = known('other-ci', 'other', 'submit')
const operator = known('operator', '*', 'admin')
/** Stands in everything that the other tenant's tasks are made of and print. */
const secret = 'SECRET-OF-THE-OTHER'

/** Every route that the daemon registers, as `GET /api/v1/tasks/:id`; also those that nobody here thought of. */
const routes: string[] = []
const listen = (message: unknown): void => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`)
  })
}

let world: IdentityWorld
beforeAll(async () => {
  subscribe('fastify.initialization', listen)
  world = await createIdentityWorld([acme, reader, tenantAdmin, other, operator].map(({ entry }) => entry).join(''))
  unsubscribe('fastify.initialization', listen)
  await submit(other.token, 'theirs', `echo ${secret}`)
  await submit(acme.token, 'ours', 'echo hello')
  for (const [{ token }, id] of [[other, 'theirs'], [acme, 'ours']] as const) {
    const array = { ...task(id, `echo ${id === 'theirs' ? secret : 'hello'}; exit 1`), count: 1 }
    expect((await world.ask('POST', '/api/v1/arrays', { token, body: array })).status).toBe(201)
    await (await world.ask('GET', `/api/v1/tasks/${id}.0?wait=true`, { token })).text()
  } // prettier-ignore
}, 60_000)
afterAll(() => world.close())

const task = (id: string | undefined, script: string) => ({
  ...(id === undefined ? {} : { id }),
  payload: { execution: { command: ['sh', '-c', script] }, workflow_id: script.includes(secret) ? secret : 'w' },
})
const submit = async (token: string, id: string, script: string): Promise<void> => {
  const answer = await world.ask('POST', '/api/v1/tasks?wait=true', { token, body: task(id, script) })
  expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'completed' }])
}
interface Answer {
  readonly status: number
  readonly text: string
}
const ask = async (route: string, path: string, token: string | undefined, body?: unknown): Promise<Answer> => {
  const answer = await world.ask(route.split(' ', 1)[0]!, path, {
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** What shows that a route keeps tenants apart. `access`: who may call it at all. */
interface Case {
  readonly access: 'known' | 'anyone' | 'scraper'
  readonly body?: unknown
  /** Names an object; `:id` is replaced. Another tenant's must be answered as one that nobody has. */
  readonly ofOne?: string
  /** Tells of many, of which none may be another tenant's. */
  readonly ofMany?: string
  /** Concerns everybody: a principal of one tenant is refused. */
  readonly ofAll?: string
  /** Makes something under the other tenant's id. */
  readonly taken?: { readonly path: string; readonly body: (id: string) => unknown; readonly status: number }
  /** Says nothing of tasks. */
  readonly ofNone?: string
}
const one = (ofOne: string, body?: unknown): Case => ({ access: 'known', ofOne, ...(body === undefined ? {} : { body }) })
const all = (ofAll: string): Case => ({ access: 'known', ofAll, body: {} })
const cases: Readonly<Record<string, Case>> = {
  'GET /healthz': { access: 'anyone', ofNone: '/healthz' },
  'GET /readyz': { access: 'anyone', ofMany: '/readyz' },
  'GET /health': { access: 'anyone', ofNone: '/health' },
  'GET /api/v1/openapi.json': { access: 'anyone', ofNone: '/api/v1/openapi.json' },
  'GET /api/v1/docs': { access: 'anyone', ofNone: '/api/v1/docs' },
  'GET /hardware': { access: 'known', ofNone: '/hardware' },
  'GET /metrics': { access: 'scraper', ofNone: '/metrics' },
  'POST /api/v1/tasks': { access: 'known', taken: { path: '/api/v1/tasks', body: (id) => task(id, 'true'), status: 409 } },
  'GET /api/v1/tasks': { access: 'known', ofMany: '/api/v1/tasks?limit=1000' },
  'GET /api/v1/tasks/:id': one('/api/v1/tasks/:id'),
  'POST /api/v1/tasks/:id/cancel': one('/api/v1/tasks/:id/cancel', { reason: 'x' }),
  'GET /api/v1/tasks/:id/logs': one('/api/v1/tasks/:id/logs'),
  'GET /api/v1/tasks/:id/events': one('/api/v1/tasks/:id/events'),
  'GET /api/v1/tasks/:id/explain': one('/api/v1/tasks/:id/explain'),
  'GET /api/v1/events': { access: 'known' }, // follows without end: below
  'POST /api/v1/arrays': {
    access: 'known',
    taken: { path: '/api/v1/arrays', body: (id) => ({ ...task(id, 'true'), count: 1 }), status: 409 },
  },
  'GET /api/v1/arrays/:id': one('/api/v1/arrays/:id'),
  'POST /api/v1/arrays/:id/rerun': {
    ...one('/api/v1/arrays/:id/rerun', {}),
    taken: { path: '/api/v1/arrays/ours/rerun', body: (id) => ({ new_id: id }), status: 409 },
  },
  'POST /api/v1/arrays/:id/cancel': one('/api/v1/arrays/:id/cancel', { reason: 'x' }),
  'GET /api/v1/runner': { access: 'known', ofMany: '/api/v1/runner' },
  'GET /api/v1/audit': { access: 'known', ofAll: '/api/v1/audit' },
  'POST /api/v1/runner/pause': all('/api/v1/runner/pause'),
  'POST /api/v1/runner/resume': all('/api/v1/runner/resume'),
  'POST /api/v1/runner/drain': all('/api/v1/runner/drain'),
  'POST /tasks/execute': { access: 'known', taken: { path: '/tasks/execute', body: (id) => task(id, 'true'), status: 400 } },
}
const having = <Key extends keyof Case>(key: Key) =>
  Object.entries(cases).flatMap(([route, given]) => (given[key] === undefined ? [] : [[route, given, given[key]] as const]))

it('has a case for every route that there is, and no other', () => {
  expect([...new Set(routes)].sort()).toEqual(Object.keys(cases).sort())
})

describe('without a right token', () => {
  const pathOf = ({ ofOne, ofMany, ofAll, ofNone, taken }: Case) =>
    (ofOne ?? ofMany ?? ofAll ?? ofNone ?? taken?.path ?? '/api/v1/events').replace(':id', 'ours')
  it.each(Object.entries(cases).filter(([, { access }]) => access === 'known'))('%s is a 401 that says no more than that', async (route, given) => {
    const answers = await Promise.all([undefined, 'x', `${acme.token}x`].map((token) => ask(route, pathOf(given), token, given.body)))
    for (const { status, text } of answers) expect([status, JSON.parse(text)]).toMatchObject([401, { code: 'UNAUTHENTICATED' }])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  }) // prettier-ignore
  it('a probe is answered, and readiness tells of no tasks', async () => {
    const { status, text } = await ask('GET', '/readyz', undefined)
    expect([status, JSON.parse(text)]).toEqual([200, expect.not.objectContaining({ tasks: expect.anything() })])
  })
  it('a path that does not exist is no different from one that does', async () => {
    expect((await ask('GET', '/api/v1/nothing', undefined)).status).toBe(401)
  })
  it('a token in the URL is refused, also a right one and on probes, and the answer does not repeat it', async () => {
    for (const path of ['/api/v1/tasks', '/healthz', '/metrics', '/nothing'])
      for (const name of ['token', 'access_token', 'Authorization']) {
        const { status, text } = await ask('GET', `${path}?${name}=${acme.token}`, acme.token)
        expect([status, JSON.parse(text)]).toMatchObject([401, { path: `query.${name}`, hint: expect.stringContaining('revoke') }])
        expect(text).not.toContain(acme.token)
      }
  })
})

describe('to another tenant', () => {
  it.each(having('ofOne'))('%s answers for their task as for one that nobody has', async (route, { body }, path) => {
    const [theirs, nobodys] = await Promise.all(['theirs', 'nobodys'].map((id) => ask(route, path.replace(':id', id), acme.token, body)))
    expect([theirs!.status, theirs!.text]).toEqual([404, nobodys!.text.replaceAll('nobodys', 'theirs')])
    expect((await ask(route, path.replace(':id', 'theirs'), other.token, body)).status).toBeLessThan(300)
    expect((await ask(route, path.replace(':id', 'theirs'), operator.token, body)).status).toBeLessThan(300)
  })
  it.each(having('ofMany'))('%s tells of their own alone', async (route, _, path) => {
    const mine = await ask(route, path, acme.token)
    expect(mine.status).toBe(200)
    expect(mine.text).not.toMatch(new RegExp(`theirs|${secret}`))
    expect((await ask(route, path, operator.token)).text).not.toBe(mine.text)
  })
  it.each(having('ofNone'))('%s says nothing of tasks', async (route, { access }, path) => {
    const { status, text } = await ask(route, path, access === 'scraper' ? undefined : acme.token)
    expect(status).toBe(200)
    expect(text).not.toMatch(new RegExp(`theirs|${secret}`))
  })
  it.each(having('taken'))(
    '%s under their id is refused, tells nothing of it, and leaves it alone',
    async (route, _, { path, body, status }) => {
      const refused = await ask(route, path, acme.token, body('theirs'))
      expect(refused.status).toBe(status)
      expect(refused.text).not.toContain(secret)
      expect(JSON.parse((await ask('GET', '/api/v1/tasks/theirs', other.token)).text)).toMatchObject({
        status: 'completed',
        tenant: 'other',
      })
    },
  )
  it.each(having('ofAll'))('%s is refused, whatever the role', async (route, { body }, path) => {
    for (const { token } of [reader, acme, tenantAdmin])
      expect(JSON.parse((await ask(route, path, token, body)).text)).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' })
  })
  it('the stream of events has their own alone, those of the past too', async () => {
    const leave = new AbortController()
    const stream = await world.ask('GET', '/api/v1/events?since=0', { token: acme.token, signal: leave.signal })
    await submit(other.token, 'theirs-later', `echo ${secret}`)
    await submit(acme.token, 'ours-later', 'true')
    let seen = ''
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
      seen += chunk
      if (/event: task_completed\n.*ours-later/.test(seen)) break
    }
    leave.abort()
    expect(seen).toContain('"task_id":"ours"')
    expect(seen).not.toMatch(new RegExp(`theirs|${secret}`))
  })
})

describe('a role', () => {
  it('read sees, and changes nothing', async () => {
    expect((await ask('GET', '/api/v1/tasks/ours/logs?stream=stdout', reader.token)).text).toBe('hello\n')
    for (const [route, path, body] of [
      ['POST', '/api/v1/tasks', task('new', 'true')],
      ['POST', '/tasks/execute', task('new', 'true')],
      ['POST', '/api/v1/tasks/ours/cancel', { reason: 'x' }],
    ] as const)
      expect(JSON.parse((await ask(route, path, reader.token, body)).text)).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' })
    expect((await ask('GET', '/api/v1/tasks/new', operator.token)).status).toBe(404)
  })
  it('of one tenant submits for no other', async () => {
    const forOther = { id: 'new', payload: { tenant: 'other', execution: { command: ['true'] } } }
    expect(JSON.parse((await ask('POST', '/api/v1/tasks', acme.token, forOther)).text)).toMatchObject({
      status: 403,
      path: 'payload.tenant',
    })
    expect((await ask('POST', '/api/v1/tasks?wait=true', operator.token, forOther)).status).toBe(200)
  })
})
