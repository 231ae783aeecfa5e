import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import { RunnerError } from '../../domain/errors.ts'
import { taskStatuses } from '../../domain/result.ts'
import { assertSafeDocument } from '../../domain/untrusted.ts'
import type { ResultDocument, TaskDocument } from '../../runner/task-document.ts'
import { assertBody, parseJsonBody } from '../../servers/http/json-body.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodeOfResult, exitCodes } from '../exit-codes.ts'
import { findHolder, nobodyThere } from '../holder.ts'
import { layoutOf } from '../journal-view.ts'
import { oneLine } from '../output.ts'
import { serverOf } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command
    .argument('<file>', 'a task document in JSON; - is stdin')
    .option('--wait', 'wait for the end, print the result, exit as `run` does')
    .addHelpText('after', helpText)
  context.action(command, (globals) =>
    submit(context, globals, command.processedArgs[0] as string, command.opts<{ wait?: boolean }>().wait === true),
  )
}

const helpText = `
The document is what POST /api/v1/tasks takes. Prints the id (with --json the task) once the task is durable.

Examples:
  $ echo '{"payload": {"execution": {"command": ["true"]}}}' | env-runner submit -
  $ ENV_RUNNER_TOKEN=… env-runner submit --server https://gpu-1:8083 task.json
  $ env-runner submit task.json --wait --json | jq .result.outputs`

const submit = async (context: CliContext, globals: GlobalOptions, file: string, wait: boolean): Promise<number> => {
  const { config } = await context.loadConfig(globals)
  const { payload_bytes: bytesMax, payload_depth: depthMax } = config.limits
  const document = parseJsonBody(await readBounded(file, bytesMax))
  assertBody(document)
  assertSafeDocument(document, { unitsMax: bytesMax, depthMax })
  const runner = (await serverOf(context, globals)) ?? (await findHolder(layoutOf(config).socket))
  if (!runner) throw nobodyThere(config.data_dir, 'Start one with env-runner serve, name one with --server, or use env-runner run')
  const answer = await runner.call<TaskDocument | ResultDocument>('POST', `/api/v1/tasks${wait ? '?wait=true' : ''}`, document)
  await (globals.json ? context.stdout.json(answer) : context.stdout.line(wait ? `${answer.id} ${statusWord(answer.status)}` : answer.id))
  if (wait && !globals.json && answer.error !== null) await context.stderr.line(`env-runner: ${oneLine(answer.error.split('\n')[0]!)}`)
  return wait ? exitCodeOfResult(answer as ResultDocument) : exitCodes.ok
}

const statusWord = (status: string): string => taskStatuses.find((known) => known === status) ?? 'unknown'

/** At most a byte more than may be: 50 GB on stdin are refused, not read. @throws RunnerError `INVALID_SPEC`, `PAYLOAD_TOO_LARGE` */
const readBounded = async (file: string, bytesMax: number): Promise<Uint8Array> => {
  const chunks: Buffer[] = []
  let size = 0
  try {
    const source = file === '-' ? process.stdin : (await open(file)).createReadStream()
    for await (const chunk of source) {
      chunks.push(chunk as Buffer)
      if ((size += (chunk as Buffer).length) > bytesMax) break
    }
  } catch (cause) {
    throw new RunnerError('INVALID_SPEC', `${file} cannot be read: ${(cause as Error).message}`, {
      path: 'FILE',
      hint: 'Name a file with a task document',
      cause,
    })
  }
  if (size <= bytesMax) return Buffer.concat(chunks)
  throw new RunnerError('PAYLOAD_TOO_LARGE', `the document is larger than ${bytesMax} bytes`, {
    path: 'FILE',
    hint: 'Pass large data as an input artifact, or raise limits.payload_bytes',
  })
}
