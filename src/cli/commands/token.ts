import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { createSystemClock } from '../../../adapters/system/clock.ts'
import { diskError } from '../../../adapters/filesystem/disk-error.ts'
import { editFile } from '../../../adapters/filesystem/edit-file.ts'
import { RunnerError } from '../../domain/errors.ts'
import { ruleWords } from '../../domain/rule-words.ts'
import { entriesOf, withoutEntry, withToken } from '../../identity/edit-tokens-file.ts'
import { roles } from '../../identity/principal.ts'
import { formatToken, tokenDigest, tokenRandomBytes } from '../../identity/token.ts'
import { parseTokensFile, tokenSchema, type TokenEntry } from '../../identity/tokens-file.ts'
import { withCommonOptions, type CliContext, type GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { printable, table } from '../output.ts'

interface FileOption {
  readonly file?: string
}
interface CreateOptions extends FileOption {
  readonly name: string
  readonly tenant: string
  readonly role: string
  readonly expires?: string
}

export const register = (command: Command, context: CliContext): void => {
  command.addHelpText('after', helpText)
  const add = (name: string, summary: string): Command =>
    withCommonOptions(command.command(name).summary(summary).description(summary)).option('--file <file>', 'instead of auth.tokens_file')
  const creating = add('create', 'make a token, print it once, and keep its hash')
    .requiredOption('--name <name>', 'who it is for; logs say it')
    .requiredOption('--tenant <tenant>', 'whose tasks it sees; "*": of every tenant')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--expires <when>', 'after so long (90d, 12h, 30m), or an RFC 3339 time')
  context.action(creating, (globals) => create(context, globals, creating.opts<CreateOptions>()))
  const listing = add('list', 'show who may call')
  context.action(listing, (globals) => list(context, globals, listing.opts<FileOption>()))
  const revoking = add('revoke', 'remove the entry of a name').argument('<name>', 'of a token or a certificate')
  context.action(revoking, (globals) => revoke(context, globals, revoking.processedArgs[0] as string, revoking.opts<FileOption>()))
}

const helpText = `
Works on the file auth.tokens_file (docs/identity.md). A runner that listens takes every change within a few seconds, without a restart.

Examples:
  $ env-runner token create --name ci --tenant acme --role submit --expires 90d
  $ env-runner token create --name ops --tenant '*' --role admin --file ./tokens.toml
  $ env-runner token list
  $ env-runner token revoke ci`

const create = async (context: CliContext, globals: GlobalOptions, options: CreateOptions): Promise<number> => {
  const path = await fileOf(context, globals, options)
  const token = formatToken(randomBytes(tokenRandomBytes))
  const { name, tenant, role, expires } = options
  const expiresAt = expires === undefined ? undefined : momentOf(expires, createSystemClock().now())
  const entry = checked({ name, tenant, role, sha256: tokenDigest(token).toString('hex'), expires_at: expiresAt })
  await editFile(path, (text) => withToken(text, path, entry))
  if (globals.json) await context.stdout.json({ token, ...documentOf(entry) })
  else {
    await context.stderr.line(`${name} is in ${printable(path)}; expires: ${expiresAt ?? 'never'}. The token is shown this once:`)
    await context.stdout.line(token)
  }
  return exitCodes.ok
}

const list = async (context: CliContext, globals: GlobalOptions, options: FileOption): Promise<number> => {
  const path = await fileOf(context, globals, options)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => Promise.reject(diskError('CONFIG_INVALID', 'reading', path, cause)))
  const file = parseTokensFile(text, path)
  const now = createSystemClock().now()
  const rows = entriesOf(file).map((entry) => ({
    ...documentOf(entry),
    kind: file.tokens.includes(entry as TokenEntry) ? 'token' : 'certificate',
    expired: entry.expires_at !== undefined && entry.expires_at <= now,
  }))
  if (globals.json) await context.stdout.json({ entries: rows })
  else if (rows.length > 0)
    for (const line of table([
      ['NAME', 'KIND', 'TENANT', 'ROLE', 'EXPIRES'],
      ...rows.map((row) => [
        row.name,
        row.kind,
        row.tenant,
        row.role,
        row.expired ? `${row.expires_at} (expired)` : (row.expires_at ?? 'never'),
      ]),
    ]))
      await context.stdout.line(line)
  return exitCodes.ok
}

const revoke = async (context: CliContext, globals: GlobalOptions, name: string, options: FileOption): Promise<number> => {
  const path = await fileOf(context, globals, options)
  await editFile(path, (text) => withoutEntry(text, path, name))
  if (globals.json) await context.stdout.json({ name, revoked: true })
  else await context.stdout.line(`${name} is revoked`)
  return exitCodes.ok
}

/** With `--file` no configuration is read: a token can be made before there is one that allows to start. */
const fileOf = async (context: CliContext, globals: GlobalOptions, { file }: FileOption): Promise<string> => {
  const path = file ?? (await context.loadConfig(globals)).config.auth.tokens_file
  if (path !== undefined) return path
  throw new RunnerError('CONFIG_INVALID', 'no file of tokens is configured', {
    path: 'auth.tokens_file',
    hint: 'Set it, or name one: --file FILE',
  })
}

const documentOf = ({ name, tenant, role, expires_at: at }: Omit<TokenEntry, 'sha256'>) => ({
  name,
  tenant,
  role,
  expires_at: at === undefined ? null : new Date(at).toISOString(),
})

/** @throws RunnerError `INVALID_SPEC`, with the option that is wrong */
const checked = (entry: unknown): TokenEntry => {
  const parsed = tokenSchema.safeParse(entry)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new RunnerError('INVALID_SPEC', ruleWords(issue), { path: `--${String(issue.path[0])}`, hint: 'See env-runner help token' })
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** A length of time from now, or a moment, as RFC 3339. @throws RunnerError `INVALID_SPEC` */
const momentOf = (text: string, now: number): string => {
  const [, amount, unit] = /^(\d{1,5})([dhm])$/.exec(text) ?? []
  const at =
    amount === undefined
      ? Date.parse(/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? text : '')
      : now + Number(amount) * unitMs[unit!]!
  if (at > now) return new Date(at).toISOString()
  throw new RunnerError('INVALID_SPEC', `${JSON.stringify(text.slice(0, 80))} is no time to come`, {
    path: '--expires',
    hint: 'Write 90d, 12h, 30m, or a moment such as 2027-01-31T00:00:00Z',
  })
}
