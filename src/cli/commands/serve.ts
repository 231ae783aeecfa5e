import type { Command } from 'commander'
import { isLoopback, parseAddress } from '../../config/address.ts'
import type { Config } from '../../config/schema.ts'
import type { Daemon } from '../../daemon.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { createDaemonLog, type DaemonLog } from '../daemon-log.ts'
import { exitCodes } from '../exit-codes.ts'

export const register = (command: Command, context: CliContext): void => {
  command.option('--listen <host:port>', 'short for --set http.listen=HOST:PORT').addHelpText('after', helpText)
  context.action(command, (globals) => serve(context, globals, command.opts<{ listen?: string }>().listen))
}

const helpText = `
Prints one JSON line on stdout when it accepts: {"event":"ready","http":"http://HOST:PORT","grpc":null,"socket":"…"}; its log goes to
stderr and, whatever becomes of that, to env-runner.log in logs.dir.
SIGTERM or Ctrl-C drains: new tasks are refused, running ones awaited up to timeouts.drain_seconds. A second one stops at once; what
still runs is taken up by the next runner of the data directory.

Examples:
  $ env-runner serve
  $ env-runner serve --data-dir ./data --listen 127.0.0.1:0`

const serve = async (context: CliContext, globals: GlobalOptions, listen: string | undefined): Promise<number> => {
  const { set = [], ...options } = context.configOptions(globals)
  const all = listen === undefined ? globals : { ...globals, set: [...(globals.set ?? []), `http.listen=${listen}`] }
  const { config } = await context.loadConfig(all)
  const log = createDaemonLog(config, globals.debug === true ? 'debug' : undefined)
  const { startDaemon } = await import('../../daemon.ts')
  try {
    const daemon = await startDaemon({ ...options, set: listen === undefined ? set : [...set, `http.listen=${listen}`], logger: log.logger })
    return await serveUntilStopped(context, daemon, config, log)
  } finally {
    await log.close()
  }
}

const serveUntilStopped = async (context: CliContext, daemon: Daemon, config: Config, log: DaemonLog): Promise<number> => {
  const { logger } = log
  log.open()
  for (const address of [config.http.listen, ...config.http.also])
    if (!isLoopback(parseAddress(address).host))
      logger.warn({ address }, 'whoever reaches this address may run commands here: there is no authentication yet')
  const stopped = untilStopped(daemon, (signal) => logger.info({ signal }, 'stopping'))
  await context.stdout.json({ event: 'ready', http: daemon.http, grpc: null, also: daemon.also, socket: daemon.runner.socket })
  await stopped
  return exitCodes.ok
}

/** The first signal drains, the second one stops at once. */
const untilStopped = (daemon: Daemon, told: (signal: NodeJS.Signals) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    let draining = false
    const onSignal = (signal: NodeJS.Signals): void => {
      told(signal)
      const stopping = draining ? daemon.stop() : daemon.drain()
      draining = true
      stopping.then(resolve, reject)
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  })
