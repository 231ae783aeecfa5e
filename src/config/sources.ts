import { parse, TomlError } from 'smol-toml'
import { nearestName } from '../domain/untrusted.ts'
import { configKeys, isOurVariable, keyByPath, keyByVariable, keysBelow, otherVariables, type ConfigKey } from './keys.ts'
import { tomlLines } from './toml-lines.ts'

/** A value for a key, and where it was given: `file /etc/env-runner/config.toml:4`, `environment ENV_RUNNER_…`, `flag --set …`. */
export interface Assignment {
  readonly key: ConfigKey
  readonly value: unknown
  readonly source: string
}

/** Something that is wrong with the configuration. */
export interface ConfigProblem {
  readonly path: string
  readonly source: string
  /** What is wrong, and what to do, in words that follow the path. */
  readonly message: string
}

/** What one source said. */
export interface Reading {
  readonly assignments: readonly Assignment[]
  readonly problems: readonly ConfigProblem[]
}

const unknownKey = (path: string, source: string): ConfigProblem => {
  const near =
    nearestName(
      path,
      configKeys.map((key) => key.path),
    ) ?? nearestLeaf(path)
  const below = keysBelow(path.slice(0, Math.max(0, path.lastIndexOf('.'))))
  const advice = near
    ? `did you mean ${near}?`
    : below.length > 0
      ? `known here: ${below.map((key) => key.path).join(', ')}`
      : 'see docs/configuration.md'
  return { path, source, message: `is not a key; ${advice}` }
}

/** A right name in the wrong table, or written without one: `base_ms`. */
const nearestLeaf = (path: string): string | undefined => {
  const leaf = path.slice(path.lastIndexOf('.') + 1)
  return configKeys.find((key) => key.path.endsWith(`.${leaf}`))?.path
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** A nested object, from a file or from code. `sourceOf` names the place of a path. */
export const readObject = (object: unknown, sourceOf: (path: string) => string): Reading => {
  const assignments: Assignment[] = []
  const problems: ConfigProblem[] = []
  const visit = (table: Record<string, unknown>, prefix: string): void => {
    for (const [name, value] of Object.entries(table)) {
      const path = prefix === '' ? name : `${prefix}.${name}`
      const key = keyByPath.get(path)
      if (value === undefined) continue
      if (key) assignments.push({ key, value, source: sourceOf(path) })
      else if (keysBelow(path).length === 0) problems.push(unknownKey(path, sourceOf(path)))
      else if (isTable(value)) visit(value, path)
      else
        problems.push({
          path,
          source: sourceOf(path),
          message: `is a table; set ${keysBelow(path)
            .map((below) => below.path)
            .join(', ')}`,
        })
    }
  }
  if (isTable(object)) visit(object, '')
  else problems.push({ path: '', source: sourceOf(''), message: 'the configuration is not an object' })
  return { assignments, problems }
}

/** A TOML file's text. */
export const readToml = (text: string, file: string): Reading => {
  const lineOf = tomlLines(text)
  try {
    return readObject(parse(text.replace(/^\uFEFF/, '')), (path) => {
      const line = lineOf(path)
      return line === undefined ? `file ${file}` : `file ${file}:${line}`
    })
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const message = cause.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')
    return { assignments: [], problems: [{ path: '', source: `file ${file}:${cause.line}`, message: `is not TOML: ${message}` }] }
  }
}

/** Text as the key's kind has it. A text that does not fit comes back as it is: the schema then says what is wrong with it. */
export const parseText = (key: ConfigKey, text: string): unknown => {
  const trimmed = text.trim()
  switch (key.kind) {
    case 'integer':
    case 'number':
      return /^[+-]?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : text
    case 'boolean':
      return ({ true: true, false: false, 1: true, 0: false } as Record<string, boolean>)[trimmed] ?? text
    case 'list':
      return parseList(trimmed)
    case 'string':
    case 'choice':
      return text
  }
}

const parseList = (text: string): unknown => {
  if (!text.startsWith('[')) return text === '' ? [] : text.split(',').map((item) => item.trim())
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Variables of the environment. An empty one counts as unset, as compose files and unit files write it; for a list it is the empty list. */
export const readEnvironment = (environment: Readonly<Record<string, string | undefined>>): Reading => {
  const assignments: Assignment[] = []
  const problems: ConfigProblem[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !isOurVariable(name)) continue
    const key = keyByVariable.get(name)
    if (!key) {
      const near = nearestName(name, [...keyByVariable.keys(), ...otherVariables])
      problems.push({
        path: name,
        source: `environment ${name}`,
        message: `is not a variable of env-runner; ${near ? `did you mean ${near}?` : 'see docs/configuration.md'}`,
      })
    } else if (text !== '' || key.kind === 'list') assignments.push({ key, value: parseText(key, text), source: `environment ${name}` })
  }
  return { assignments, problems }
}

/** `key=value` texts of `--set`, weakest first. */
export const readFlags = (flags: readonly string[]): Reading => {
  const assignments: Assignment[] = []
  const problems: ConfigProblem[] = []
  for (const flag of flags) {
    const equals = flag.indexOf('=')
    const path = (equals === -1 ? flag : flag.slice(0, equals)).trim()
    const source = `flag --set ${path}`
    const key = keyByPath.get(path)
    if (equals === -1) problems.push({ path, source, message: 'has no value; write --set key=value' })
    else if (key) assignments.push({ key, value: parseText(key, flag.slice(equals + 1)), source })
    else problems.push(keysBelow(path).length > 0 ? { path, source, message: 'is a table; set one of its keys' } : unknownKey(path, source))
  }
  return { assignments, problems }
}
