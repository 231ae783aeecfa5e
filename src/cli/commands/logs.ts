import { Option, type Command } from 'commander'
import type { TaskRow } from '../../ports/journal.ts'
import type { LogOptions, LogPiece } from '../../runner/api.ts'
import { logLines, type LogLineDocument } from '../../servers/http/log-lines.ts'
import { logsQuery, parseQuery } from '../../servers/http/query.ts'
import { asOption, type CliContext, type GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { followView } from '../follow-view.ts'
import { assertTaskId, openJournalView, warnUnheld, type JournalView } from '../journal-view.ts'
import { printRemoteLogs } from '../remote-logs.ts'
import { serverOf } from '../server.ts'

interface Options {
  readonly follow?: boolean
  readonly from?: string
  readonly stream: 'stdout' | 'stderr' | 'all'
  readonly attempt?: string
}

export const register = (command: Command, context: CliContext): void => {
  command
    .argument('<id>', 'the task')
    .option('-f, --follow', 'go on until the task has ended, through further attempts')
    .option('--from <offset>', 'begin at this byte of each stream')
    .option('--attempt <n>', 'of this attempt (default: the last one)')
    .addOption(new Option('--stream <stream>', 'which of the two').choices(['stdout', 'stderr', 'all']).default('all'))
    .addHelpText('after', helpText)
  context.action(command, (globals) => logs(context, globals, command.processedArgs[0] as string, command.opts()))
}

const helpText = `
The task's stdout goes to stdout and its stderr to stderr, byte for byte; --json prints a line per line, with its offset.

Examples:
  $ env-runner logs ID -f
  $ env-runner logs ID --stream stderr 2>&1 | tail
  $ env-runner logs ID --json --from 1048576`

const logs = async (
  context: CliContext,
  globals: GlobalOptions,
  id: string,
  { follow, from, stream, attempt }: Options,
): Promise<number> => {
  const query = parseQuery(
    logsQuery,
    { stream, ...(from !== undefined && { offset: from }), ...(attempt !== undefined && { attempt }) },
    asOption('logs'),
  )
  const streams = stream === 'all' ? (['stdout', 'stderr'] as const) : ([stream] as const)
  const server = await serverOf(context, globals)
  if (server) {
    assertTaskId(id)
    const print = globals.json
      ? { line: (line: LogLineDocument) => context.stdout.json(line) }
      : { bytes: (from: 'stdout' | 'stderr', bytes: Uint8Array) => context[from].write(bytes) }
    await printRemoteLogs(server, { id, streams, attempt: query.attempt, offset: query.offset, follow: follow === true, print })
    return exitCodes.ok
  }
  const view = openJournalView((await context.loadConfig(globals)).config)
  try {
    const row = view.row(id)
    if (follow && row.result === null) await warnUnheld(context, view)
    const options: LogOptions = {
      streams,
      ...(follow && { follow }),
      ...(query.offset !== undefined && { offset: query.offset }),
      ...(query.attempt !== undefined && { attempt: query.attempt }),
    }
    const pieces = followView(view, row.id, options)
    if (globals.json) for await (const line of logLines(pieces, await sizesNow(view, row), Date.now)) await context.stdout.json(line)
    else
      for await (const { stream: from, gap, bytes } of pieces) {
        if (gap > 0) await context.stderr.line(`[env-runner: ${gap} bytes of this log were given back]`)
        await context[from].write(bytes)
      }
    return exitCodes.ok
  } finally {
    view.close()
  }
}

/** How much of each stream was there when the command began. */
const sizesNow = async ({ logs }: JournalView, { id: taskId, attempt: last }: TaskRow): Promise<(piece: LogPiece) => number> => {
  const sizes = {
    stdout: await logs.size({ taskId, attempt: last }, 'stdout'),
    stderr: await logs.size({ taskId, attempt: last }, 'stderr'),
  }
  return ({ stream, attempt }) => (attempt < last ? Infinity : attempt === last ? sizes[stream] : 0)
}
