import { credentials, status, type ChannelCredentials } from '@grpc/grpc-js'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requireService } from '../require-service.ts'
import { createAuthority, hasOpenssl, type Authority, type Issued } from '../support/certificates.ts'
import { createGrpcClients } from '../support/grpc-client.ts'
import { createPython } from '../support/python.ts'
import { createIdentityWorld, createLogLines, known, type IdentityWorld } from './identity-harness.ts'

const available = requireService('openssl', hasOpenssl(), 'install the package openssl')
const caller = known('ci', 'acme', 'submit')
const { logger, lines } = createLogLines()

let directory: string
let [servers, clients, strangers]: Authority[] = []
let [scheduler, unnamed, expired, stranger]: Issued[] = []
let world: IdentityWorld

beforeAll(async () => {
  if (!available) return
  directory = mkdtempSync(join(tmpdir(), 'er-grpc-tls-'))
  ;[servers, clients, strangers] = ['servers', 'clients', 'strangers'].map((name) => createAuthority(directory, name))
  ;[scheduler, unnamed] = ['scheduler.acme.example', 'unnamed'].map((name) => clients!.issue(name))
  expired = clients!.issue('scheduler.acme.example', -1)
  stranger = strangers!.issue('scheduler.acme.example')
  show(servers!.issue('127.0.0.1'))
  const entries = `${caller.entry}
[[certificates]]
name = "scheduler"
common_name = "scheduler.acme.example"
tenant = "acme"
role = "submit"
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

const open: ReturnType<typeof createGrpcClients>[] = []
afterEach(() => open.splice(0).forEach((one) => one.close()))
interface Shown {
  readonly as?: Issued | undefined
  readonly token?: string
}
const clientOf = ({ as, token }: Shown, channel?: ChannelCredentials) => {
  const secure = channel ?? credentials.createSsl(servers!.cert, as?.key ?? null, as?.cert ?? null)
  const client = createGrpcClients(world.daemon.grpc, { channel: secure, ...(token !== undefined && { token }) })
  open.push(client)
  return client
}
const list = (shown: Shown, channel?: ChannelCredentials) => {
  const { call, tasks } = clientOf(shown, channel)
  return call(tasks.ListTasks.bind(tasks), {})
}
/** Of the certificate that a new connection sees. */
const serialShown = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const [host, port] = world.daemon.grpc.split(':') as [string, string]
    const socket = connect({ host, port: Number(port), ca: servers!.cert, ALPNProtocols: ['h2'] }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw).serialNumber)
      socket.destroy()
    }).on('error', reject)
  })

describe.runIf(available)('gRPC with TLS', () => {
  it('answers nobody who speaks in the clear', async () => {
    await expect(list({ token: caller.token }, credentials.createInsecure())).rejects.toMatchObject({ code: status.UNAVAILABLE })
  })
  it('takes a token, or a certificate', async () => {
    expect(await list({ token: caller.token })).toMatchObject({ tasks: [] })
    expect(await list({ as: scheduler })).toMatchObject({ tasks: [] })
  })
  it('gives a certificate the tenant that its entry says, and no other', async () => {
    const { call, tasks } = clientOf({ as: scheduler })
    const spec = (tenant: string) => ({ spec: { tenant, execution: { command: ['true'] } } })
    const submit = tasks.SubmitTask.bind(tasks)
    expect(await call(submit, { id: 'a', ...spec('') })).toMatchObject({ task: { tenant: 'acme' } })
    await expect(call(submit, { id: 'b', ...spec('other') })).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
  })
  it.each([
    ['nothing', () => ({})],
    ['a certificate that no entry names', () => ({ as: unnamed })],
    ['one that has expired', () => ({ as: expired })],
    ['one of the right name, signed by others', () => ({ as: stranger })],
    ['a wrong token beside a good certificate', () => ({ as: scheduler, token: `${caller.token}x` })],
  ])('answers %s with UNAUTHENTICATED, in the same words', async (_, shown) => {
    await expect(list(shown())).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
      details: expect.stringContaining('this call shows no credentials, or none that are valid') as string,
    })
  })
  it('shows a new certificate after a reload, while calls that are open go on', async () => {
    const { call, tasks } = clientOf({ token: caller.token })
    const before = await serialShown()
    await call(tasks.ListTasks.bind(tasks), {})
    show(servers!.issue('127.0.0.1'))
    await world.daemon.reloadCredentials()
    expect(await serialShown()).not.toBe(before)
    expect(await call(tasks.ListTasks.bind(tasks), {})).toMatchObject({ tasks: expect.any(Array) as unknown[] })
    expect(await list({ as: scheduler })).toMatchObject({ tasks: expect.any(Array) as unknown[] })
  })
  it('shows the one of before when the files become wrong, and the log says so', async () => {
    const before = await serialShown()
    copyFileSync(servers!.issue('127.0.0.1').certFile, join(directory, 'shown.pem')) // without its key
    await world.daemon.reloadCredentials()
    expect(await serialShown()).toBe(before)
    expect(lines.filter((line) => line.startsWith('error the files of TLS are wrong'))).toHaveLength(1)
  })
})

const python = available ? createPython() : null
afterAll(() => python?.end())

describe.runIf(python)('the Python client', () => {
  it('comes in with a certificate, and trusts the authority that it names', async () => {
    const program = `
import sys
from env_runner_client import TLS, Client
ca, certificate, key, server = sys.argv[1:]
with Client(server, tls=TLS(ca=ca, certificate=certificate, key=key)) as client:
    print(client.submit(['echo', 'hello'], timeout=30).result(60).stdout_tail, end='')
`
    const { certFile, keyFile } = scheduler!
    const { code, stdout, stderr } = await python!.run(['-c', program, servers!.certFile, certFile, keyFile, world.daemon.grpc])
    expect([code, stdout, stderr]).toEqual([0, 'hello\n', ''])
  })
})
