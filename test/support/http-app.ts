import { RunnerError } from '../../src/domain/errors.ts'
import { owner } from '../../src/identity/principal.ts'
import type { Metrics } from '../../src/observability/metrics.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { createHttpServer, type HttpServerOptions } from '../../src/servers/http/server.ts'
import type { createFakeRunner } from './fake-runner.ts'

/** The routes over a runner that the test plays; whoever calls is its owner, time stands still, and nothing is counted. */
export const createTestApp = (fake: ReturnType<typeof createFakeRunner>, more: Partial<HttpServerOptions> = {}) =>
  createHttpServer({
    runner: fake.runner,
    version: '0.0.0',
    identify: () => owner,
    logs: fake.logs,
    artifacts: noArtifacts,
    workDir: ({ taskId, attempt }) => `/work/${taskId}.${attempt}`,
    host: { hostname: 'fake', cpuMillicores: 2_000, memoryBytes: 2 ** 31 },
    clock: { now: () => 0, monotonic: () => 0, timer: () => () => {} },
    dependencies: [],
    logger: silentLogger,
    metrics: noMetrics,
    bodyBytesMax: 1_000_000,
    streamsMax: 10_000,
    ...more,
  })

const noArtifacts: HttpServerOptions['artifacts'] = {
  read: (uri) => Promise.reject(new RunnerError('INPUT_UNAVAILABLE', `${uri} does not exist`)),
}

export const noMetrics: Metrics = {
  text: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: '' }),
  values: () => ({}),
  observeHttp: () => {},
  observeGrpc: () => {},
  stream: () => () => {},
}
