import { copyFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireService } from '../require-service.ts'
import { createAuthority, hasOpenssl, type Authority, type Issued } from '../support/certificates.ts'
import { createGrpcClients, refusalOf } from '../support/grpc-client.ts'
import { createIdentityWorld, known, type IdentityWorld } from './identity-harness.ts'

const available = requireService('openssl', hasOpenssl(), 'install the package openssl')
const caller = known('ci', 'acme', 'submit')

let directory: string
let [servers, clients, strangers]: Authority[] = []
let world: IdentityWorld
beforeAll(async () => {
  if (!available) return
  directory = mkdtempSync(join(tmpdir(), 'er-grpc-tls-'))
  ;[servers, clients, strangers] = ['servers', 'clients', 'strangers'].map((name) => createAuthority(directory, name))
  show(servers!.issue('127.0.0.1'))
  const certificate = '[[certificates]]\nname = "scheduler"\ncommon_name = "scheduler.acme.example"\ntenant = "acme"\nrole = "read"\n'
  world = await createIdentityWorld(`${caller.entry}${certificate}`, (root) => ({
    auth: { tokens_file: join(root, 'tokens.toml') },
    tls: { cert_file: join(directory, 'shown.pem'), key_file: join(directory, 'shown.key'), client_ca_file: clients!.certFile },
  }))
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
  /** The authority that the client believes. */
  readonly trusted?: Authority
}
/** A connection for one call. */
const dial = ({ as, token, trusted = servers! }: Shown = {}) => {
  const channel = credentials.createSsl(trusted.cert, as?.key ?? null, as?.cert ?? null)
  const { tasks, call, close } = createGrpcClients(world.daemon.grpc, { channel, ...(token !== undefined && { token }) })
  return {
    list: () => call(tasks.ListTasks.bind(tasks), {}).finally(close),
    submit: () => call(tasks.SubmitTask.bind(tasks), { spec: { execution: { command: ['true'] } } }).finally(close),
  }
}

describe.runIf(available)('gRPC with TLS', () => {
  it('has nothing for clients that speak in the clear', async () => {
    const { tasks, call, close } = createGrpcClients(world.daemon.grpc, { token: caller.token })
    expect(await refusalOf(call(tasks.ListTasks.bind(tasks), {}))).toMatchObject({ status: 'UNAVAILABLE' })
    close()
  })
  it('takes a token, or a certificate, which has the tenant and the role that its entry says', async () => {
    const as = clients!.issue('scheduler.acme.example')
    await dial({ token: caller.token }).list()
    await dial({ as }).list()
    expect(await refusalOf(dial({ as }).submit())).toMatchObject({ status: 'PERMISSION_DENIED' })
  })
  it('gives nothing for a certificate that is expired, signed by others, or of nobody', async () => {
    const worthless = [
      clients!.issue('scheduler.acme.example', -1),
      strangers!.issue('scheduler.acme.example'),
      clients!.issue('nobody'),
      undefined,
    ]
    for (const as of worthless) expect(await refusalOf(dial({ as }).list())).toMatchObject({ status: 'UNAUTHENTICATED' })
    await dial({ as: worthless[1], token: caller.token }).list() // the token is what counts
  })
  it('shows a new certificate from the next connection on', async () => {
    const renewed = createAuthority(directory, 'renewed')
    expect(await refusalOf(dial({ token: caller.token, trusted: renewed }).list())).toMatchObject({ status: 'UNAVAILABLE' })
    show(renewed.issue('127.0.0.1'))
    await world.daemon.reloadCredentials()
    await dial({ token: caller.token, trusted: renewed }).list()
    expect(await refusalOf(dial({ token: caller.token }).list())).toMatchObject({ status: 'UNAVAILABLE' })
  })
})
