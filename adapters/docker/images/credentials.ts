import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { Logger } from '../../../src/ports/logger.ts'

/** What the engine is given for a registry (`X-Registry-Auth`). */
export interface RegistryAuth {
  readonly serveraddress: string
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
}

/** Who the runner is to registries. */
export interface Credentials {
  /** Null: nobody. Never rejects. */
  forRegistry(registry: string): Promise<RegistryAuth | null>
}

const entrySchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
})
const fileSchema = z.object({
  auths: z.record(z.string(), entrySchema).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
})
type Entry = z.output<typeof entrySchema>

/** Credentials from a file in the format of Docker's config.json. It is read for each pull, so that a renewed token counts at once. A file that is not there means
 * none; one that cannot be used means none, and a warning that never quotes it. Credential helpers are not run.
 * @param path absolute; null: no credentials */
export const createFileCredentials = (path: string | null, logger: Logger): Credentials => ({
  async forRegistry(registry) {
    const file = path === null ? null : await readConfig(path, logger)
    if (!file) return null
    const host = hostOf(registry)
    const entries = Object.entries(file.auths ?? {}).filter(([key]) => hostOf(key) === host)
    for (const [, entry] of entries) {
      const auth = authOf(entry, host)
      if (auth) return auth
    }
    const helpers = Object.keys(file.credHelpers ?? {})
    if (helpers.some((key) => hostOf(key) === host) || (file.credsStore !== undefined && entries.length > 0))
      logger.warn({ path, registry }, 'the credentials of a registry are with a helper program, which is not run')
    else if (entries.length > 0) logger.warn({ path, registry }, 'the credentials of a registry cannot be read')
    return null
  },
})

const readConfig = async (path: string, logger: Logger): Promise<z.output<typeof fileSchema> | null> => {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    // The reason alone: a parser's message quotes what it could not parse.
    if (code !== 'ENOENT')
      logger.warn(
        { path, reason: typeof code === 'string' ? code : 'not the format of config.json' },
        'the registry credentials cannot be read',
      )
    return null
  }
}

/** `https://index.docker.io/v1/`, `host:5000` and `host/path` name a registry by its host, as Docker has it. */
const hostOf = (key: string): string => {
  const host = key
    .replace(/^https?:\/\//, '')
    .split('/')[0]!
    .toLowerCase()
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host
}

const authOf = (entry: Entry, host: string): RegistryAuth | null => {
  const serveraddress = host === 'docker.io' ? 'https://index.docker.io/v1/' : host
  const decoded = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '')
  const colon = decoded.indexOf(':')
  const [username, password] = colon > 0 ? [decoded.slice(0, colon), decoded.slice(colon + 1)] : [entry.username, entry.password]
  if (entry.identitytoken) return { serveraddress, identitytoken: entry.identitytoken, ...(username ? { username } : {}) }
  return username && password ? { serveraddress, username, password } : null
}

/** What of it must appear nowhere. */
export const secretsOf = (auth: RegistryAuth | null): readonly string[] => {
  const secrets = [auth?.password, auth?.identitytoken].filter((secret) => secret !== undefined && secret !== '') as string[]
  return secrets.flatMap((secret) => [secret, encodeURIComponent(secret)])
}
