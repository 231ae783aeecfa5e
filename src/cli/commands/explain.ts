import type { Command } from 'commander'
import { explainRow } from '../../runner/explain.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { findHolder, nobodyHolds } from '../holder.ts'
import { assertTaskId, layoutOf, openJournalView } from '../journal-view.ts'
import { printable } from '../output.ts'
import { serverOf } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command.argument('<id>', 'the task').addHelpText('after', '\nExample:\n  $ env-runner explain ID')
  context.action(command, (globals) => explain(context, globals, command.processedArgs[0] as string))
}

interface Explained {
  readonly id: string
  readonly status: string
  readonly explain: readonly string[]
}

const explain = async (context: CliContext, globals: GlobalOptions, id: string): Promise<number> => {
  assertTaskId(id)
  const server = await serverOf(context, globals)
  const { config } = await context.loadConfig(globals)
  // Only the runner knows what a task waits for; the journal knows the rest.
  const runner = server ?? (await findHolder(layoutOf(config).socket).catch(() => null))
  const explained = runner ? await runner.call<Explained>('GET', `/api/v1/tasks/${id}/explain`) : fromJournal()
  if (globals.json) await context.stdout.json(explained)
  else for (const sentence of explained.explain) await context.stdout.line(printable(sentence))
  return exitCodes.ok

  function fromJournal(): Explained {
    const view = openJournalView(config)
    try {
      const row = view.row(id)
      const nobody = row.result === null ? [nobodyHolds(view.layout.dataDir)] : []
      return { id, status: row.status, explain: [...explainRow(row), ...nobody] }
    } finally {
      view.close()
    }
  }
}
