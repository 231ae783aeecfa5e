import type { Command } from 'commander'
import type { RunnerDocument } from '../../servers/http/runner-routes.ts'
import type { CliContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { printRunner } from '../operate.ts'
import { requireRunner } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command.addHelpText('after', helpText)
  context.action(command, async (globals) => {
    const runner = await requireRunner(context, globals)
    await printRunner(context, globals, await runner.call<RunnerDocument>('POST', '/api/v1/runner/pause'))
    return exitCodes.ok
  })
}

const helpText = `
Tasks are accepted and wait; what runs goes on. A pause outlives the process: env-runner resume ends it. Idempotent.

Example:
  $ env-runner pause --server https://gpu-1:8083`
