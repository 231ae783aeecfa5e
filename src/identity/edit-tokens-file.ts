import { isDeepStrictEqual } from 'node:util'
import { RunnerError } from '../domain/errors.ts'
import { parseTokensFile, type TokenEntry, type TokensFile } from './tokens-file.ts'

/** The file's text with one more token at its end; everything else stays as people wrote it, comments too. `path` is for messages.
 * @throws RunnerError `CONFIG_INVALID` when the file is wrong or would be, `INVALID_SPEC` when the name is taken */
export const withToken = (text: string, path: string, entry: TokenEntry): string => {
  const before = parseTokensFile(text, path)
  if (entriesOf(before).some(({ name }) => name === entry.name))
    throw new RunnerError('INVALID_SPEC', `${path} has an entry ${entry.name} already`, {
      path: '--name',
      hint: `Choose another name, or first env-runner token revoke ${entry.name}`,
    })
  const lines = [
    '[[tokens]]',
    `name = "${entry.name}"`,
    `sha256 = "${entry.sha256}"`,
    `tenant = "${entry.tenant}"`,
    `role = "${entry.role}"`,
    ...(entry.expires_at === undefined ? [] : [`expires_at = ${new Date(entry.expires_at).toISOString()}`]),
  ]
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return verified(`${text}${gap}${lines.join('\n')}\n`, path, { ...before, tokens: [...before.tokens, entry] })
}

/** The file's text without the entry of a name, be it a token or a certificate.
 * @throws RunnerError `CONFIG_INVALID` as `withToken`, `NOT_FOUND` */
export const withoutEntry = (text: string, path: string, name: string): string => {
  const before = parseTokensFile(text, path)
  const isOther = (entry: { readonly name: string }): boolean => entry.name !== name
  const after = { tokens: before.tokens.filter(isOther), certificates: before.certificates.filter(isOther) }
  const kind = after.tokens.length < before.tokens.length ? 'tokens' : 'certificates'
  const index = before[kind].findIndex((entry) => !isOther(entry))
  if (index === -1)
    throw new RunnerError('NOT_FOUND', `${path} has no entry ${name}`, { path: 'name', hint: 'env-runner token list shows them' })
  return verified(cut(text, kind, index), path, after)
}

/** Tokens and certificates in the order of the file's lists. */
export const entriesOf = ({ tokens, certificates }: TokensFile) => [...tokens, ...certificates]

/** Cuts the nth table of a kind: its header and its keys. Comments and blank lines after the last key belong to what follows. */
const cut = (text: string, kind: 'tokens' | 'certificates', nth: number): string => {
  const lines = text.split('\n')
  const starts = lines.flatMap((line, index) => (new RegExp(`^\\s*\\[\\[\\s*${kind}\\s*\\]\\]`).test(line) ? [index] : []))
  let start = starts[nth] ?? lines.length
  const next = lines.findIndex((line, index) => index > start && /^\s*\[/.test(line))
  let end = next === -1 ? lines.length : next
  while (end > start + 1 && /^\s*(#|$)/.test(lines[end - 1]!)) end--
  while (start > 0 && lines[start - 1]!.trim() === '' && lines[end]?.trim() === '') start--
  return [...lines.slice(0, start), ...lines.slice(start === 0 && lines[end]?.trim() === '' ? end + 1 : end)].join('\n')
}

/** Only a text that says exactly what was meant is written. */
const verified = (text: string, path: string, meant: TokensFile): string => {
  let said: TokensFile | null = null
  try {
    said = parseTokensFile(text, path)
  } catch {
    // It cannot be edited by lines: what was wrong before was told above.
  }
  if (isDeepStrictEqual(plain(said), plain(meant))) return text
  throw new RunnerError('CONFIG_INVALID', `${path} is written in a way that cannot be changed without rewriting it`, {
    path: 'auth.tokens_file',
    hint: 'Write its entries as [[tokens]] and [[certificates]] tables, or edit it by hand',
  })
}

const plain = (file: TokensFile | null): unknown => JSON.parse(JSON.stringify(file))
