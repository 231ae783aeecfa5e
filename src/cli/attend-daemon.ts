import type { ServiceManager } from '../../adapters/system/sd-notify.ts'
import type { Config } from '../config/schema.ts'
import type { Daemon } from '../daemon.ts'
import type { Logger } from '../ports/logger.ts'

export interface DaemonAttendance {
  readonly daemon: Daemon
  readonly manager: ServiceManager
  readonly logger: Logger
  /** Where signals arrive: the process. */
  readonly signals: NodeJS.EventEmitter
  /** Called with the configuration after it was read again. */
  readonly reloaded: (config: Config) => void
}

/** While a drain goes on, the service manager hears of it so often, in milliseconds, and is asked for so much more time each time, in microseconds. */
const [drainTellMs, drainMoreUsec] = [5_000, 30_000_000]

/** Attends a daemon that accepts until it has stopped, and tells the service manager how it stands.
 * TERM and INT drain, a second one stops at once; a drain that a client asked for ends it too; HUP reads configuration, tokens and certificates again. */
export const attendDaemon = async ({ daemon, manager, logger, signals, reloaded }: DaemonAttendance): Promise<void> => {
  const { runner } = daemon
  /** Nothing when the runner cannot say: it is closed by now, or its journal cannot be read. */
  const status = (): string[] => {
    try {
      return [`STATUS=${statusText(daemon)}`]
    } catch {
      return []
    }
  }
  let draining = false
  let reloading: Promise<void> = Promise.resolve()

  const reload = async (): Promise<void> => {
    await manager.notify(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`, 'STATUS=reading the configuration again'])
    try {
      const { config, changed, needRestart } = runner.reload()
      reloaded(config)
      logger.info({ changed }, 'the configuration was read again')
      if (needRestart.length > 0) logger.warn({ settings: needRestart }, 'these settings have changed and need a restart')
    } catch (cause) {
      logger.error({ err: cause }, 'the configuration is wrong: the settings of before hold')
    }
    await daemon.reloadCredentials()
    if (!draining) await manager.notify(['READY=1', ...status()])
  }

  /** Only while this process has turns to give and the journal can be read: a manager that hears nothing starts the runner again. */
  const stillAlive = (): void => {
    try {
      void manager.notify(['WATCHDOG=1', `STATUS=${statusText(daemon)}`])
    } catch (cause) {
      logger.error({ err: cause }, 'the journal cannot be read: the watchdog hears nothing')
    }
  }
  const stillDraining = (): void => void manager.notify([`EXTEND_TIMEOUT_USEC=${drainMoreUsec}`, ...status()])

  const timers: NodeJS.Timeout[] = []
  if (manager.watchdogMs !== null) timers.push(setInterval(stillAlive, manager.watchdogMs))

  const onReload = (): void => void (reloading = reloading.then(reload))
  const stopped = new Promise<void>((resolve, reject) => {
    const onStop = (signal: NodeJS.Signals): void => {
      logger.info({ signal, at_once: draining }, 'stopping')
      const stopping = draining ? daemon.stop() : daemon.drain()
      if (!draining) {
        void manager.notify(['STOPPING=1', `EXTEND_TIMEOUT_USEC=${drainMoreUsec}`, 'STATUS=draining'])
        timers.push(setInterval(stillDraining, drainTellMs))
      }
      draining = true
      stopping.then(resolve, reject)
    }
    runner.drained.then(() => daemon.drain()).then(resolve, reject) // somebody asked for it over HTTP or gRPC
    signals.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onReload)
  })
  try {
    await manager.notify(['READY=1', ...status()])
    await stopped
  } finally {
    timers.forEach(clearInterval)
    signals.off('SIGHUP', onReload)
    await reloading
  }
}

/** For people who ask the service manager: `accepting on http://127.0.0.1:8083: 2 run, 5 wait`. */
const statusText = ({ runner, http }: Daemon): string => {
  const { state, places, tasks } = runner.status()
  const used = Object.values(places).reduce((sum, place) => sum + place.used, 0)
  return `${state} on ${http}: ${used} run, ${tasks.pending} wait`
}
