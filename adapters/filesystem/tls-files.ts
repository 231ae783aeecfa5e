import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { TlsMaterial } from '../system/tls.ts'
import { diskError } from './disk-error.ts'

/** Absolute paths; the keys of `tls` in the configuration. */
export interface TlsFiles {
  readonly cert_file?: string | undefined
  readonly key_file?: string | undefined
  readonly client_ca_file?: string | undefined
}

/** Reads what TLS needs and tries it; null when no certificate is configured. What is about to go wrong goes to the log.
 * @throws RunnerError `CONFIG_INVALID` with the key whose file is missing, unreadable or of no use */
export const readTlsFiles = async (
  { cert_file: certFile, key_file: keyFile, client_ca_file: clientCaFile }: TlsFiles,
  { logger, now }: { readonly logger: Logger; readonly now: () => number },
): Promise<TlsMaterial | null> => {
  if (certFile === undefined || keyFile === undefined) return null
  const cert = await read(certFile, 'tls.cert_file')
  const { validTo } = certificateIn(cert, certFile, 'tls.cert_file')
  if (Date.parse(validTo) <= now()) logger.warn({ path: certFile, validTo }, 'the certificate has expired: clients will refuse it')
  const key = await readSecret(keyFile, logger)
  const clientCa = clientCaFile === undefined ? null : await read(clientCaFile, 'tls.client_ca_file')
  if (clientCa) certificateIn(clientCa, clientCaFile!, 'tls.client_ca_file')
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw unusable(`${keyFile} is not the key of ${certFile}: ${(cause as Error).message}`, 'tls.key_file', cause)
  }
  return { cert, key, clientCa }
}

const read = async (path: string, key: string): Promise<Buffer> => {
  try {
    return await readFile(path)
  } catch (cause) {
    throw unusable(diskError('CONFIG_INVALID', 'reading', path, cause).message, key, cause)
  }
}

const readSecret = async (path: string, logger: Logger): Promise<Buffer> => {
  const key = await read(path, 'tls.key_file')
  const { mode } = await stat(path)
  if ((mode & 0o004) !== 0) logger.warn({ path }, 'everybody on this host may read the private key: chmod 600')
  return key
}

/** The first certificate of a chain. */
const certificateIn = (pem: Buffer, path: string, key: string): X509Certificate => {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw unusable(`${path} holds no certificate: ${(cause as Error).message}`, key, cause)
  }
}

const unusable = (message: string, path: string, cause: unknown): RunnerError =>
  new RunnerError('CONFIG_INVALID', message, { path, hint: 'Name a PEM file that the user of the runner can read', cause })
