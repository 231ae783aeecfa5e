import { chmodSync, rmSync } from 'node:fs'
import { lockDataDir, installationId } from '../adapters/filesystem/data-dir-lock.ts'
import { createFileArtifactStore } from '../adapters/filesystem/artifact-store.ts'
import { createDiskFacts } from '../adapters/filesystem/disk-facts.ts'
import { createDataLayout, dataLayout, eventsPathOf, type DataLayout } from '../adapters/filesystem/layout.ts'
import { openLiveFile } from '../adapters/filesystem/live-file.ts'
import { createFileLogStore } from '../adapters/filesystem/log-store.ts'
import { createFileWorkspace } from '../adapters/filesystem/workspace.ts'
import { openDocker } from '../adapters/docker/index.ts'
import { installTaskRuntime } from '../adapters/filesystem/task-runtime.ts'
import { createNativeExecutor, defaultUidRange, tenantUid } from '../adapters/native/index.ts'
import { openJournal } from '../adapters/sqlite/journal.ts'
import { createSystemClock } from '../adapters/system/clock.ts'
import { createSystemHost } from '../adapters/system/host.ts'
import { openHttpListener, type HttpListener } from '../adapters/system/http-listener.ts'
import { readConfigText, readHostFacts } from '../adapters/system/process-facts.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import { packageVersion } from '../adapters/system/version.ts'
import { gatherSources, type ConfigOptions } from './config/gather.ts'
import { loadConfig } from './config/load.ts'
import { reloadConfig, type Reload } from './config/reload.ts'
import type { Config } from './config/schema.ts'
import { toRunnerSettings } from './config/settings.ts'
import type { Authenticator } from './identity/authenticator.ts'
import { createAuthenticator } from './identity/create-authenticator.ts'
import { nobody } from './identity/known-callers.ts'
import { openLiveCallers } from './identity/live-callers.ts'
import { createCounters } from './observability/counters.ts'
import { createMetrics, type Metrics, type RunnerMetrics } from './observability/metrics.ts'
import { withTaskFields } from './observability/task-lines.ts'
import { silentLogger, type Logger } from './ports/logger.ts'
import type { Runner } from './runner/api.ts'
import { createEngine } from './runner/engine.ts'
import type { EngineContext } from './runner/engine-context.ts'
import { createExecutorByMode } from './runner/executor-by-mode.ts'
import { createRunnerFace } from './runner/runner.ts'
import { createEntrances } from './servers/http/entrances.ts'
import type { Dependency } from './servers/http/readiness.ts'
import { createHttpServer } from './servers/http/server.ts'

export type { Reload } from './config/reload.ts'
export type { Config, PartialConfigObject } from './config/schema.ts'
export { formatFailure, RunnerError, type ErrorCode, type Failure } from './domain/errors.ts'
export type { PublicEvent, PublicEventType } from './domain/events.ts'
export type { Exit } from './domain/exit.ts'
export type { OutputFile, OutputSummary, TaskResult, TaskStatus } from './domain/result.ts'
export type { Submission } from './domain/task-spec.ts'
export type { JournalRecord, TaskFilter, TaskRow } from './ports/journal.ts'
export type { Logger } from './ports/logger.ts'
export type { Metrics } from './observability/metrics.ts'
export type { LogOptions, LogPiece, Runner, RunnerStatus, Task, TaskUpdate } from './runner/api.ts'

export interface CreateRunnerOptions extends ConfigOptions {
  /** Receives what the runner has to say about itself; a pino logger fits. Default: nothing is said. */
  readonly logger?: Logger
}

/** A runner that holds its data directory. */
export interface RunningRunner extends Runner {
  readonly dataDir: string
  /** The effective one; after a `reload` the new one. */
  readonly config: Config
  /** How native tasks are isolated. */
  readonly sandbox: 'bubblewrap' | 'none'
  /** `data_dir/runner.sock`, where the command line finds this runner; null when its path is too long for a socket. */
  readonly socket: string | null
  /** What is counted and measured of this runner: `metrics.text()` is what `GET /metrics` answers. */
  readonly metrics: Metrics
  /** Handles an HTTP request of whoever the configuration knows (`auth`); `env-runner serve` gives it further addresses. */
  readonly handleRequest: Parameters<typeof openHttpListener>[0]
  /** Tells who calls, for further servers over this runner: give each caller `restrictTo(principal, runner)`. */
  readonly authenticator: Authenticator
  /** Reads `auth.tokens_file` now. Without that it is read when it changes. What is wrong with it goes to the log. */
  reloadTokens(): Promise<void>
  /** Resolves once a `drain` was asked for, whoever asked. */
  readonly draining: Promise<void>
  /** Resolves once a `drain` has ended, whoever asked for it: this runner takes nothing any more, and wants to be closed. */
  readonly drained: Promise<void>
  /** Reads file, environment and flags again, and takes what can be taken while tasks run: classes, policy, retries, timeouts, limits. When anything is wrong with
   * them nothing changes. Says what changed, and which keys wait for a restart.
   * @throws RunnerError `CONFIG_INVALID` */
  reload(): Reload
}

/** Starts a runner in this process: takes the data directory, takes up the tasks of its journal, accepts new ones.
 * Two runners (two data directories) share a process. It sets no signal handlers, never exits the process and prints nothing.
 * @throws RunnerError `CONFIG_INVALID`, `DATA_DIR_LOCKED`, `DATA_DIR_UNUSABLE`, `JOURNAL_NEWER`, `JOURNAL_CORRUPT`, `JOURNAL_UNAVAILABLE` */
export const createRunner = async (
  options: CreateRunnerOptions = {},
  /** @internal What our own tests put between the engine and the adapters. */
  around: (outside: EngineContext) => EngineContext = (outside) => outside,
): Promise<RunningRunner> => {
  const { logger = silentLogger } = options
  const readConfig = (): Config =>
    withEngine(loadConfig(gatherSources(options, { readHostFacts, readConfigText })).config, options.env ?? {})
  const config = readConfig()
  let present = config
  const layout = dataLayout(config.data_dir, config.logs.dir)
  await createDataLayout(layout)
  const lock = await lockDataDir(layout)
  const underWay = setInterval(() => {}, aDayMs) // timers of ours keep no process alive, and nothing else may be going on while an engine is asked again
  const undo: (() => Promise<unknown>)[] = [() => lock.release()]
  try {
    const identity = await openIdentity(config, logger)
    undo.unshift(async () => identity.close())
    const { outside, metrics, dependencies } = await openOutside(
      config,
      layout,
      logger,
      options.env ?? {},
      () => present.policy.allowed_paths,
    )
    const context = around(outside)
    undo.unshift(() => context.journal.close())
    const engine = createEngine(context)
    undo[0] = () => engine.close()
    await engine.start()
    const [draining, drained] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const faceOfEngine = createRunnerFace(engine)
    const face: Runner = {
      ...faceOfEngine,
      async drain(reason) {
        draining.resolve(undefined)
        await faceOfEngine.drain(reason)
        drained.resolve(undefined)
      },
    }
    metrics.watch(face)
    const { clock, logs, host, workspace } = context
    const artifacts = createFileArtifactStore({
      allowedRoots: () => [layout.outputs, ...present.policy.allowed_paths],
      artifactsDir: null,
      modes: { directory: 0o700, file: 0o600 },
    })
    const { identify, forOwner } = createEntrances(identity.authenticator)
    const app = await createHttpServer({
      runner: face,
      version: context.settings.version,
      identify,
      logs,
      artifacts,
      workDir: (key) => workspace.path(key),
      host,
      dependencies,
      clock,
      logger,
      metrics,
      bodyBytesMax: config.limits.payload_bytes + bodySlackBytes,
      streamsMax: config.http.streams_max,
    })
    undo.unshift(() => app.close())
    let closing: Promise<void> | null = null
    const socket = await openSocket(layout.socket, forOwner(app.routing), logger)
    return {
      ...face,
      dataDir: layout.dataDir,
      get config() {
        return present
      },
      sandbox: config.native.sandbox,
      socket: socket && layout.socket,
      metrics,
      handleRequest: app.routing,
      authenticator: identity.authenticator,
      reloadTokens: identity.reload,
      draining: draining.promise,
      drained: drained.promise,
      reload() {
        const reload = reloadConfig(present, readConfig())
        const { version, pythonDir } = context.settings
        present = reload.config
        engine.reconfigure(toRunnerSettings(present, host, version, pythonDir))
        return reload
      },
      async close(mode) {
        await face.close(mode)
        identity.close()
        await (closing ??= Promise.all([socket?.close(closeGraceMs), app.close()]).then(() => lock.release()))
      },
    }
  } catch (cause) {
    for (const step of undo)
      await step().catch((second: unknown) => logger.error({ err: second }, 'a start that failed could not be undone wholly'))
    throw cause
  } finally {
    clearInterval(underWay)
  }
}

const aDayMs = 86_400_000
/** What HTTP may carry beside a payload: the names around it. */
const bodySlackBytes = 65_536
/** How long answers under way may take when the runner closes, in milliseconds. */
const closeGraceMs = 1_000

type Environment = Readonly<Record<string, string | undefined>>

/** Who may call. */
const openIdentity = async ({ auth }: Config, logger: Logger) => {
  const clock = createSystemClock()
  const callers = auth.tokens_file === undefined ? null : await openLiveCallers(auth.tokens_file, openLiveFile(clock), logger)
  return {
    authenticator: createAuthenticator({
      callers: () => callers?.current() ?? nobody,
      allowLoopback: auth.allow_loopback ?? callers === null,
      clock,
    }),
    reload: async () => callers?.reload(),
    close: () => callers?.close(),
  }
}

/** With the engine that the environment names where the configuration names none. */
const withEngine = (config: Config, env: Environment): Config => ({
  ...config,
  docker: { ...config.docker, host: config.docker.host ?? (env['DOCKER_HOST'] || 'unix:///var/run/docker.sock') },
})

/** The adapters of one host, and what is measured of them. */
const openOutside = async (
  config: Config,
  layout: DataLayout,
  told: Logger,
  env: Environment,
  allowedRoots: () => readonly string[],
): Promise<{ outside: EngineContext; metrics: RunnerMetrics; dependencies: Dependency[] }> => {
  const clock = createSystemClock()
  const logger = withTaskFields(told, (taskId) => journal.findTask(taskId))
  const counters = createCounters()
  const disk = createDiskFacts(layout)
  const version = packageVersion()
  const metrics = createMetrics({
    version,
    nodeVersion: process.version,
    clock,
    counters,
    oldestPendingAt: () => journal.oldestPendingAt(),
    ...disk,
  })
  const host = createSystemHost()
  const isRoot = process.getuid?.() === 0
  const uids = { ...defaultUidRange, base: config.native.uid_base }
  const ownerOf = (tenant: string) => (isRoot ? { uid: tenantUid(tenant, uids), gid: tenantUid(tenant, uids) } : null)
  const installation = await installationId(layout)
  const native = createNativeExecutor({ dataDir: layout.dataDir, installation, sandbox: config.native.sandbox, clock, uids })
  const { docker, artifacts } = config
  const containers = docker.enabled
    ? openDocker({
        host: docker.host!,
        tlsDir: docker.tls_dir ?? (env['DOCKER_TLS_VERIFY'] ? (env['DOCKER_CERT_PATH'] ?? null) : null),
        authFile: docker.auth_file ?? authFileOf(env),
        dataDir: layout.dataDir,
        installation,
        clock,
        logger,
        ownerOf,
        settings: {
          tmpBytes: docker.tmp_bytes,
          readOnlyRoot: docker.read_only_root,
          user: docker.user,
          logBytesMax: Math.max(2 * config.logs.max_bytes, engineLogBytesMin),
          runnerUid: process.getuid!(),
        },
        callMs: docker.call_seconds * 1_000,
        unavailableMs: docker.unavailable_seconds * 1_000,
        stallMs: docker.pull_stall_seconds * 1_000,
        policy: docker.pull,
        diskHighPercent: docker.disk_high_percent,
        diskLowPercent: docker.disk_low_percent,
      })
    : null
  const metered = metrics.executor('native', native)
  const executor = containers === null ? metered : createExecutorByMode({ native: metered, docker: metrics.executor('docker', containers) })
  const pythonDir = await installTaskRuntime(layout.dataDir)
  const journal = await openJournal({ path: layout.journal })
  const outside: EngineContext = {
    clock,
    host,
    random: createSystemRandom(),
    settings: toRunnerSettings(config, host, version, pythonDir),
    logger,
    counters,
    executor,
    workspace: createFileWorkspace({
      layout,
      ownerOf,
      allowedRoots,
      artifactsDir: null,
      limits: {
        inputBytesMax: artifacts.input_bytes_max,
        unpackedBytesMax: artifacts.unpacked_bytes_max,
        unpackedFilesMax: artifacts.unpacked_files_max,
      },
      cache: { bytesMax: artifacts.cache_bytes_max, highPercent: artifacts.cache_high_percent, lowPercent: artifacts.cache_low_percent },
      linkInputs: docker.user === 'tenant',
    }),
    logs: createFileLogStore({ logsDir: layout.taskLogs, eventsPath: (key) => eventsPathOf(layout, key), clock, logger }),
    journal: metrics.journal(journal),
  }
  const dependencies: Dependency[] = [
    ...(containers === null ? [] : [{ what: 'docker', check: (signal: AbortSignal) => containers.ping(signal).then(() => null) }]),
    {
      what: 'disk',
      check: async () => {
        const { freeBytes } = await disk.disk()
        return freeBytes >= diskFreeBytesMin ? null : `${Math.floor(freeBytes / 2 ** 20)} MiB are left on the disk of the data directory`
      },
    },
  ]
  return { outside, metrics, dependencies }
}

/** Room for the journal and for logs below which `/readyz` says that the disk is missing. */
const diskFreeBytesMin = 128 * 2 ** 20

/** Of each of the two files in which the engine keeps a container's output. Far above the runner's own cap: engine 20.10 loses followers of a log that turns over
 * faster than they read (docs/docker.md). */
const engineLogBytesMin = 512 * 2 ** 20

/** Where Docker's own command line has its credentials. */
const authFileOf = ({ DOCKER_CONFIG, HOME }: Environment): string | null =>
  DOCKER_CONFIG ? `${DOCKER_CONFIG}/config.json` : HOME ? `${HOME}/.docker/config.json` : null

/** Who holds the data directory owns the socket's name: what lies there is of a process that is gone. */
const openSocket = async (path: string, handler: Parameters<typeof openHttpListener>[0], logger: Logger): Promise<HttpListener | null> => {
  rmSync(path, { force: true })
  try {
    const listener = await openHttpListener(handler, { socketPath: path })
    chmodSync(path, 0o600)
    return listener
  } catch (cause) {
    logger.warn({ err: cause }, 'the command line cannot reach this runner: its socket could not be opened')
    return null
  }
}
