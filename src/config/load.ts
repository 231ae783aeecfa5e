import { posix } from 'node:path'
import { RunnerError } from '../domain/errors.ts'
import { ruleWords } from '../domain/rule-words.ts'
import { isLoopback, parseAddress } from './address.ts'
import { configKeys, type ConfigKey } from './keys.ts'
import { defaultDataDir, defaultLogsDir, defaultRunnerId, type HostFacts } from './locations.ts'
import type { Config, PartialConfigObject } from './schema.ts'
import { readEnvironment, readFlags, readObject, readToml, type Assignment, type ConfigProblem, type Reading } from './sources.ts'

/** Where configuration comes from, weakest first; all of it as values. */
export interface ConfigSources {
  readonly file?: { readonly path: string; readonly text: string } | undefined
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** Given by code: `createRunner({ config })`. */
  readonly object?: PartialConfigObject | undefined
  /** `key=value` texts; the last of a key wins. */
  readonly set?: readonly string[] | undefined
  readonly host: HostFacts
}

export interface LoadedConfig {
  readonly config: Config
  /** Dotted path → where its value came from; `default` for what nobody gave. */
  readonly origins: ReadonlyMap<string, string>
}

/** Reads all sources and reports every problem of all of them; `loaded` is null when there is one. */
export const readConfig = (
  sources: ConfigSources,
): { readonly loaded: LoadedConfig | null; readonly problems: readonly ConfigProblem[] } => {
  const { file, environment, object, set, host } = sources
  const readings = [
    file && locatedAt(posix.resolve(host.cwd, posix.dirname(file.path)), readToml(file.text, file.path)),
    environment && locatedAt(host.cwd, readEnvironment(environment)),
    object &&
      locatedAt(
        host.cwd,
        readObject(object, () => 'code'),
      ),
    set && locatedAt(host.cwd, readFlags(set)),
  ].filter((reading) => reading !== undefined)
  const assignments = readings.flatMap((reading) => reading.assignments)
  const problems = readings.flatMap((reading) => reading.problems)
  if (problems.length > 0) return { loaded: null, problems }
  const loaded = merge(assignments, host)
  const contradictions = crossCheck(loaded)
  return contradictions.length > 0 ? { loaded: null, problems: contradictions } : { loaded, problems: [] }
}

/** The effective configuration.
 * @throws RunnerError `CONFIG_INVALID`, one error that names every problem */
export const loadConfig = (sources: ConfigSources): LoadedConfig => {
  const { loaded, problems } = readConfig(sources)
  if (loaded) return loaded
  throw new RunnerError('CONFIG_INVALID', problems.map(formatProblem).join('; '), {
    hint: 'See docs/configuration.md, or run env-runner config check',
  })
}

/** `retry.base_ms [file config.toml:4] must be …` */
export const formatProblem = ({ path, source, message }: ConfigProblem): string => `${path === '' ? '' : `${path} `}[${source}] ${message}`

const check = ({ key, value, source }: Assignment): ConfigProblem[] => {
  const parsed = key.schema.safeParse(value)
  if (parsed.success) return []
  const issue = parsed.error.issues[0]!
  const position = issue.path.map((part) => `[${String(part)}]`).join('')
  return [{ path: key.path + position, source, message: `= ${excerpt(value)}: ${ruleWords(issue)}` }]
}

const excerpt = (value: unknown): string => {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** A reading whose values are checked, with relative places resolved against `base`. */
const locatedAt = (base: string, { assignments, problems }: Reading): Reading => {
  const wrong = assignments.flatMap(check)
  if (wrong.length > 0) return { assignments, problems: [...problems, ...wrong] }
  const located = ({ key, value, source }: Assignment) => ({
    key,
    value: key.isLocation ? posix.resolve(base, value as string) : value,
    source,
  })
  return { assignments: assignments.map(located), problems }
}

const merge = (assignments: readonly Assignment[], host: HostFacts): LoadedConfig => {
  const given = new Map(assignments.map((assignment) => [assignment.key.path, assignment]))
  const origins = new Map<string, string>()
  const config: Record<string, unknown> = {}
  const dataDir = (given.get('data_dir')?.value as string | undefined) ?? defaultDataDir(host)
  const derived: Record<string, unknown> = {
    data_dir: dataDir,
    'logs.dir': defaultLogsDir(host, dataDir),
    'runner.id': defaultRunnerId(host),
  }
  for (const key of configKeys) {
    const assignment = given.get(key.path)
    origins.set(key.path, assignment?.source ?? 'default')
    place(config, key, assignment?.value ?? derived[key.path] ?? structuredClone(key.defaultValue))
  }
  return { config: config as unknown as Config, origins }
}

const place = (config: Record<string, unknown>, { path }: ConfigKey, value: unknown): void => {
  const names = path.split('.')
  let table = config
  for (const name of names.slice(0, -1)) table = (table[name] ??= {}) as Record<string, unknown>
  if (value !== undefined) table[names.at(-1)!] = value
}

/** What no key can say alone. */
const crossCheck = ({ config, origins }: LoadedConfig): ConfigProblem[] => {
  const { retry, logs, timeouts, classes } = config
  const contradictions: Contradiction[] = [
    ['retry.cap_ms', `= ${retry.cap_ms}: is less than retry.base_ms, ${retry.base_ms}`, retry.cap_ms < retry.base_ms],
    ['logs.tail_bytes', `= ${logs.tail_bytes}: is more than logs.max_bytes, ${logs.max_bytes}`, logs.tail_bytes > logs.max_bytes],
    ...Object.entries(classes).map(([name, { timeout_seconds: run }]): Contradiction => [
      `classes.${name}.timeout_seconds`,
      `= ${run}: is more than timeouts.total_seconds, ${timeouts.total_seconds}`,
      run > timeouts.total_seconds,
    ]),
    ...exposure(config),
  ]
  return contradictions.flatMap(([path, message, wrong]) => (wrong ? [{ path, source: origins.get(path)!, message }] : []))
}

/** Key, what is wrong with it, and whether it is. */
type Contradiction = readonly [path: string, message: string, wrong: boolean]

/** Who reaches the runner must be known: an address that others than this host reach is refused as long as nothing says who may call. */
const exposure = ({ http, grpc, tls, auth }: Config): Contradiction[] => {
  const nobodyKnown = auth.tokens_file === undefined
  const addresses = Object.entries({
    'http.listen': [http.listen],
    'http.also': http.also,
    'grpc.listen': [grpc.listen],
    'grpc.also': grpc.also,
  }).flatMap(([path, list]) => list.map((address) => [path, address] as const))
  return [
    ...addresses.map(([path, address]): Contradiction => [
      path,
      `= ${JSON.stringify(address)}: is reached from other hosts, and there is no auth.tokens_file that says who may call; make one with env-runner token create --file FILE, or listen on 127.0.0.1`,
      nobodyKnown && !isLoopback(parseAddress(address).host),
    ]),
    ['tls.cert_file', 'needs tls.key_file', tls.cert_file !== undefined && tls.key_file === undefined],
    ['tls.key_file', 'needs tls.cert_file', tls.key_file !== undefined && tls.cert_file === undefined],
    ['tls.client_ca_file', 'needs tls.cert_file', tls.client_ca_file !== undefined && tls.cert_file === undefined],
    [
      'tls.client_ca_file',
      'needs auth.tokens_file: it says which certificate may do what',
      tls.client_ca_file !== undefined && nobodyKnown,
    ],
  ]
}
