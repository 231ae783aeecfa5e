import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whether certificates can be made here: `openssl`, of the Debian package of that name. */
export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0

/** A certificate and its key, as files and as PEM. */
export interface Issued {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: Buffer
  readonly key: Buffer
}

/** An authority that lives in a directory of the test. */
export interface Authority extends Issued {
  /** Valid for 127.0.0.1 and localhost, and as a client's. `days` may lie in the past: -1 has expired. */
  issue(commonName: string, days?: number): Issued
}

const openssl = (args: readonly string[]): void => {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args[0]} ended with ${status}: ${stderr}`)
}

/** @param directory where its files go; `name` tells authorities apart */
export const createAuthority = (directory: string, name: string): Authority => {
  const filesOf = (stem: string) => ({ certFile: join(directory, `${stem}.pem`), keyFile: join(directory, `${stem}.key`) })
  const read = (files: { readonly certFile: string; readonly keyFile: string }): Issued => ({
    ...files,
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
  })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const own = filesOf(name)
  openssl(['req', '-x509', ...curve, '-keyout', own.keyFile, '-out', own.certFile, '-subj', `/CN=${name}`, '-days', '2'])
  let issued = 0

  return {
    ...read(own),
    issue(commonName, days = 1) {
      const files = filesOf(`${name}-${issued++}`)
      const [request, extensions] = [`${files.certFile}.csr`, `${files.certFile}.ext`]
      writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
      openssl(['req', '-new', ...curve, '-keyout', files.keyFile, '-out', request, '-subj', `/CN=${commonName}`])
      const issuer = ['-CA', own.certFile, '-CAkey', own.keyFile, '-CAcreateserial']
      openssl(['x509', '-req', '-in', request, ...issuer, '-out', files.certFile, '-days', String(days), '-extfile', extensions])
      return read(files)
    },
  }
}
