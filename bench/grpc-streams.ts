/** Streams of task results: how long after its commit a change arrives at a client, and what streams cost on which nothing happens.
 * usage: node bench/grpc-streams.ts [TASKS] [IDLE_STREAMS] [SECONDS]      default 100, 1000 and 10 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createGrpcClients } from '../test/support/grpc-client.ts'
import { startChild } from './support/child.ts'
import { createBenchDir } from './support/data-dir.ts'

const [tasks = 100, idleStreams = 1_000, seconds = 10] = process.argv.slice(2).map(Number)
const directory = createBenchDir()
const commitsFile = `${directory.path}/commits.json`
const child = await startChild(['bench/support/timed-serve.ts', `${directory.path}/data`, commitsFile])
const serve = { ...child, ...(JSON.parse(child.line) as { http: string; grpc: string }) }
const clients = createGrpcClients(serve.grpc)
const { orchestrator, call, metadata } = clients
const submit = async (command: readonly string[]): Promise<string> => {
  const payload = { execution: JSON.stringify({ command }) }
  const { task_id: id, error } = await call(orchestrator.SubmitTask.bind(orchestrator), {
    id: '',
    class: 'cpu_short',
    payload,
    priority: 0,
    workflow_id: '',
  })
  if (error !== '') throw new Error(error)
  return id
}

const idle: string[] = []
for (let index = 0; index < 4; index++) idle.push(await submit(['sleep', '3600']))
/** Percent of one CPU that the daemon uses while nothing happens. */
const idlePercent = async (): Promise<number> => {
  await delay(3_000)
  const before = serve.cpuSeconds()
  await delay(seconds * 1_000)
  return ((serve.cpuSeconds() - before) / seconds) * 100
}
const withoutPercent = await idlePercent()
const open = Array.from({ length: idleStreams }, (_, index) => {
  const stream = orchestrator.StreamTaskResults({ task_ids: [idle[index % idle.length]!], include_completed: false }, metadata)
  stream.on('data', () => {}).on('error', () => {})
  return stream
})
await Promise.all(open.map((stream) => once(stream, 'data'))) // each is told where its task stands, and then nothing more
const withPercent = await idlePercent()
console.log(
  `${idleStreams} idle streams: ${withPercent.toFixed(2)} % of one CPU over ${seconds} s, ${withoutPercent.toFixed(2)} % without them; ${(serve.memoryBytes() / 2 ** 20).toFixed(0)} MB`,
)

/** When each change was received, by task and status. */
const seenAt = new Map<string, number>()
let ended = 0
const all = Promise.withResolvers<undefined>()
const stream = orchestrator.StreamTaskResults({ task_ids: [], include_completed: false }, metadata)
let isOver = false
stream
  .on('data', ({ task_id: id, status }: { task_id: string; status: string }) => {
    const key = `${id} ${status}`
    if (seenAt.has(key)) throw new Error(`${key} came twice`)
    seenAt.set(key, performance.timeOrigin + performance.now())
    if (status === 'completed' && !idle.includes(id) && ++ended === tasks) all.resolve(undefined)
  })
  .on('error', (cause) => !isOver && all.reject(cause))
const ids = await Promise.all(Array.from({ length: tasks }, () => submit(['sleep', '0.02'])))
await all.promise
isOver = true
stream.cancel()
const changes: { readonly seenAt: number; readonly position: number }[] = []
for (const id of ids) {
  const answer = await fetch(`${serve.http}/api/v1/tasks/${id}/events`)
  const { events } = (await answer.json()) as { events: { type: string; position: number }[] }
  for (const [status, type] of [['running', 'task.admit'], ['completed', 'attempt.collected']] as const)
    changes.push({ seenAt: seenAt.get(`${id} ${status}`)!, position: events.find((event) => event.type === type)!.position })
} // prettier-ignore
open.forEach((one) => one.cancel())
for (const id of idle) await fetch(`${serve.http}/api/v1/tasks/${id}/cancel`, { method: 'POST' })
clients.close()
await serve.stop()
const committedAt = JSON.parse(readFileSync(commitsFile, 'utf8')) as Record<number, number>
const lateMs = changes.map(({ seenAt: at, position }) => at - committedAt[position]!).sort((a, b) => a - b)
const share = (part: number): string => lateMs[Math.floor(lateMs.length * part)]!.toFixed(1)
console.log(
  `${tasks} tasks of 20 ms, running and completed each seen once by a stream: p50 ${share(0.5)} ms, p99 ${share(0.99)} ms after their commit`,
)
directory.remove()
