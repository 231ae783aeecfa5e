import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { PartialConfigObject } from '../../src/config/schema.ts'
import { startDaemon } from '../../src/daemon.ts'
import type { Role } from '../../src/identity/principal.ts'
import { formatToken, tokenDigest } from '../../src/identity/token.ts'
import type { Logger } from '../../src/ports/logger.ts'

/** An entry of `[[tokens]]`, with its token. */
export interface Known {
  readonly token: string
  readonly entry: string
}

let made = 0
export const known = (name: string, tenant: string, role: Role, expiresAt?: number): Known => {
  const token = formatToken(new Uint8Array(32).fill(++made))
  const expires = expiresAt === undefined ? '' : `expires_at = ${new Date(expiresAt).toISOString()}\n`
  const sha256 = tokenDigest(token).toString('hex')
  return { token, entry: `[[tokens]]\nname = "${name}"\nsha256 = "${sha256}"\ntenant = "${tenant}"\nrole = "${role}"\n${expires}` }
}

/** A logger that keeps every line, as text with all that a serializer could see. */
export const createLogLines = () => {
  const lines: string[] = []
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push(`${level} ${message} ${inspect(fields, { depth: 10 })}`)
  const logger: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { logger, lines }
}

/** A daemon in a directory of its own, whose callers a test names. Tasks run bare: what is tested here is who may see them. */
export const createIdentityWorld = async (
  entries: string,
  configOf: (root: string) => PartialConfigObject = () => ({}),
  logger: Logger = createLogLines().logger,
) => {
  const root = mkdtempSync(join(tmpdir(), 'er-identity-'))
  chmodSync(root, 0o711)
  const tokensFile = join(root, 'tokens.toml')
  writeFileSync(tokensFile, entries, { mode: 0o600 })
  const daemon = await startDaemon({
    logger,
    config: {
      data_dir: join(root, 'data'),
      http: { listen: '127.0.0.1:0' },
      grpc: { listen: '127.0.0.1:0' },
      docker: { enabled: false },
      native: { sandbox: 'none' },
      auth: { tokens_file: tokensFile },
      ...configOf(root),
    },
  }).catch((cause: unknown) => {
    rmSync(root, { recursive: true, force: true })
    throw cause
  })
  return {
    root,
    daemon,
    /** As tools do it: another file under the same name. */
    replaceTokens(text: string): void {
      writeFileSync(`${tokensFile}.new`, text, { mode: 0o600 })
      renameSync(`${tokensFile}.new`, tokensFile)
    },
    ask(
      method: string,
      path: string,
      { token, body, signal }: { token?: string; body?: unknown; signal?: AbortSignal } = {},
    ): Promise<Response> {
      return fetch(daemon.http + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
    },
    async close(): Promise<void> {
      await daemon.runner.close('cancel')
      await daemon.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
export type IdentityWorld = Awaited<ReturnType<typeof createIdentityWorld>>
