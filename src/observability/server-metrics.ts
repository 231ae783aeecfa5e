import { Gauge, Histogram, type Registry } from 'prom-client'

/** One HTTP request that was answered, or broke off. */
export interface HttpObservation {
  /** The pattern of the route (`/api/v1/tasks/:id`), never the path that was asked for; `none` where no route matched. */
  readonly route: string
  /** As HTTP spells it; what is none of its common words counts as `other`. */
  readonly method: string
  /** Of the answer; 499 where the client went away before it. */
  readonly status: number
  readonly seconds: number
}

/** One gRPC call that ended. */
export interface GrpcObservation {
  /** `package.Service/Method` of a method that is served, `none` for any other. */
  readonly method: string
  /** The status in words: `OK`, `NOT_FOUND`, … */
  readonly code: string
  readonly seconds: number
}

/** What a stream carries, over gRPC or HTTP: a closed set, as every label is. */
export const streamKinds = ['results', 'events', 'watch', 'logs', 'run', 'wait'] as const
export type StreamKind = (typeof streamKinds)[number]

/** What servers tell of the calls that they answer. */
export interface ServerMetrics {
  observeHttp(request: HttpObservation): void
  observeGrpc(call: GrpcObservation): void
  /** A stream was opened. Returns what is to be called when it has ended: idempotent. */
  stream(kind: StreamKind): () => void
}

/** Unary calls take milliseconds; calls that wait for a task, or follow one, take as long as it. */
const callBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 900]
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export const createServerMetrics = (registry: Registry): ServerMetrics => {
  const registers = [registry]
  const http = new Histogram({
    name: 'env_runner_http_request_seconds',
    help: "HTTP requests, from their first line to the answer's last byte, by the pattern of the route.",
    labelNames: ['route', 'method', 'status'],
    buckets: callBuckets,
    registers,
  })
  const grpc = new Histogram({
    name: 'env_runner_grpc_call_seconds',
    help: 'gRPC calls, from their start to their status; streams as long as they were open.',
    labelNames: ['method', 'code'],
    buckets: callBuckets,
    registers,
  })
  const open = new Gauge({
    name: 'env_runner_open_streams',
    help: 'Streams that are open, by what they carry.',
    labelNames: ['kind'],
    registers,
  })
  for (const kind of streamKinds) open.set({ kind }, 0)
  const [routes, calls] = [createLabelBound(), createLabelBound()]
  return {
    observeHttp: ({ route, method, status, seconds }) =>
      http.observe({ route: routes(route), method: methods.has(method) ? method : 'other', status: statusWord(status) }, seconds),
    observeGrpc: ({ method, code, seconds }) => grpc.observe({ method: calls(method), code }, seconds),
    stream(kind) {
      let isOpen = true
      open.inc({ kind })
      return () => {
        if (isOpen) open.dec({ kind })
        isOpen = false
      }
    },
  }
}

const statusWord = (status: number): string => (Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other')

/** Values that one label may take; the server has tens of routes and methods. */
const labelValuesMax = 200

/** Passes the first values on and calls all others `other`: a mistake of a caller costs a name, never the memory. */
const createLabelBound = () => {
  const known = new Set<string>()
  return (value: string): string => {
    if (known.has(value)) return value
    if (known.size >= labelValuesMax) return 'other'
    known.add(value)
    return value
  }
}
