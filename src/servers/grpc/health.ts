import { status as grpcStatus, type Server, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js'
import { service } from 'grpc-health-check'
import type { GuestStreams } from './guest-streams.ts'

export type ServingStatus = 'SERVING' | 'NOT_SERVING'

interface HealthRequest {
  /** Full name of a service; empty: the server as a whole. */
  readonly service: string
}
interface HealthResponse {
  readonly status: ServingStatus | 'SERVICE_UNKNOWN'
}
type Watch = ServerWritableStream<HealthRequest, HealthResponse>

/** `grpc.health.v1.Health`, for load balancers and probes: every service of a runner is as healthy as the others. Open to anyone.
 * (That of the package `grpc-health-check` remembers each name that somebody ever watched.) */
export const addHealthService = (server: Server, guests: GuestStreams, services: readonly string[]) => {
  const known = new Set(['', ...services])
  const watches = new Set<Watch>()
  let status: ServingStatus = 'SERVING'

  server.addService(service, {
    Check: ({ request }: ServerUnaryCall<HealthRequest, HealthResponse>, answer: sendUnaryData<HealthResponse>): void => {
      if (known.has(request.service)) answer(null, { status })
      else answer({ code: grpcStatus.NOT_FOUND, details: 'there is no such service' })
    },
    List: (_call: ServerUnaryCall<object, object>, answer: sendUnaryData<object>): void =>
      answer(null, { statuses: Object.fromEntries([...known].map((name) => [name, { status }])) }),
    Watch: guests.writing((call: Watch) => {
      if (!known.has(call.request.service)) return void call.write({ status: 'SERVICE_UNKNOWN' }) // and stays open: it might come one day (health.proto)
      watches.add(call)
      call.once('cancelled', () => watches.delete(call))
      call.write({ status })
    }),
  })

  return {
    set(next: ServingStatus): void {
      if (next === status) return
      status = next
      for (const call of watches) call.write({ status })
    },
  }
}
