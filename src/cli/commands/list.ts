import { Option, type Command } from 'commander'
import type { Config } from '../../config/schema.ts'
import { taskStatuses } from '../../domain/result.ts'
import { taskClasses } from '../../domain/task-class.ts'
import type { TaskFilter } from '../../ports/journal.ts'
import { taskDocument, type TaskDocument } from '../../runner/task-document.ts'
import { listQuery, parseQuery } from '../../servers/http/query.ts'
import { asOption, type CliContext, type GlobalOptions } from '../context.ts'
import { ago, duration } from '../durations.ts'
import { exitCodes } from '../exit-codes.ts'
import { openJournalView } from '../journal-view.ts'
import { oneLine, table } from '../output.ts'
import { serverOf } from '../server.ts'

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

/** A page of tasks, as `GET /api/v1/tasks` answers it. */
interface Page {
  readonly tasks: readonly TaskDocument[]
  readonly next: string | null
}

const list = async (context: CliContext, globals: GlobalOptions, options: Record<string, string>): Promise<number> => {
  const given = ['status', 'class', 'tenant', 'limit', 'after'].flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]] as [string, string]],
  )
  const { status, class: taskClass, tenant, limit, after } = parseQuery(listQuery, Object.fromEntries(given), asOption('list'))
  const server = await serverOf(context, globals)
  if (server) await print(context, globals, await server.call('GET', `/api/v1/tasks?${new URLSearchParams(given).toString()}`))
  else {
    const filter = {
      limit,
      ...(status && { status }),
      ...(taskClass && { class: taskClass }),
      ...(tenant !== undefined && { tenant }),
      ...(after !== undefined && { after }),
    }
    await print(context, globals, pageOfJournal((await context.loadConfig(globals)).config, filter))
  }
  return exitCodes.ok
}

const pageOfJournal = (config: Config, filter: TaskFilter): Page => {
  const view = openJournalView(config)
  try {
    if (filter.after !== undefined) view.row(filter.after)
    const rows = view.journal.listTasks(filter)
    return { tasks: rows.map((row) => taskDocument(row, view.links(row))), next: rows.length === filter.limit ? rows.at(-1)!.id : null }
  } finally {
    view.close()
  }
}

const print = async ({ stdout, stderr }: CliContext, { json }: GlobalOptions, { tasks, next }: Page): Promise<void> => {
  if (json) return stdout.json({ tasks, next })
  if (tasks.length === 0) return stderr.line('no tasks')
  const now = Date.now()
  for (const line of table([['ID', 'STATUS', 'CLASS', 'ATTEMPT', 'SUBMITTED', 'RAN', 'WHY'], ...tasks.map((task) => cells(task, now))]))
    await stdout.line(line)
  if (next !== null) await stderr.line(`more: env-runner list --after ${next}`)
}

const cells = ({ id, status, class: taskClass, attempt, submitted_at, started_at, result, why }: TaskDocument, now: number): string[] => {
  const ran = started_at === null ? '-' : duration(result?.result.latency_ms ?? now - Date.parse(started_at))
  const reason = oneLine(why ?? '')
  return [
    id,
    status,
    taskClass,
    String(attempt),
    ago(now - Date.parse(submitted_at!)),
    ran,
    reason.length > 80 ? `${reason.slice(0, 79)}…` : reason,
  ]
}
