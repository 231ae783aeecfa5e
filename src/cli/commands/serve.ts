import type { Command } from 'commander'
import { openServiceManager } from '../../../adapters/system/sd-notify.ts'
import type { Daemon } from '../../daemon.ts'
import { attendDaemon } from '../attend-daemon.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { createDaemonLog, type DaemonLog } from '../daemon-log.ts'
import { exitCodes } from '../exit-codes.ts'

interface Options {
  readonly listen?: string
  readonly grpcListen?: string
}

export const register = (command: Command, context: CliContext): void => {
  command
    .option('--listen <host:port>', 'short for --set http.listen=HOST:PORT')
    .option('--grpc-listen <host:port>', 'short for --set grpc.listen=HOST:PORT')
    .addHelpText('after', helpText)
  context.action(command, (globals) => serve(context, globals, command.opts<Options>()))
}

const helpText = `
Prints one JSON line on stdout when it accepts: {"event":"ready","http":"http://HOST:PORT","grpc":"HOST:PORT","socket":"…"}; its log goes to
stderr and to env-runner.log in logs.dir.
SIGTERM or Ctrl-C drains: new tasks are refused, running ones awaited up to timeouts.drain_seconds. A second one stops at once; what
still runs is taken up by the next runner of the data directory.
SIGHUP reads the configuration, the tokens and the certificates again; what needs a restart is named in the log.

Examples:
  $ env-runner serve
  $ env-runner serve --data-dir ./data --listen 127.0.0.1:0 --grpc-listen 127.0.0.1:0`

const serve = async (context: CliContext, globals: GlobalOptions, { listen, grpcListen }: Options): Promise<number> => {
  const short = [
    ...(listen === undefined ? [] : [`http.listen=${listen}`]),
    ...(grpcListen === undefined ? [] : [`grpc.listen=${grpcListen}`]),
  ]
  const all = { ...globals, set: [...(globals.set ?? []), ...short] }
  const { config } = await context.loadConfig(all)
  const log = createDaemonLog(config, globals.debug === true ? 'debug' : undefined)
  const { startDaemon } = await import('../../daemon.ts')
  try {
    const { set = [], ...options } = context.configOptions(globals)
    const daemon = await startDaemon({ ...options, set: [...set, ...short], logger: log.logger })
    return await serveUntilStopped(context, globals, daemon, log)
  } finally {
    await log.close()
  }
}

const serveUntilStopped = async (context: CliContext, globals: GlobalOptions, daemon: Daemon, log: DaemonLog): Promise<number> => {
  const { logger } = log
  log.open()
  const attended = attendDaemon({
    daemon,
    manager: openServiceManager({
      env: context.env,
      pid: process.pid,
      onTrouble: (cause) => logger.warn({ err: cause }, 'the service manager cannot be told; is systemd-notify installed?'),
    }),
    logger,
    signals: process,
    reloaded: ({ logs }) => {
      if (globals.debug !== true) logger.level = logs.level
    },
  })
  const { http, grpc, also, runner } = daemon
  const ready = { event: 'ready', http, grpc, also, socket: runner.socket }
  await Promise.all([attended, context.stdout.json(ready).catch(() => undefined)]) // nobody reads it: no reason to end
  return exitCodes.ok
}
