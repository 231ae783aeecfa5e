import * as z from 'zod'
import { configSchema, type KeyMeta } from './schema.ts'

export type KeyKind = 'string' | 'integer' | 'number' | 'boolean' | 'choice' | 'list'

/** One key with its three spellings. */
export interface ConfigKey extends KeyMeta {
  /** As in the TOML file and for `--set`: `retry.base_ms`. */
  readonly path: string
  /** `ENV_RUNNER_RETRY_BASE_MS`. */
  readonly variable: string
  readonly kind: KeyKind
  /** Of a `choice`. */
  readonly choices: readonly string[]
  /** Undefined when it is worked out at start; `derived` says how. */
  readonly defaultValue: unknown
  readonly schema: z.ZodType
}

const variablePrefix = 'ENV_RUNNER_'

const kindOf = (schema: z.ZodType): KeyKind => {
  if (schema instanceof z.ZodEnum) return 'choice'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodArray) return 'list'
  if (schema instanceof z.ZodNumber) return schema instanceof z.ZodNumberFormat ? 'integer' : 'number'
  return 'string'
}

const toKey = (path: string, schema: z.ZodType): ConfigKey => {
  const inner = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema
  return {
    ...(inner.meta() as unknown as KeyMeta),
    path,
    variable: variablePrefix + path.replaceAll('.', '_').toUpperCase(),
    kind: kindOf(inner),
    choices: inner instanceof z.ZodEnum ? inner.options.map(String) : [],
    defaultValue: schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined,
    schema: inner,
  }
}

const collect = (schema: z.ZodObject, prefix: string): ConfigKey[] =>
  Object.entries(schema.shape).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    return child instanceof z.ZodObject ? collect(child, path) : [toKey(path, child as z.ZodType)]
  })

/** Every key, in the order of the schema. */
export const configKeys: readonly ConfigKey[] = collect(configSchema, '')

export const keyByPath: ReadonlyMap<string, ConfigKey> = new Map(configKeys.map((key) => [key.path, key]))
export const keyByVariable: ReadonlyMap<string, ConfigKey> = new Map(configKeys.map((key) => [key.variable, key]))

/** The keys below a table such as `retry`; empty when there is no such table. */
export const keysBelow = (table: string): ConfigKey[] => configKeys.filter(({ path }) => path.startsWith(`${table}.`))

/** Variables with our prefix that are no keys: they choose the file, belong to the tests, or are what a task is given. */
export const otherVariables: ReadonlySet<string> = new Set(
  ['CONFIG', 'SERVER', 'TOKEN', 'CA', 'REQUIRE_SERVICES', 'EVENTS', 'TASK_ID', 'ATTEMPT', 'ATTEMPT_NUMBER'].map(
    (name) => variablePrefix + name,
  ),
)

const testPrefix = `${variablePrefix}TEST_`

/** Whether a variable claims to be a key of ours. */
export const isOurVariable = (name: string): boolean =>
  name.startsWith(variablePrefix) && !name.startsWith(testPrefix) && !otherVariables.has(name)
