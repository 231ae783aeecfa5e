import { Option, type Command } from 'commander'
import { taskStatuses } from '../../domain/result.ts'
import { taskClasses } from '../../domain/task-class.ts'
import type { TaskFilter, TaskRow } from '../../ports/journal.ts'
import { taskDocument } from '../../runner/task-document.ts'
import { listQuery, parseQuery } from '../../servers/http/query.ts'
import { asOption, type CliContext, type GlobalOptions } from '../context.ts'
import { ago, duration } from '../durations.ts'
import { exitCodes } from '../exit-codes.ts'
import { openJournalView, type JournalView } from '../journal-view.ts'
import { oneLine, table } from '../output.ts'

export const register = (command: Command, context: CliContext): void => {
  command
    .option('--status <status,…>', `one or more of ${taskStatuses.join(', ')}`)
    .addOption(new Option('--class <class>', 'of this class alone').choices(taskClasses))
    .option('--tenant <tenant>', 'of this tenant alone')
    .option('--limit <n>', 'at most so many, 1 to 1000 (default: 100)')
    .option('--after <id>', 'those submitted before this task: the next page')
    .addHelpText('after', '\nExamples:\n  $ env-runner list --status failed,cancelled\n  $ env-runner list --json | jq -r .tasks[].id')
  context.action(command, (globals) => list(context, globals, command.opts()))
}

const list = async (context: CliContext, globals: GlobalOptions, options: Record<string, string>): Promise<number> => {
  const { config } = await context.loadConfig(globals)
  const given = ['status', 'class', 'tenant', 'limit', 'after'].flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]]],
  )
  const { status, class: taskClass, tenant, limit, after } = parseQuery(listQuery, Object.fromEntries(given), asOption('list'))
  const view = openJournalView(config)
  try {
    if (after !== undefined) view.row(after)
    const filter = {
      limit,
      ...(status && { status }),
      ...(taskClass && { class: taskClass }),
      ...(tenant !== undefined && { tenant }),
      ...(after !== undefined && { after }),
    }
    await print(context, globals, view, filter)
    return exitCodes.ok
  } finally {
    view.close()
  }
}

const print = async ({ stdout, stderr }: CliContext, { json }: GlobalOptions, view: JournalView, filter: TaskFilter): Promise<void> => {
  const rows = view.journal.listTasks(filter)
  const next = rows.length === filter.limit ? rows.at(-1)!.id : null
  if (json) return stdout.json({ tasks: rows.map((row) => taskDocument(row, view.links(row))), next })
  if (rows.length === 0) return stderr.line('no tasks')
  const now = Date.now()
  for (const line of table([['ID', 'STATUS', 'CLASS', 'ATTEMPT', 'SUBMITTED', 'RAN', 'WHY'], ...rows.map((row) => cells(row, now))]))
    await stdout.line(line)
  if (next !== null) await stderr.line(`more: env-runner list --after ${next}`)
}

const cells = (row: TaskRow, now: number): string[] => {
  const failure = row.result ? row.result.failure : row.failure
  const why = failure === null ? '' : oneLine(`${failure.code}: ${failure.message}`)
  const ran = row.startedAt === null ? '-' : duration(row.result?.latencyMs ?? now - row.startedAt)
  return [
    row.id,
    row.status,
    row.class,
    String(row.attempt),
    ago(now - row.submittedAt),
    ran,
    why.length > 80 ? `${why.slice(0, 79)}…` : why,
  ]
}
