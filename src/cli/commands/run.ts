import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { createSystemRandom } from '../../../adapters/system/random.ts'
import type { TaskDocument } from '../../runner/task-document.ts'
import { attendTask } from '../attend-task.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-codes.ts'
import { BrokenPipe, oneLine } from '../output.ts'
import { createProgressBar, type Reported } from '../progress-bar.ts'
import { submissionOf, type TaskOptions } from '../submission-of.ts'
import { serverOf } from '../server.ts'
import { openTaskClient, remoteClient, type TaskClient } from '../task-client.ts'
import { unseenFileHint } from '../unseen-file.ts'

const collect = (value: string, all: readonly string[] = []): string[] => [...all, value]

export const register = (command: Command, context: CliContext): void => {
  command
    .argument('[cmd...]', "the command and its arguments; may be left out with --image: then the image's own")
    .passThroughOptions()
    .option('--class <class>', 'cpu_short (the default) or cpu_long')
    .option('--image <image>', 'run it in a container of this image, if policy.allowed_images allows it')
    .option('--entrypoint <program>', "instead of the image's own entrypoint")
    .option('--cpu <cores>', 'cores that it may use, such as 0.5')
    .option('--memory <size>', 'memory that it may use, such as 512m or 2g')
    .option('--env <name=value>', 'a variable of the task; NAME alone takes our value; repeatable', collect)
    .option('--timeout <seconds>', 'run time of an attempt, at most what the class allows')
    .option('--mount <host:mount[:rw]>', 'a directory of the host that policy.allowed_mounts allows; repeatable', collect)
    .option('--network <name>', 'a network that policy.allowed_networks allows (default: none)')
    .option('--output <path>', 'a file in the work directory to keep; repeatable', collect)
    .option('--id <id>', 'the name of the task: the same id again is the same task')
    .option('--name <id>', 'the same as --id')
    .option('--tenant <tenant>', 'on whose behalf')
    .addHelpText('after', helpText)
  context.action(command, (globals) => run(context, globals, command.processedArgs[0] as string[], command.opts()))
}

const helpText = `
The task's stdout and stderr are ours, live and byte for byte; with --json its result is printed instead.
It starts in an empty work directory and does not see the current one: mount what it needs.
The exit code is the task's; see docs/cli.md for the codes of what is not an exit. Ctrl-C cancels the task, a second one leaves.

Examples:
  $ env-runner run -- python3 -c 'print(6 * 7)'
  $ env-runner run --image python:3.12 --memory 1g -- python3 train.py
  $ env-runner run --timeout 5 --env MODE=fast --output model.bin -- sh -c 'echo $MODE > model.bin'
  $ env-runner run --server https://gpu-1:8083 -- nvidia-smi
  $ env-runner run --set "policy.allowed_mounts=$PWD" --mount "$PWD:/src" -- ls /src`

const run = async (
  context: CliContext,
  globals: GlobalOptions,
  cmd: readonly string[],
  options: TaskOptions & { id?: string; name?: string },
): Promise<number> => {
  const id = options.id ?? options.name ?? createSystemRandom().id()
  const submission = { ...submissionOf(id, cmd, options, context.env), id }
  const logger = globals.debug === true ? (await import('pino')).pino({ level: 'debug' }, (await import('pino')).destination(2)) : undefined
  const bar = createProgressBar(context.stderr)
  const interrupt = createInterrupt(context, id)
  const server = await serverOf(context, globals)
  await server?.call('GET', '/healthz') // nobody there is told at once; later, a runner that goes away is waited for
  let broken = false
  let endProgress = (): void => undefined
  try {
    const { result, client } = await attendTask({
      submission,
      connect: async () => (server ? remoteClient(server) : openTaskClient(context, globals, logger)),
      attended: async (runner) => {
        endProgress()
        endProgress = watchProgress(runner, id, context, bar)
        await interrupt.attach(runner)
      },
      waiting: async () => {
        const name = server ? server.name : (await context.loadConfig(globals)).config.data_dir
        await context.stderr.line(`env-runner: the runner of ${name} is draining: waiting for it to leave`)
      },
      print: async (stream, bytes) => {
        if (broken || globals.json === true) return
        await bar.clear()
        try {
          await context[stream].write(bytes)
        } catch (cause) {
          if (!(cause instanceof BrokenPipe)) throw cause
          broken = true // nobody reads any more, as when a shell's pipe closes: the task is ended, and its end awaited
          await interrupt.cancel('the reader of its output has gone')
        }
      },
    })
    endProgress()
    await bar.clear()
    await client.close()
    if (broken) return exitCodeOfSignal('SIGPIPE')
    if (globals.json === true) await context.stdout.json(result)
    else {
      for (const { name, path, size_bytes: size } of result.result.outputs)
        await context.stderr.line(`output ${name}: ${path} (${size} bytes)`)
      if (result.error !== null && result.error_code !== 'EXIT_NONZERO' && interrupt.signal() === null)
        await context.stderr.line(`env-runner: ${oneLine(result.error.split('\n')[0]!)}`)
      const hint = unseenFileHint(cmd, result, client.remote === null, existsSync)
      if (hint !== null) await context.stderr.line(`env-runner: ${oneLine(hint)}`)
    }
    return result.status === 'cancelled' && interrupt.signal() !== null ? exitCodeOfSignal(interrupt.signal()!) : exitCodeOfResult(result)
  } finally {
    endProgress()
    interrupt.detach()
  }
}

/** The first Ctrl-C or TERM cancels the task, the second one leaves it to the next runner. */
const createInterrupt = ({ stderr }: CliContext, id: string) => {
  let runner: TaskClient | null = null
  let received: NodeJS.Signals | null = null
  let reason: string | null = null
  const cancel = async (why: string): Promise<void> => {
    reason ??= why
    await runner?.cancel(id, reason).catch(() => undefined) // a runner that goes away is told again when the next one attends
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    if (received !== null) process.exit(exitCodeOfSignal(signal))
    received = signal
    void stderr.line(`env-runner: cancelling ${id}; once more to leave at once`).catch(() => undefined)
    void cancel(`${signal} to env-runner run`)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    cancel,
    signal: () => received,
    async attach(client: TaskClient): Promise<void> {
      runner = client
      if (reason !== null) await cancel(reason)
    },
    detach(): void {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}

const lookMs = 250

/** Draws what the task reports, where there is a terminal to draw on. */
const watchProgress = (client: TaskClient, id: string, { stderr }: CliContext, bar: ReturnType<typeof createProgressBar>): (() => void) => {
  if (!stderr.isTTY) return () => undefined
  const looking = setInterval(() => {
    client.status(id).then(({ progress }: TaskDocument) => bar.show(progress as unknown as Reported | null), () => undefined) // prettier-ignore
  }, lookMs)
  return () => clearInterval(looking)
}
