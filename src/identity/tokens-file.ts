import { parse, TomlError } from 'smol-toml'
import * as z from 'zod'
import { RunnerError } from '../domain/errors.ts'
import { ruleWords } from '../domain/rule-words.ts'
import type { KnownCaller, KnownCallers } from './known-callers.ts'
import { owner, roles } from './principal.ts'

const text = (pattern: RegExp, rule: string) => z.string().regex(pattern, rule)
const digest = text(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
/** As `openssl x509 -fingerprint -sha256` prints it, or without the colons. */
const fingerprint = z.preprocess((value) => (typeof value === 'string' ? value.replaceAll(':', '').toLowerCase() : value), digest)
/** A TOML date-time, or the same as text. */
const instant = z
  .preprocess(
    (value) => (value instanceof Date ? value.toISOString() : value),
    z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time with its offset, such as 2027-01-31T00:00:00Z' }),
  ) // prettier-ignore
  .transform((time) => Date.parse(time))

const who = {
  name: text(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ @ -, beginning with a letter or digit').refine(
    (name) => name !== owner.name,
    'is taken: so the owner of the data directory is called',
  ),
  tenant: text(/^(?:\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/, 'must be a tenant, or "*" for every tenant'),
  role: z.enum(roles),
  expires_at: instant.optional(),
}
/** One entry of `[[tokens]]`. */
export const tokenSchema = z.strictObject({ ...who, sha256: digest })
const certificateSchema = z
  .strictObject({ ...who, sha256: fingerprint.optional(), common_name: z.string().min(1).max(64).optional() })
  .refine(({ sha256, common_name }) => (sha256 === undefined) !== (common_name === undefined), 'must have either sha256 or common_name')
const fileSchema = z.strictObject({
  tokens: z.array(tokenSchema).max(100_000).default([]),
  certificates: z.array(certificateSchema).max(100_000).default([]),
})

/** The file `auth.tokens_file`: who may call, as people write it (docs/identity.md). No token stands in it, only hashes. */
export type TokensFile = z.output<typeof fileSchema>
export type TokenEntry = TokensFile['tokens'][number]

/** Reads the file's text. `path` is for messages.
 * @throws RunnerError `CONFIG_INVALID`, one error that names every problem by its place; never with a value from the file, in which someone may have put a token */
export const parseTokensFile = (text: string, path: string): TokensFile => {
  const parsed = fileSchema.safeParse(readToml(text, path))
  const problems = parsed.success ? repeated(parsed.data) : parsed.error.issues.flatMap(inWords)
  if (problems.length === 0) return parsed.data!
  throw invalid(`${path}: ${problems.join('; ')}`)
}

/** The file as an index. */
export const knownCallersOf = ({ tokens, certificates }: TokensFile): KnownCallers => ({
  tokens: new Map(tokens.map((entry) => [entry.sha256, callerOf(entry)])),
  fingerprints: new Map(certificates.flatMap((entry) => (entry.sha256 === undefined ? [] : [[entry.sha256, callerOf(entry)]]))),
  commonNames: new Map(certificates.flatMap((entry) => (entry.common_name === undefined ? [] : [[entry.common_name, callerOf(entry)]]))),
})

const callerOf = ({ name, tenant, role, expires_at: expiresAt = Infinity }: Omit<TokenEntry, 'sha256'>): KnownCaller => ({
  principal: { name, tenant: tenant === '*' ? null : tenant, role },
  expiresAt,
})

const readToml = (text: string, path: string): unknown => {
  try {
    return parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    // The first line says what is wrong; below it stands a piece of the file.
    throw invalid(`${path}:${cause.line}: is not TOML: ${cause.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')}`)
  }
}

const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('')

const inWords = (issue: z.core.$ZodIssue): string[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${placeOf([...issue.path, key.slice(0, 40)])} is not a key`)
  return [`${placeOf(issue.path)} ${issue.message.endsWith('received undefined') ? 'is missing' : ruleWords(issue)}`]
}

/** Whoever stands there twice: a name says in logs who it was, and what is shown leads to one caller. */
const repeated = ({ tokens, certificates }: TokensFile): string[] => {
  const seen = new Map<string, string>()
  const check = (what: string, value: string | undefined, place: string): string[] => {
    const key = `${what} ${value ?? ''}`
    const before = value === undefined ? undefined : seen.get(key)
    if (value !== undefined && before === undefined) seen.set(key, place)
    return before === undefined ? [] : [`${place} is the same as ${before}`]
  }
  return [
    ...tokens.flatMap(({ name, sha256 }, index) => [
      ...check('name', name, `tokens[${index}].name`),
      ...check('token', sha256, `tokens[${index}].sha256`),
    ]),
    ...certificates.flatMap(({ name, sha256, common_name: commonName }, index) => [
      ...check('name', name, `certificates[${index}].name`),
      ...check('fingerprint', sha256, `certificates[${index}].sha256`),
      ...check('common name', commonName, `certificates[${index}].common_name`),
    ]),
  ]
}

const invalid = (message: string): RunnerError =>
  new RunnerError('CONFIG_INVALID', message, {
    path: 'auth.tokens_file',
    hint: 'See docs/identity.md; env-runner token list reads the file',
  })
