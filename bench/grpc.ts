/** gRPC calls of the daemon against a bare grpc-js server that answers the same messages at once, each server in a process of its own: durable submissions, statuses,
 * and log bytes.
 * usage: node bench/grpc.ts [CALLS] [ROUNDS] [LOG_MB]      default 5000, 5 and 512; both sides in turn, ratio round by round */
import { openJournal } from '../adapters/sqlite/journal.ts'
import { createGrpcClients } from '../test/support/grpc-client.ts'
import { startChild, startServe } from './support/child.ts'
import { createBenchDir, median } from './support/data-dir.ts'
import { inParallel } from './support/in-parallel.ts'

const [calls = 5_000, rounds = 5, logMb = 512] = process.argv.slice(2).map(Number)
const directory = createBenchDir()
const settings = [
  'classes.cpu_short.concurrency=0',
  'classes.cpu_long.concurrency=1',
  'native.classes=["cpu_short","cpu_long"]',
  `logs.max_bytes=${2 * logMb * 2 ** 20}`,
]
const serve = await startServe(`${directory.path}/data`, settings)
const echo = await startChild(['bench/support/grpc-echo.ts'])
const sides = { ours: createGrpcClients(serve.grpc), bare: createGrpcClients(`127.0.0.1:${echo.line}`) }
type Clients = typeof sides.ours

const execution = JSON.stringify({ command: ['python3', 'train.py', '--epochs', '3'], env: { A: 'b' }, timeout_seconds: 30 })
const request = {
  id: '',
  class: 'cpu_short',
  payload: { tenant: 'acme', context: '{"run": "r1"}', execution },
  priority: 0,
  workflow_id: '',
}
const submit = async ({ orchestrator, call }: Clients): Promise<string> => {
  const { success, task_id: id, error } = await call(orchestrator.SubmitTask.bind(orchestrator), request)
  if (!success) throw new Error(error)
  return id
}
const known = await submit(sides.ours)
const status = ({ orchestrator, call }: Clients) => call(orchestrator.GetTaskStatus.bind(orchestrator), { task_id: known })

const percentile = (figures: readonly number[], share: number): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length * share)]!

const compare = async (what: string, call: (clients: Clients) => Promise<unknown>): Promise<void> => {
  const [ours, bare]: [number[], number[]] = [[], []]
  for (const clients of Object.values(sides)) await inParallel(32, calls / 5, () => call(clients)) // warm
  for (let round = 0; round < rounds; round++) {
    bare.push(await inParallel(32, calls, () => call(sides.bare)))
    ours.push(await inParallel(32, calls, () => call(sides.ours)))
  }
  const ratio = median(ours.map((figure, round) => figure / bare[round]!))
  console.log(
    `${what}, 32 in flight: env-runner ${median(ours).toFixed(0)}/s, bare echo ${median(bare).toFixed(0)}/s, ratio ${ratio.toFixed(2)}`,
  )
}

const latencies = async (clients: Clients, call: (clients: Clients) => Promise<unknown>): Promise<number[]> => {
  const tookMs: number[] = []
  for (let turn = 0; turn < calls / 5; turn++) {
    const startedAt = performance.now()
    await call(clients)
    tookMs.push(performance.now() - startedAt)
  }
  return tookMs
}

/** What one commit takes, alone on the same disk. */
const commitMs = async (): Promise<number> => {
  const journal = await openJournal({ path: `${directory.path}/commit.db` })
  const tookMs: number[] = []
  for (let position = 1; position <= 300; position++) {
    const startedAt = performance.now()
    await journal.append([
      {
        record: {
          position,
          stream: 'runner',
          seq: position - 1,
          at: position,
          type: 'x',
          data: { text: 'x'.repeat(800) },
          state: null,
          public: [],
        },
        row: null,
      },
    ])
    tookMs.push(performance.now() - startedAt)
  }
  await journal.close()
  return percentile(tookMs, 0.5)
}

await compare('durable submissions', submit)
await compare('statuses', status)
const [bareMs, oursMs, oneCommitMs] = [
  percentile(await latencies(sides.bare, submit), 0.5),
  percentile(await latencies(sides.ours, submit), 0.5),
  await commitMs(),
]
console.log(
  `one client: a submission takes ${oursMs.toFixed(2)} ms (p50), the bare echo ${bareMs.toFixed(2)} ms, a commit ${oneCommitMs.toFixed(2)} ms: ` +
    `${((oursMs - bareMs) / oneCommitMs).toFixed(2)} commits above the echo`,
)

const receive = async ({ tasks, metadata }: Clients, id: string, bytes: number): Promise<number> => {
  const startedAt = performance.now()
  let received = 0
  for await (const chunk of tasks.ReadLogs({ id, streams: ['LOG_STREAM_STDOUT'], follow: true, offset: id === '' ? bytes : 0 }, metadata))
    received += (chunk as { data: Buffer }).data.length
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came`)
  return received / 2 ** 20 / ((performance.now() - startedAt) / 1_000)
}
const bytes = logMb * 2 ** 20
const [ours, bare, memory]: [number[], number[], number[]] = [[], [], []]
for (let round = 0; round < Math.min(3, rounds); round++) {
  bare.push(await receive(sides.bare, '', bytes))
  const { orchestrator, call } = sides.ours
  const printing = {
    ...request,
    class: 'cpu_long',
    payload: { execution: JSON.stringify({ command: ['head', '-c', String(bytes), '/dev/zero'] }) },
  }
  const { task_id: id, error } = await call(orchestrator.SubmitTask.bind(orchestrator), printing)
  if (error !== '') throw new Error(error)
  const watch = setInterval(() => memory.push(serve.memoryBytes()), 100)
  ours.push(await receive(sides.ours, id, bytes))
  clearInterval(watch)
}
console.log(
  `log bytes from a running task: env-runner ${median(ours).toFixed(0)} MB/s, bare stream ${median(bare).toFixed(0)} MB/s, ratio ` +
    `${median(ours.map((figure, round) => figure / bare[round]!)).toFixed(2)}; memory of the daemon ${(Math.min(...memory) / 2 ** 20).toFixed(0)} to ${(Math.max(...memory) / 2 ** 20).toFixed(0)} MB`,
)
Object.values(sides).forEach((clients) => clients.close())
await echo.stop()
await serve.stop()
directory.remove()
