import type { Command } from 'commander'
import { readConfigText, readHostFacts } from '../../adapters/system/process-facts.ts'
import type { ConfigOptions } from '../config/gather.ts'
import type { LoadedConfig } from '../config/load.ts'
import { createOutput, type Output } from './output.ts'

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string
  readonly dataDir?: string
  readonly set?: readonly string[]
  readonly json?: boolean
  readonly debug?: boolean
  /** Of commands that can ask a runner elsewhere; see server.ts. */
  readonly server?: string
  readonly token?: string
  readonly ca?: string
}

/** What commands work with: the process, as far as they may touch it. */
export interface CliContext {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: NodeJS.ProcessEnv
  /** What `createRunner` and `loadConfig` are given. */
  configOptions(globals: GlobalOptions): ConfigOptions
  /** @throws RunnerError `CONFIG_INVALID` */
  loadConfig(globals: GlobalOptions): Promise<LoadedConfig>
  /** Registers what a command does; its number is the exit code. */
  action(command: Command, run: (globals: GlobalOptions) => Promise<number>): void
}

export interface CliOutcome {
  exitCode: number
  debug: boolean
}

/** @param outcome where the command that runs leaves its exit code */
export const createCliContext = (outcome: CliOutcome): CliContext => {
  const configOptions = ({ config, dataDir, set = [] }: GlobalOptions): ConfigOptions => ({
    configFile: config,
    env: process.env,
    set: dataDir === undefined ? set : [...set, `data_dir=${dataDir}`],
  })
  return {
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    env: process.env,
    configOptions,
    async loadConfig(options) {
      const [{ gatherSources }, { loadConfig }] = await Promise.all([import('../config/gather.ts'), import('../config/load.ts')])
      return loadConfig(gatherSources(configOptions(options), { readHostFacts, readConfigText }))
    },
    action(command, run) {
      command.action(async () => {
        const globals = globalsOf(command)
        outcome.debug = globals.debug === true
        outcome.exitCode = await run(globals)
      })
    },
  }
}

/** Adds the options of `GlobalOptions`. */
export const withCommonOptions = (command: Command): Command =>
  command
    .option('--config <file>', 'configuration file (TOML)')
    .option('--data-dir <dir>', 'data directory; short for --set data_dir=DIR')
    .option('--set <key=value>', 'set a configuration key; repeatable', (value: string, all: string[] | undefined) => [
      ...(all ?? []),
      value,
    ])
    .option('--json', 'print JSON')
    .option('--debug', 'print a stack trace with an error')

/** Options of a command that can ask a runner on another host. */
export const withServerOptions = (command: Command): Command =>
  command
    .option('--server <address>', 'a runner elsewhere: http://HOST:PORT, https://HOST:PORT or HOST:PORT (ENV_RUNNER_SERVER)')
    .option('--token <token>', 'who calls; better in ENV_RUNNER_TOKEN, which no process list shows')
    .option('--ca <file>', 'authorities (PEM) of its certificate, instead of those of this host (ENV_RUNNER_CA)')

/** Those of the command and those given before its name, the nearer ones stronger. */
const globalsOf = (command: Command): GlobalOptions => {
  const inner = command.opts<GlobalOptions>()
  if (!command.parent) return inner
  const outer = globalsOf(command.parent)
  return { ...outer, ...inner, set: [...(outer.set ?? []), ...(inner.set ?? [])] }
}

/** How a command's options are spelled in messages of `parseQuery`. */
export const asOption = (command: string) => ({
  spell: (name: string) => (name === 'offset' ? '--from' : `--${name}`),
  see: `See env-runner help ${command}`,
})
