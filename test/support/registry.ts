import { execFile, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireService } from '../require-service.ts'
import { docker } from './docker-images.ts'

const run = promisify(execFile)

let known: boolean | undefined
/** The gate of tests that need a registry of their own. */
export const hasRegistry = (): boolean => (known ??= requireService('docker-registry', isInstalled(), 'apt-get install docker-registry'))

const isInstalled = (): boolean => {
  try {
    execFileSync('docker-registry', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The one user of a registry that asks for a login. The line is what htpasswd -B writes for this password. */
export const registryUser = { name: 'me', password: 'open sesame' }
const htpasswd = 'me:$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n'

export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** Absolute; emptied and removed by `close`. */
  readonly directory: string
  /** A file in the format of Docker's config.json that lets one in. */
  readonly authFile: string
  /** Makes a small image that nobody else has, pushes it under the names given and takes it away from the engine again.
   * @param names `repository:tag`
   * @returns its digest */
  push(...names: string[]): Promise<string>
  /** How often a manifest was asked for by that name. */
  manifestsAskedFor(repository: string, tag: string): number
  /** Puts any manifest under a tag. */
  putManifest(repository: string, tag: string, mediaType: string, manifest: object): Promise<void>
  /** Digest and size of the configuration that a pushed image has. */
  configOf(repository: string, digest: string): Promise<{ readonly digest: string; readonly size: number }>
  close(): Promise<void>
}

/** Media type of the manifests that `push` leaves. */
export const imageManifest = 'application/vnd.docker.distribution.manifest.v2+json'

/** Starts a registry on a free port of loopback, with its data in a directory of its own. @param login whether it lets in `registryUser` alone */
export const startRegistry = async ({ login = false } = {}): Promise<Registry> => {
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-registry-'))
  const address = `127.0.0.1:${await freePort()}`
  const [config, log, authFile] = [join(directory, 'registry.yml'), join(directory, 'registry.log'), join(directory, 'config.json')]
  writeFileSync(join(directory, 'htpasswd'), htpasswd)
  const auth = Buffer.from(`${registryUser.name}:${registryUser.password}`).toString('base64')
  writeFileSync(authFile, JSON.stringify({ auths: { [address]: { auth } } }))
  const settings = { version: 0.1, storage: { filesystem: { rootdirectory: join(directory, 'data') } }, http: { addr: address } }
  const access = login ? { auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } } } : {}
  writeFileSync(config, JSON.stringify({ ...settings, ...access })) // JSON is YAML

  const out = openSync(log, 'w')
  const server = spawn('docker-registry', ['serve', config], { stdio: ['ignore', out, out] })
  closeSync(out)
  const exited = once(server, 'exit')
  await untilAnswers(address, () => server.exitCode, log)

  return {
    address,
    directory,
    authFile,
    async push(...names) {
      const root = mkdtempSync(join(directory, 'image-'))
      writeFileSync(join(root, 'unique'), root)
      const archive = `${root}.tar`
      await run('tar', ['--create', '--file', archive, '--directory', root, '.'])
      const references = names.map((name) => `${address}/${name}`)
      const id = (await docker(['import', archive, references[0]!])).trim()
      for (const reference of references.slice(1)) await docker(['tag', id, reference])
      for (const reference of references) await docker(['--config', directory, 'push', '--quiet', reference])
      const digests = await docker(['image', 'inspect', '--format', '{{range .RepoDigests}}{{println .}}{{end}}', id])
      await docker(['image', 'rm', ...references])
      return /@(sha256:\w+)/.exec(digests)![1]!
    },
    manifestsAskedFor: (repository, tag) => readFileSync(log, 'utf8').split(`"HEAD /v2/${repository}/manifests/${tag} `).length - 1,
    async putManifest(repository, tag, mediaType, manifest) {
      const headers = { 'content-type': mediaType }
      const url = `http://${address}/v2/${repository}/manifests/${tag}`
      const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(manifest) })
      if (!response.ok) throw new Error(await response.text())
    },
    async configOf(repository, digest) {
      const response = await fetch(`http://${address}/v2/${repository}/manifests/${digest}`, { headers: { accept: imageManifest } })
      return ((await response.json()) as { config: { digest: string; size: number } }).config
    },
    async close() {
      server.kill()
      await exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const untilAnswers = async (address: string, exitCode: () => number | null, log: string): Promise<void> => {
  for (;;) {
    if (exitCode() !== null) throw new Error(`the registry did not start: ${readFileSync(log, 'utf8')}`)
    if (await fetch(`http://${address}/v2/`).then(() => true, () => false)) return // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
