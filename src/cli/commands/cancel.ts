import type { Command } from 'commander'
import { RunnerError } from '../../domain/errors.ts'
import { endedStatuses } from '../../domain/result.ts'
import { taskDocument, type TaskDocument } from '../../runner/task-document.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { findHolder } from '../holder.ts'
import { assertTaskId, layoutOf, openJournalView } from '../journal-view.ts'
import { serverOf } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command.argument('<id>', 'the task').option('--reason <text>', 'kept with the task').addHelpText('after', helpText)
  context.action(command, (globals) =>
    cancel(context, globals, command.processedArgs[0] as string, command.opts<{ reason?: string }>().reason),
  )
}

const helpText = `
Idempotent; a task that has ended stays as it is. Where no runner holds the data directory, this process becomes one for as long
as the cancellation takes: it admits nothing, and leaves the other tasks as they are.

Example:
  $ env-runner cancel ID --reason 'wrong data'`

const cancel = async (
  context: CliContext,
  globals: GlobalOptions,
  id: string,
  reason = 'cancelled by env-runner cancel',
): Promise<number> => {
  assertTaskId(id)
  const { config } = await context.loadConfig(globals)
  const runner = (await serverOf(context, globals)) ?? (await findHolder(layoutOf(config).socket))
  const task = runner ? await runner.call<TaskDocument>('POST', `/api/v1/tasks/${id}/cancel`, { reason }) : await alone()
  const ended = endedStatuses.has(task.status)
  await (globals.json
    ? context.stdout.json(task)
    : context.stdout.line(`${id} ${ended ? task.status : `is being cancelled (${task.status})`}`))
  return exitCodes.ok

  async function alone(): Promise<TaskDocument> {
    const view = openJournalView(config)
    try {
      const row = view.row(id)
      if (endedStatuses.has(row.status)) return taskDocument(row, view.links(row))
    } finally {
      view.close()
    }
    const { createRunner } = await import('../../index.ts')
    const { set = [], ...options } = context.configOptions(globals)
    const nothingNew = Object.keys(config.classes).map((name) => `classes.${name}.concurrency=0`)
    const runner = await createRunner({ ...options, set: [...set, ...nothingNew] })
    try {
      const task = runner.task(id)
      await task.cancel(reason)
      await task.result()
      const row = task.status()
      return taskDocument(row, { logsUrl: null, logPaths: row.attempt === 0 ? null : runner.logPaths(id, row.attempt) })
    } catch (cause) {
      throw cause instanceof RunnerError ? cause : new RunnerError('INTERNAL', `the cancellation of ${id} went wrong`, { cause })
    } finally {
      await runner.close('detach')
    }
  }
}
