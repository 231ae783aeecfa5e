import type { Command } from 'commander'
import { endedStatuses, taskStatuses } from '../../domain/result.ts'
import type { TaskDocument } from '../../runner/task-document.ts'
import type { Connection } from '../connection.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { followEvents } from '../event-feed.ts'
import { exitCodes } from '../exit-codes.ts'
import { assertTaskId } from '../journal-view.ts'
import { requireRunner } from '../server.ts'
import { foundTask, taskAfter, wordsOf, type WatchedTask } from '../watched-task.ts'
import { createWatchTable } from '../watch-table.ts'

export const register = (command: Command, context: CliContext): void => {
  command.argument('[id...]', 'these tasks (default: all)').addHelpText('after', helpText)
  context.action(command, (globals) => watch(context, globals, command.processedArgs[0] as readonly string[]))
}

const helpText = `
With ids it ends when they have ended: with 0 when all completed, else with 1. Without it goes on until Ctrl-C.
On a terminal it draws a table, elsewhere it prints a line for each change; --json prints a document per line.
It sees every change once, also when the runner is restarted meanwhile.

Examples:
  $ env-runner watch
  $ env-runner watch train-1 train-2 && echo both done
  $ env-runner watch --server https://gpu-1:8083 --json | jq -r 'select(.status == "failed").id'`

const watch = async (context: CliContext, globals: GlobalOptions, ids: readonly string[]): Promise<number> => {
  ids.forEach(assertTaskId)
  const runner = await requireRunner(context, globals)
  await runner.call('GET', '/api/v1/runner') // nobody there is told at once; later, a runner that goes away is waited for
  const view = viewOf(context, globals)
  const tasks = new Map<string, WatchedTask>()
  const wanted = new Set(ids)
  const take = async (task: WatchedTask): Promise<void> => {
    tasks.set(task.id, task)
    await view.show(task)
    if (wanted.size === 0 && endedStatuses.has(task.status)) tasks.delete(task.id)
  }
  const allEnded = (): boolean => ids.length > 0 && [...tasks.values()].every(({ status }) => endedStatuses.has(status))

  const away = () => context.stderr.line(`env-runner: the runner at ${runner.name} has gone: waiting for it`)
  try {
    for await (const event of followEvents(runner, { away })) {
      if (event === null) for (const document of await documentsOf(runner, ids)) await take(foundTask(document))
      else if (wanted.size === 0 || wanted.has(event.data.task_id ?? '')) {
        const task = taskAfter(tasks.get(event.data.task_id ?? ''), event)
        if (task) await take(task)
      }
      if (allEnded()) break
    }
  } finally {
    await view.end()
  }
  return [...tasks.values()].every(({ status }) => status === 'completed') ? exitCodes.ok : exitCodes.failed
}

/** The tasks that are asked for, or all that have not ended, oldest first. */
const documentsOf = async (runner: Connection, ids: readonly string[]): Promise<TaskDocument[]> => {
  if (ids.length > 0) return Promise.all(ids.map((id) => runner.call<TaskDocument>('GET', `/api/v1/tasks/${id}`)))
  const status = taskStatuses.filter((name) => !endedStatuses.has(name)).join(',')
  const found: TaskDocument[] = []
  for (let after = ''; ;) {
    const page = await runner.call<{ tasks: TaskDocument[]; next: string | null }>(
      'GET',
      `/api/v1/tasks?status=${status}&limit=1000${after}`,
    )
    found.push(...page.tasks)
    if (page.next === null) return found.toReversed()
    after = `&after=${encodeURIComponent(page.next)}`
  }
}

interface View {
  show(task: WatchedTask): Promise<void>
  end(): Promise<void>
}

const viewOf = ({ stdout }: CliContext, { json }: GlobalOptions): View => {
  if (json) return { show: (task) => stdout.json(task), end: async () => undefined }
  if (stdout.isTTY) return createWatchTable(stdout, process.stdout)
  return { show: (task) => stdout.line(`${task.time} ${task.id} ${wordsOf(task)}`), end: async () => undefined }
}
