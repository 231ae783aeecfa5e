import { logVerbosity, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { loadProtos } from '../../adapters/system/protos.ts'
import { owner } from '../../src/identity/principal.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { createGrpcServer, type GrpcServerOptions } from '../../src/servers/grpc/server.ts'
import { createManualClock } from '../manual-clock.ts'
import type { createFakeRunner } from './fake-runner.ts'
import { createGrpcClients, type GrpcClientOptions } from './grpc-client.ts'
import { noMetrics } from './http-app.ts'

/** The services on a real port over a runner that the test plays; whoever calls is its owner, time stands still, and nothing is counted. */
export const openTestGrpc = async (fake: Pick<ReturnType<typeof createFakeRunner>, 'runner'>, more: Partial<GrpcServerOptions> = {}) => {
  setLogVerbosity(logVerbosity.NONE) // it would print what it also throws
  const { clock, pass, timers } = createManualClock()
  const server = createGrpcServer({
    runner: fake.runner,
    authenticator: { authenticate: () => owner },
    metrics: noMetrics,
    clock,
    logger: silentLogger,
    protos: loadProtos(),
    version: '0.0.0',
    httpBase: () => null,
    cpuShortMs: () => 60_000,
    messageBytesMax: 1_000_000,
    streamsMax: 10_000,
    streamsPerConnectionMax: 4_096,
    idleMs: 60_000,
    ...more,
  })
  const port = await server.bind({ host: '127.0.0.1', port: 0 }, ServerCredentials.createInsecure())
  const address = `127.0.0.1:${port}`
  const opened: ReturnType<typeof createGrpcClients>[] = []
  const open = (options?: GrpcClientOptions) => {
    const clients = createGrpcClients(address, options)
    opened.push(clients)
    return clients
  }
  return {
    server,
    port,
    address,
    /** Lets time pass. */
    pass,
    timers,
    /** Clients with a connection of their own. */
    open,
    async close(): Promise<void> {
      for (const clients of opened) clients.close()
      const closed = server.close(0)
      pass(0)
      await closed
    },
  }
}
export type TestGrpc = Awaited<ReturnType<typeof openTestGrpc>>
