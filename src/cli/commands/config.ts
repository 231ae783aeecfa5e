import type { Command } from 'commander'
import { readConfigText, readHostFacts } from '../../../adapters/system/process-facts.ts'
import { createSystemHost } from '../../../adapters/system/host.ts'
import { gatherSources } from '../../config/gather.ts'
import { configKeys } from '../../config/keys.ts'
import { formatProblem, loadConfig, readConfig, type LoadedConfig } from '../../config/load.ts'
import { defaultConcurrency } from '../../config/settings.ts'
import { withCommonOptions, type CliContext, type GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { printable, table } from '../output.ts'

export const register = (command: Command, context: CliContext): void => {
  command.addHelpText('after', '\nExamples:\n  $ env-runner config print\n  $ env-runner config check --config ./config.toml')
  const add = (name: string, summary: string) => withCommonOptions(command.command(name).summary(summary).description(summary))
  context.action(add('check', 'report every problem of the configuration'), (globals) => check(context, globals))
  context.action(add('print', 'print every key with its value and where that comes from'), (globals) => print(context, globals))
}

const sourcesOf = (context: CliContext, globals: GlobalOptions) =>
  gatherSources(context.configOptions(globals), { readHostFacts, readConfigText })

const check = async (context: CliContext, globals: GlobalOptions): Promise<number> => {
  const { problems } = readConfig(sourcesOf(context, globals))
  if (globals.json) await context.stdout.json({ ok: problems.length === 0, problems })
  else if (problems.length === 0) await context.stdout.line('ok')
  else for (const problem of problems) await context.stderr.line(printable(`env-runner: CONFIG_INVALID: ${formatProblem(problem)}`))
  return problems.length === 0 ? exitCodes.ok : exitCodes.refused
}

const print = async (context: CliContext, globals: GlobalOptions): Promise<number> => {
  const loaded = loadConfig(sourcesOf(context, globals))
  const entries = configKeys.map(({ path }) => ({ key: path, value: effective(loaded, path), source: loaded.origins.get(path)! }))
  if (globals.json) await context.stdout.json(Object.fromEntries(entries.map(({ key, ...rest }) => [key, rest])))
  else
    for (const line of table(entries.map(({ key, value, source }) => [key, `= ${JSON.stringify(value)}`, `# ${source}`])))
      await context.stdout.line(printable(line))
  return exitCodes.ok
}

/** The value of a key, with what only this host's cores decide. */
const effective = ({ config }: LoadedConfig, path: string): unknown => {
  const given = path.split('.').reduce<unknown>((table, name) => (table as Record<string, unknown>)[name], config)
  const match = /^classes\.(cpu_short|cpu_long)\.concurrency$/.exec(path)
  return given ?? (match ? defaultConcurrency(match[1] as 'cpu_short', createSystemHost().cpuMillicores) : null)
}
