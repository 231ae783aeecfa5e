import { resolve } from 'node:path'
import type { Command } from 'commander'
import { restoreBackup } from '../../../adapters/filesystem/backup.ts'
import { journalFiles } from '../../../adapters/sqlite/copy.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { layoutOf } from '../journal-view.ts'

export const register = (command: Command, context: CliContext): void => {
  command.argument('<dir>', 'what env-runner backup has filled').addHelpText('after', helpText)
  context.action(command, (globals) => restore(context, globals, command.processedArgs[0] as string))
}

const helpText = `
The data directory must be empty, and nobody's. The next runner there goes on with the tasks of the backup: containers that still run are found by
their labels; whatever else ran is lost and tried again, and what was submitted after the backup is removed. See docs/operations.md.

Example:
  $ env-runner restore /backup/2026-01-31 --data-dir /var/lib/env-runner`

const restore = async (context: CliContext, globals: GlobalOptions, directory: string): Promise<number> => {
  const layout = layoutOf((await context.loadConfig(globals)).config)
  const manifest = await restoreBackup(resolve(directory), layout, journalFiles)
  if (globals.json) await context.stdout.json(manifest)
  else
    await context.stdout.line(
      `${manifest.tasks} tasks, ${manifest.live_tasks} of them live, as of ${manifest.made_at}, in ${layout.dataDir}`,
    )
  return exitCodes.ok
}
