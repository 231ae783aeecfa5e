import { Command, CommanderError } from 'commander'
import { packageVersion } from '../../adapters/system/version.ts'
import { formatFailure, RunnerError, toFailure } from '../domain/errors.ts'
import { createCliContext, withCommonOptions, withServerOptions, type CliContext, type CliOutcome } from './context.ts'
import { exitCodeOf, exitCodeOfSignal, exitCodes } from './exit-codes.ts'
import { BrokenPipe, oneLine } from './output.ts'

/** Adds arguments, options, help and the action to a command that has its name and the common options already. */
export type Register = (command: Command, context: CliContext) => void

interface Listed {
  readonly name: string
  readonly usage: string
  readonly summary: string
  /** It can ask a runner elsewhere: `--server`. */
  readonly remote?: true
  /** Loaded only when the command line names the command: help of all costs nothing, and one command only what it needs. */
  readonly load: () => Promise<{ readonly register: Register }>
}

const commands: readonly Listed[] = [
  {
    name: 'run',
    usage: '[options] -- CMD…',
    summary: 'run one command as a task, its output live, its exit code ours',
    remote: true,
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'serve',
    usage: '[options]',
    summary: 'be the runner of a data directory: HTTP, gRPC, and the socket beside it',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'submit',
    usage: '[options] FILE|-',
    summary: 'hand a task document to the running runner',
    remote: true,
    load: () => import('./commands/submit.ts'),
  },
  { name: 'list', usage: '[options]', summary: 'list tasks, newest first', remote: true, load: () => import('./commands/list.ts') },
  { name: 'status', usage: '[options] ID', summary: 'show one task', remote: true, load: () => import('./commands/status.ts') },
  { name: 'logs', usage: '[options] ID', summary: 'show what a task printed', remote: true, load: () => import('./commands/logs.ts') },
  { name: 'cancel', usage: '[options] ID', summary: 'ask for the end of a task', remote: true, load: () => import('./commands/cancel.ts') },
  {
    name: 'explain',
    usage: '[options] ID',
    summary: 'say why a task waits or why it failed',
    remote: true,
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'replay',
    usage: '[options] ID',
    summary: "show a task's journal as a timeline and verify it",
    remote: true,
    load: () => import('./commands/replay.ts'),
  },
  {
    name: 'watch',
    usage: '[options] [ID…]',
    summary: 'show what happens to tasks, as it happens',
    remote: true,
    load: () => import('./commands/watch.ts'),
  },
  {
    name: 'drain',
    usage: '[options]',
    summary: 'let the runner finish what runs, and end',
    remote: true,
    load: () => import('./commands/drain.ts'),
  },
  {
    name: 'audit',
    usage: '[options]',
    summary: 'say whether the invariants hold',
    remote: true,
    load: () => import('./commands/audit.ts'),
  },
  {
    name: 'backup',
    usage: '[options] DIR',
    summary: 'copy the journal, while the runner works',
    load: () => import('./commands/backup.ts'),
  },
  {
    name: 'restore',
    usage: '[options] DIR',
    summary: 'make a data directory out of a backup',
    load: () => import('./commands/restore.ts'),
  },
  { name: 'pause', usage: '[options]', summary: 'begin no further tasks', remote: true, load: () => import('./commands/pause.ts') },
  { name: 'resume', usage: '[options]', summary: 'begin tasks again', remote: true, load: () => import('./commands/resume.ts') },
  {
    name: 'config',
    usage: 'check|print [options]',
    summary: 'check or print the effective configuration',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'token',
    usage: 'create|list|revoke [options]',
    summary: 'say who may call over the network',
    load: () => import('./commands/token.ts'),
  },
  { name: 'doctor', usage: '[options]', summary: 'examine this host and this data directory', load: () => import('./commands/doctor.ts') },
  {
    name: 'diagrams',
    usage: '[options] [task|runner]',
    summary: 'print the state machines as diagrams',
    load: () => import('./commands/diagrams.ts'),
  },
]

const examples = `
Examples:
  $ env-runner run -- python3 -c 'print(1)'    # one task, live; exits as it did
  $ env-runner serve --data-dir ./data         # a runner for many tasks
  $ env-runner list --status failed            # what went wrong
  $ env-runner explain ID                      # and why
  $ env-runner help run`

/** Runs a command line; resolves with the exit code. Errors are one line on stderr. */
export const runCli = async (argv: readonly string[]): Promise<number> => {
  const outcome: CliOutcome = { exitCode: exitCodes.ok, debug: false }
  const root = withCommonOptions(new Command('env-runner'))
    .description("Executes other people's tasks safely, and tells the truth about them.")
    .version(packageVersion(), '-V, --version')
    .addHelpText('after', examples)
    .enablePositionalOptions()
  const context = createCliContext(outcome)
  prepare(root)
  const end = argv.indexOf('--')
  const named = new Set(end === -1 ? argv : argv.slice(0, end))
  for (const { name, usage, summary, remote, load } of commands) {
    const command = prepare(withCommonOptions(root.command(name).summary(summary).description(capital(summary)).usage(usage)))
    if (remote) withServerOptions(command)
    if (named.has(name)) (await load()).register(command, context)
  }
  try {
    assertHelpExists(argv)
    await root.parseAsync([...argv], { from: 'user' })
    return outcome.exitCode
  } catch (cause) {
    return await report(cause, outcome.debug, context, argv)
  }
}

/** Errors are thrown instead of printed, and help does not exit the process. */
const prepare = (command: Command): Command =>
  command
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)

/** commander answers a question for the help of nothing with the help of everything, and does not say that it did not understand.
 * @throws CommanderError */
const assertHelpExists = ([first, asked]: readonly string[]): void => {
  if (first !== 'help' || asked === undefined || asked.startsWith('-') || commands.some(({ name }) => name === asked)) return
  throw new CommanderError(exitCodes.refused, 'commander.unknownCommand', `error: unknown command '${asked}'`)
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const report = async (cause: unknown, debug: boolean, { stderr }: CliContext, argv: readonly string[]): Promise<number> => {
  if (cause instanceof BrokenPipe) return exitCodeOfSignal('SIGPIPE')
  if (cause instanceof CommanderError && cause.exitCode === 0) return exitCodes.ok
  const [line, exitCode] =
    cause instanceof CommanderError
      ? usage(
          cause,
          argv.find((word) => commands.some(({ name }) => name === word)),
        )
      : [formatFailure(toFailure(cause)), exitCodeOf(cause instanceof RunnerError ? cause.code : 'INTERNAL')]
  const trace = debug && cause instanceof Error ? `${cause.stack ?? ''}\n` : ''
  // commander has printed the help when it was asked for nothing else.
  if (!(cause instanceof CommanderError && cause.code === 'commander.help'))
    await stderr.write(`env-runner: ${oneLine(line)}\n${trace}`).catch(() => undefined)
  return exitCode
}

/** @param command the one that was called, whose help is named */
const usage = ({ message }: CommanderError, command: string | undefined): [string, number] => {
  const what = message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)/, '. Did you mean $1?')
    .replace(/\.$/, '')
  return [
    `USAGE: ${what}${what.endsWith('?') ? '' : `. See env-runner help${command === undefined ? '' : ` ${command}`}`}`,
    exitCodes.refused,
  ]
}
