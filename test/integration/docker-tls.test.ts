import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { createRunner } from '../../src/index.ts'
import { requireService } from '../require-service.ts'
import { createAuthority, hasOpenssl, type Authority, type Issued } from '../support/certificates.ts'
import { codeOf } from '../support/code-of.ts'
import { busyboxImage, hasDocker } from '../support/docker-images.ts'

const hasCertificates = requireService('openssl', hasOpenssl(), 'apt-get install openssl')

/** The host's engine behind TLS, which asks for a certificate of its own authority, as `dockerd --tlsverify` does. */
describe.runIf(hasDocker() && hasCertificates)('an engine behind TLS', () => {
  const root = mkdtempSync(join(tmpdir(), 'er-tls-'))
  chmodSync(root, 0o711) // tasks pass through as their own user
  let own: Authority
  let other: Authority
  let server: Server
  let host: string
  let image: string
  beforeAll(async () => {
    image = await busyboxImage()
    own = createAuthority(root, 'own')
    other = createAuthority(root, 'other')
    const { cert, key } = own.issue('engine')
    server = createServer({ cert, key, ca: own.cert, requestCert: true, rejectUnauthorized: true }, (client) => {
      const engine = connect('/var/run/docker.sock')
      client.pipe(engine).pipe(client)
      for (const [one, two] of [[client, engine], [engine, client]] as const) one.on('error', () => {}).on('close', () => two.destroy()) // prettier-ignore
    })
    server.on('tlsClientError', () => {}) // the other side is told
    await once(server.listen(0, '127.0.0.1'), 'listening')
    host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.close()
    await once(server, 'close')
    rmSync(root, { recursive: true })
  })

  /** A directory as `docker.tls_dir` wants it. */
  const tlsDir = (name: string, ca: Authority, client: Issued | null): string => {
    const directory = join(root, name)
    mkdirSync(directory)
    copyFileSync(ca.certFile, join(directory, 'ca.pem'))
    if (client) copyFileSync(client.certFile, join(directory, 'cert.pem'))
    if (client) copyFileSync(client.keyFile, join(directory, 'key.pem'))
    return directory
  }
  const configOf = (name: string, docker: PartialConfigObject['docker']): PartialConfigObject => ({
    data_dir: join(root, `${name}-data`),
    logs: { dir: join(root, `${name}-logs`) },
    docker: { host, unavailable_seconds: 1, ...docker },
    retry: { attempts: 1 },
    native: { oversubscribe: true },
  })
  const run = async (name: string, docker: PartialConfigObject['docker']) => {
    const runner = await createRunner({ config: configOf(name, docker) })
    try {
      const execution = { image, command: ['sh', '-c', 'echo here; exit 3'], resources: { mem_bytes: 32 * 2 ** 20 } }
      const task = await runner.submit({ payload: { execution } })
      const { exit, failure } = await task.result()
      return { code: exit?.code, failure, stdout: readFileSync(runner.logPaths(task.id, 1).stdout, 'utf8') }
    } finally {
      await runner.close('cancel')
    }
  }

  it('runs tasks of a runner that has its certificates', async () => {
    const tls_dir = tlsDir('right', own, own.issue('runner'))
    expect(await run('right', { tls_dir })).toMatchObject({ code: 3, failure: { code: 'EXIT_NONZERO' }, stdout: 'here\n' })
  })
  it.each([
    ['of an authority that the runner does not know', () => ({ tls_dir: tlsDir('unknown', other, own.issue('runner')) })],
    ['that does not know the runner', () => ({ tls_dir: tlsDir('stranger', own, other.issue('runner')) })],
    ['of a runner that speaks without', () => ({})],
  ])('%s is ENGINE_UNAVAILABLE, and the hint names the setting', async (name, docker) => {
    const { failure } = await run(name.replaceAll(' ', '-'), docker())
    expect(failure).toMatchObject({ code: 'ENGINE_UNAVAILABLE', hint: expect.stringContaining('docker.tls_dir') })
  })
  it('keeps a runner from starting that has no certificate of its own', async () => {
    const config = configOf('none', { tls_dir: tlsDir('none', own, null) })
    expect(await codeOf(createRunner({ config }))).toBe('CONFIG_INVALID')
    await expect(createRunner({ config })).rejects.toMatchObject({ path: 'docker.tls_dir', message: expect.stringContaining('cert.pem') })
  })
})
