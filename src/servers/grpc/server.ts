import { loadPackageDefinition, Server, type handleBidiStreamingCall, type ServerCredentials } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { formatAddress, type Address } from '../../config/address.ts'
import { RunnerError } from '../../domain/errors.ts'
import { createCalls, type Calls } from './calls.ts'
import { arrayService } from './envrunner/arrays.ts'
import { runnerService } from './envrunner/control.ts'
import { taskService } from './envrunner/tasks.ts'
import type { ProtoGrpcType as EnvRunnerProto } from './generated/envrunner.ts'
import type { ProtoGrpcType as OrchestratorProto } from './generated/orchestrator.ts'
import type { ProtoGrpcType as RunnerProto } from './generated/runner.ts'
import { createGuestStreams, type GuestStreams } from './guest-streams.ts'
import { addHealthService } from './health.ts'
import type { GrpcServerOptions } from './options.ts'
import { orchestratorService } from './orchestrator/service.ts'
import { envRunnerService } from './runner/service.ts'

export type { GrpcServerOptions } from './options.ts'

/** One gRPC server: every service on every address that is bound. */
export interface GrpcServer {
  /** Begins to listen; resolves with the port that was taken. @throws RunnerError `ADDRESS_UNAVAILABLE` */
  bind(address: Address, credentials: ServerCredentials): Promise<number>
  /** Load balancers are told that nothing new is taken; calls go on. */
  drain(): void
  /** Takes no more calls, ends streams with UNAVAILABLE, waits `graceMs` for answers under way, then cuts them. Idempotent. */
  close(graceMs: number): Promise<void>
}

/** What one connection may hold of answers that its client does not take, in MB: beyond it new calls are refused, and who goes on calling is cut off. The library's own
 * choice is no bound: 600 unread answers of 1.8 MB, one call each, were 1.2 GB. */
const sessionMegabytesMax = 128

/** How long a connection that is asked for a sign of life may take, in milliseconds. */
const pongMs = 20_000

export const createGrpcServer = (options: GrpcServerOptions): GrpcServer => {
  const { clock, protos, messageBytesMax, streamsPerConnectionMax, idleMs } = options
  const calls = createCalls(options)
  const server = new Server({
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': streamsPerConnectionMax,
    'grpc.keepalive_time_ms': idleMs,
    'grpc.keepalive_timeout_ms': pongMs,
    'grpc.enable_channelz': 0,
    'grpc-node.max_session_memory': sessionMegabytesMax,
  })
  const guests = createGuestStreams()
  const health = addHealthService(server, guests, serviceNames)
  addReflection(server, guests, protos)
  addServices(server, calls, options)
  let closing: Promise<void> | null = null

  return {
    bind: (address, credentials) =>
      new Promise((resolve, reject) => {
        const name = formatAddress(address)
        server.bindAsync(name, credentials, (cause, port) => (cause ? reject(unavailable(name, cause)) : resolve(port)))
      }),
    drain: () => health.set('NOT_SERVING'),
    close: (graceMs) =>
      (closing ??= new Promise((resolve) => {
        health.set('NOT_SERVING')
        calls.close()
        guests.close()
        const cut = clock.timer(graceMs, () => server.forceShutdown()) // a client that does not read its last message would hold a shutdown for ever
        server.tryShutdown(() => {
          cut()
          server.forceShutdown()
          resolve()
        })
      })),
  }
}

/** Every service of the contracts that is served here; the runner dials the others. */
const serviceNames = [
  'orchestrator.v1.OrchestratorService',
  'runner.v1.EnvRunner',
  'envrunner.v1.TaskService',
  'envrunner.v1.ArrayService',
  'envrunner.v1.RunnerService',
] as const

const healthService = 'grpc.health.v1.Health'

/** `grpc.reflection`, v1 and v1alpha: the contracts, for tools. Open to anyone. */
const addReflection = (server: Server, guests: GuestStreams, protos: PackageDefinition): void =>
  new ReflectionService(protos, { services: [...serviceNames, healthService] }).addToServer({
    addService: (definition, handlers) =>
      server.addService(
        definition,
        Object.fromEntries(
          Object.entries(handlers).map(([name, handle]) => [name, guests.answering(handle as handleBidiStreamingCall<never, never>)]),
        ),
      ),
  })

const addServices = (server: Server, calls: Calls, options: GrpcServerOptions): void => {
  const { orchestrator, runner, envrunner } = loadPackageDefinition(options.protos) as unknown as OrchestratorProto &
    RunnerProto &
    EnvRunnerProto
  server.addService(orchestrator.v1.OrchestratorService.service, orchestratorService(calls, options))
  server.addService(runner.v1.EnvRunner.service, envRunnerService(calls, options))
  server.addService(envrunner.v1.TaskService.service, taskService(calls, options))
  server.addService(envrunner.v1.ArrayService.service, arrayService(calls))
  server.addService(envrunner.v1.RunnerService.service, runnerService(calls, options))
}

const unavailable = (name: string, cause: Error): RunnerError => {
  const isTaken = cause.message.includes('EADDRINUSE')
  return new RunnerError(
    'ADDRESS_UNAVAILABLE',
    isTaken ? `another process listens on ${name}` : `${name} cannot be listened on: ${cause.message}`,
    {
      path: 'grpc.listen',
      hint: isTaken ? 'Stop it, or choose another address; port 0 is any free one' : 'Choose an address of this host',
      cause,
    },
  )
}
