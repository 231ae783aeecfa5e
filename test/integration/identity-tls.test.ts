import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash, X509Certificate } from 'node:crypto'
import { Agent, request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, hasOpenssl, type Authority, type Issued } from '../support/certificates.ts'
import { requireService } from '../require-service.ts'
import { createIdentityWorld, createLogLines, known, type IdentityWorld } from './identity-harness.ts'

const available = requireService('openssl', hasOpenssl(), 'install the package openssl')
const caller = known('ci', 'acme', 'submit')
const { logger, lines } = createLogLines()

let directory: string
let [servers, clients, strangers]: Authority[] = []
let [scheduler, laptop, unnamed, expired, stranger]: Issued[] = []
let world: IdentityWorld
let started = 0

beforeAll(async () => {
  if (!available) return
  directory = mkdtempSync(join(tmpdir(), 'er-tls-'))
  ;[servers, clients, strangers] = ['servers', 'clients', 'strangers'].map((name) => createAuthority(directory, name))
  ;[scheduler, laptop, unnamed] = ['scheduler.acme.example', 'laptop', 'unnamed'].map((name) => clients!.issue(name))
  expired = clients!.issue('scheduler.acme.example', -1)
  stranger = strangers!.issue('scheduler.acme.example')
  const fingerprint = createHash('sha256').update(new X509Certificate(laptop!.cert).raw).digest('hex')
  show(servers!.issue('127.0.0.1'))
  const entries = `${caller.entry}
[[certificates]]
name = "scheduler"
common_name = "scheduler.acme.example"
tenant = "acme"
role = "submit"
[[certificates]]
name = "laptop"
sha256 = "${fingerprint}"
tenant = "*"
role = "admin"
`
  world = await createIdentityWorld(
    entries,
    () => ({ tls: { cert_file: join(directory, 'shown.pem'), key_file: join(directory, 'shown.key'), client_ca_file: clients!.certFile } }),
    logger,
  )
}, 60_000)
afterAll(async () => {
  if (!available) return
  await world.close()
  rmSync(directory, { recursive: true })
})

/** Puts a certificate where the daemon looks for its own. */
const show = ({ certFile, keyFile }: Issued): void => {
  copyFileSync(certFile, join(directory, 'shown.pem'))
  copyFileSync(keyFile, join(directory, 'shown.key'))
  chmodSync(join(directory, 'shown.key'), 0o600)
}

interface Shown {
  readonly as?: Issued | undefined
  readonly token?: string
  readonly body?: string
}
interface Seen {
  readonly status: number
  readonly body: string
  /** Of the certificate that the daemon showed. */
  readonly serial: string
  /** Our end of the connection. */
  readonly port: number | undefined
  readonly resumed: boolean
}
const call = (path: string, { as, token, body, ...more }: RequestOptions & Shown = {}): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const shown = as === undefined ? {} : { cert: as.cert, key: as.key }
    request(world.daemon.http + path, { agent: false, ca: servers!.cert, headers, ...shown, ...more }, (response) => {
      const { socket } = response
      if (!(socket instanceof TLSSocket)) throw new Error('this is no TLS')
      const [serial, resumed, port] = [socket.getPeerX509Certificate()?.serialNumber ?? '', socket.isSessionReused(), socket.localPort]
      text(response).then((received) => resolve({ status: response.statusCode!, body: received, serial, port, resumed }), reject)
    })
      .on('error', reject)
      .end(body)
  })
const tasks = '/api/v1/tasks'

describe.runIf(available)('with TLS', () => {
  it('the ready address says so, and plain HTTP gets nothing there', async () => {
    expect(world.daemon.http).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    await expect(fetch(world.daemon.http.replace('https:', 'http:'))).rejects.toThrow()
  })
  it('a token is enough, and a certificate is', async () => {
    expect((await call(tasks, { token: caller.token })).status).toBe(200)
    for (const as of [scheduler, laptop]) expect((await call(tasks, { as })).status).toBe(200)
  })
  it('a certificate has the tenant and the role that its entry says', async () => {
    const body = JSON.stringify({ id: 'a', payload: { execution: { command: ['true'] } } })
    const submitted = await call(`${tasks}?wait=true`, { as: scheduler, method: 'POST', body })
    expect([submitted.status, JSON.parse(submitted.body)]).toMatchObject([200, { logs_url: expect.stringMatching(/^https:/) }])
    expect(JSON.parse((await call(`${tasks}/a`, { as: laptop })).body)).toMatchObject({ tenant: 'acme' })
    const forOther = JSON.stringify({ payload: { tenant: 'other', execution: { command: ['true'] } } })
    expect((await call(tasks, { as: scheduler, method: 'POST', body: forOther })).status).toBe(403)
    expect((await call(tasks, { as: laptop, method: 'POST', body: forOther })).status).toBe(201)
  })
  it.each([
    ['nothing', () => ({})],
    ['a certificate that no entry names', () => ({ as: unnamed })],
    ['one that has expired', () => ({ as: expired })],
    ['one of the right name, signed by others', () => ({ as: stranger })],
    ['a wrong token beside a good certificate', () => ({ as: scheduler, token: `${caller.token}x` })],
  ])('%s is a 401, in the same words', async (_, shown) => {
    const { status, body } = await call(tasks, shown())
    expect([status, JSON.parse(body)]).toMatchObject([
      401,
      { code: 'UNAUTHENTICATED', detail: 'this call shows no credentials, or none that are valid' },
    ])
  })
  it('a right token is taken beside a certificate that is worth nothing', async () => {
    expect((await call(tasks, { as: stranger, token: caller.token })).status).toBe(200)
  })
  it('a session that is resumed is the same caller', async () => {
    const agent = new Agent({ ca: servers!.cert, cert: scheduler!.cert, key: scheduler!.key, maxVersion: 'TLSv1.2' })
    try {
      const seen = [await call(tasks, { agent }), await call(tasks, { agent })]
      expect(seen.map(({ status, resumed }) => [status, resumed])).toEqual([[200, false], [200, true]]) // prettier-ignore
    } finally {
      agent.destroy()
    }
  })
  it('a client older than TLS 1.2 is refused', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0', token: caller.token } as const
    await expect(call(tasks, old)).rejects.toThrow(/alert|version|protocol/i)
  })
  it('a new certificate is shown after a reload, and connections that are open go on', async () => {
    const agent = new Agent({ ca: servers!.cert, keepAlive: true, maxSockets: 1 })
    try {
      const before = await call(tasks, { token: caller.token, agent })
      show(servers!.issue('127.0.0.1'))
      await world.daemon.reloadCredentials()
      const [same, fresh] = [await call(tasks, { token: caller.token, agent }), await call(tasks, { token: caller.token })]
      expect([same.status, same.port, fresh.status]).toEqual([200, before.port, 200])
      expect(fresh.serial).not.toBe(before.serial)
      expect((await call(tasks, { as: scheduler })).status).toBe(200)
    } finally {
      agent.destroy()
    }
  })
  it('a certificate that becomes wrong changes nothing, and the log says what is wrong', async () => {
    const { serial } = await call(tasks, { token: caller.token })
    copyFileSync(servers!.issue('127.0.0.1').certFile, join(directory, 'shown.pem')) // without its key
    await world.daemon.reloadCredentials()
    expect(await call(tasks, { token: caller.token })).toMatchObject({ status: 200, serial })
    expect(lines.filter((line) => line.startsWith('error the files of TLS are wrong'))).toHaveLength(1)
  })
})

describe.runIf(available)('a start is refused', () => {
  it.each<[string, string, (own: string) => void]>([
    ['a certificate that is not there', 'tls.cert_file', (own) => rmSync(join(own, 'cert'))],
    ['what is no certificate', 'tls.cert_file', (own) => writeFileSync(join(own, 'cert'), 'x')],
    ['a key of another certificate', 'tls.key_file', (own) => copyFileSync(laptop!.keyFile, join(own, 'key'))],
    ['authorities that are none', 'tls.client_ca_file', (own) => writeFileSync(join(own, 'ca'), 'x')],
  ])('for %s', async (_, key, spoil) => {
    const own = join(directory, `start-${started++}`)
    mkdirSync(own, { recursive: true })
    const { certFile, keyFile } = servers!.issue('127.0.0.1')
    for (const [from, to] of [[certFile, 'cert'], [keyFile, 'key'], [clients!.certFile, 'ca']] as const) copyFileSync(from, join(own, to)) // prettier-ignore
    spoil(own)
    const tls = { cert_file: join(own, 'cert'), key_file: join(own, 'key'), client_ca_file: join(own, 'ca') }
    await expect(createIdentityWorld('', () => ({ tls }))).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: key })
  })
})
