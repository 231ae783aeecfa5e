import type { Command } from 'commander'
import { RunnerError } from '../../domain/errors.ts'
import type { RunnerDocument } from '../../servers/http/runner-routes.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { followEvents } from '../event-feed.ts'
import { exitCodes } from '../exit-codes.ts'
import { printRunner } from '../operate.ts'
import { requireRunner } from '../server.ts'

interface Options {
  readonly reason?: string
  readonly wait?: boolean
}

export const register = (command: Command, context: CliContext): void => {
  command
    .option('--reason <text>', 'kept in the journal')
    .option('--wait', 'return when the runner has stopped')
    .addHelpText('after', helpText)
  context.action(command, (globals) => drain(context, globals, command.opts<Options>()))
}

const helpText = `
New tasks are refused with DRAINING, running ones are awaited up to timeouts.drain_seconds of the runner; then it ends, and what still runs
or waits belongs to the next process on its data directory. A drain cannot be taken back.

Examples:
  $ env-runner drain --wait && systemctl stop env-runner
  $ env-runner drain --server https://gpu-1:8083 --reason 'kernel update'`

const drain = async (
  context: CliContext,
  globals: GlobalOptions,
  { reason = 'env-runner drain', wait = false }: Options,
): Promise<number> => {
  const runner = await requireRunner(context, globals)
  const events = followEvents(runner, { types: ['runner_offline'], patienceMs: 0 })
  try {
    if (wait) await events.next() // from here on nothing is missed
    await printRunner(context, globals, await runner.call<RunnerDocument>('POST', '/api/v1/runner/drain', { reason }))
    if (wait) await events.next().catch(unlessGone)
    return exitCodes.ok
  } finally {
    await events.return()
  }
}

/** A runner that has gone has stopped. */
const unlessGone = (cause: unknown): void => {
  if (!(cause instanceof RunnerError && cause.code === 'RUNNER_UNREACHABLE')) throw cause
}
