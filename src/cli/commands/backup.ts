import { resolve } from 'node:path'
import type { Command } from 'commander'
import { makeBackup } from '../../../adapters/filesystem/backup.ts'
import { journalFiles } from '../../../adapters/sqlite/copy.ts'
import { packageVersion } from '../../../adapters/system/version.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { assertOurs } from '../data-dir.ts'
import { exitCodes } from '../exit-codes.ts'
import { layoutOf } from '../journal-view.ts'

export const register = (command: Command, context: CliContext): void => {
  command.argument('<dir>', 'a new or empty directory').option('--logs', 'with the log files of its tasks').addHelpText('after', helpText)
  context.action(command, (globals) =>
    backup(context, globals, command.processedArgs[0] as string, command.opts<{ logs?: boolean }>().logs === true),
  )
}

const helpText = `
Copies the journal as it is at one moment, and the id by which the runner finds its containers, while the runner works or without one.
Kept outputs (outputs/) are files that do not change: copy them as you like. See docs/operations.md.

Examples:
  $ env-runner backup /backup/$(date +%F)
  $ env-runner backup /backup/$(date +%F) --logs --json`

const backup = async (context: CliContext, globals: GlobalOptions, directory: string, logs: boolean): Promise<number> => {
  const layout = layoutOf((await context.loadConfig(globals)).config)
  assertOurs(layout)
  const manifest = await makeBackup(layout, resolve(directory), journalFiles, { logs, madeAt: new Date(), version: packageVersion() })
  if (globals.json) await context.stdout.json(manifest)
  else
    await context.stdout.line(
      `${manifest.tasks} tasks, ${manifest.live_tasks} of them live, up to position ${manifest.last_position}, in ${resolve(directory)}`,
    )
  return exitCodes.ok
}
