import { RunnerError } from '../domain/errors.ts'
import type { ConfigSources } from './load.ts'
import { configFiles, type HostFacts } from './locations.ts'
import type { PartialConfigObject } from './schema.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a caller of `createRunner`, or the command line, gives. */
export interface ConfigOptions {
  readonly config?: PartialConfigObject | undefined
  /** Must exist. Default: `ENV_RUNNER_CONFIG` of `env`, else the first of the usual files that exists. */
  readonly configFile?: string | undefined
  /** Without it nothing of the environment is used, and no file is looked for. */
  readonly env?: Environment | undefined
  readonly set?: readonly string[] | undefined
}

/** How files and facts are come by; `adapters/system/process-facts.ts`. */
export interface ConfigSurroundings {
  readHostFacts(env: Environment): HostFacts
  /** Undefined when there is no such file. @throws RunnerError `CONFIG_INVALID` */
  readConfigText(path: string): string | undefined
}

/** Finds the file and puts all sources together, ready for `loadConfig`.
 * @throws RunnerError `CONFIG_INVALID` when a file that was named is not there */
export const gatherSources = ({ config, configFile, env, set }: ConfigOptions, surroundings: ConfigSurroundings): ConfigSources => {
  const host = surroundings.readHostFacts(env ?? {})
  const named = configFile ?? (env?.['ENV_RUNNER_CONFIG'] || undefined)
  const sources = { environment: env, object: config, set, host }
  for (const path of named !== undefined ? [named] : env ? configFiles(host) : []) {
    const text = surroundings.readConfigText(path)
    if (text !== undefined) return { ...sources, file: { path, text } }
  }
  if (named === undefined) return sources
  throw new RunnerError('CONFIG_INVALID', `there is no file ${named}`, {
    path: configFile === undefined ? 'ENV_RUNNER_CONFIG' : '--config',
    hint: 'Name a TOML file that exists',
  })
}
