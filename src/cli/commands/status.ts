import type { Command } from 'commander'
import { taskDocument, type TaskDocument } from '../../runner/task-document.ts'
import { explainRow } from '../../runner/explain.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { duration } from '../durations.ts'
import { exitCodes } from '../exit-codes.ts'
import { assertTaskId, openJournalView, warnUnheld } from '../journal-view.ts'
import { printable, table } from '../output.ts'
import { serverOf } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command
    .argument('<id>', 'the task')
    .addHelpText('after', '\nExamples:\n  $ env-runner status ID\n  $ env-runner status ID --json | jq .result.exit_code')
  context.action(command, (globals) => status(context, globals, command.processedArgs[0] as string))
}

const status = async (context: CliContext, globals: GlobalOptions, id: string): Promise<number> => {
  const server = await serverOf(context, globals)
  if (server) {
    assertTaskId(id)
    await show(context, globals, await server.call<TaskDocument>('GET', `/api/v1/tasks/${id}`))
    return exitCodes.ok
  }
  const view = openJournalView((await context.loadConfig(globals)).config)
  try {
    const row = view.row(id)
    const document = taskDocument(row, view.links(row), row.result === null ? explainRow(row).slice(1).join('; ') : null)
    await show(context, globals, document)
    if (row.result === null) await warnUnheld(context, view)
    return exitCodes.ok
  } finally {
    view.close()
  }
}

const show = async ({ stdout }: CliContext, { json }: GlobalOptions, document: TaskDocument): Promise<void> => {
  if (json) await stdout.json(document)
  else for (const line of lines(document)) await stdout.line(line)
}

const lines = ({ result, progress, why, error, ...task }: TaskDocument): string[] => {
  const reported = progress as { percent: number | null; step: string | null; message: string | null } | null
  const outputs =
    result?.result.outputs.map(({ name, path, size_bytes: size, checksum }) => [
      'output',
      `${name}: ${path} (${size} bytes, ${checksum})`,
    ]) ?? []
  const rows: readonly (readonly [string, string | null] | readonly string[])[] = [
    ['id', task.id],
    ['status', task.status],
    ['class', `${task.class}, tenant ${task.tenant}, priority ${task.priority}`],
    ['attempt', String(task.attempt)],
    ['submitted', task.submitted_at],
    ['started', task.started_at],
    ['completed', task.completed_at],
    [
      'progress',
      reported && [reported.percent === null ? null : `${reported.percent}%`, reported.step, reported.message].filter(Boolean).join(' '),
    ],
    ['exit code', result?.exit_code?.toString() ?? null],
    ['signal', result?.signal ?? null],
    ['ran', result && duration(result.result.latency_ms)],
    ...outputs,
    ['metrics', result && Object.keys(result.result.metrics).length > 0 ? JSON.stringify(result.result.metrics) : null],
    ['result', result?.runner_output === null || result === null ? null : JSON.stringify(result.runner_output)],
    ['stdout', result?.logs.stdout_path ?? null],
    ['stderr', result?.logs.stderr_path ?? null],
    ['why', error === null ? why : null],
    ['error', error],
  ] as const
  return table(rows.filter((row): row is string[] => row[1] != null).map((row) => row.map(printable)))
}
