/** Streams of task results: how late changes arrive, and what streams cost on which nothing happens.
 * usage: node bench/grpc-streams.ts [TASKS] [IDLE_STREAMS] [SECONDS]      default 100, 1000 and 10 */
import { setTimeout as delay } from 'node:timers/promises'
import { createGrpcClients } from '../test/support/grpc-client.ts'
import { startServe } from './support/child.ts'
import { createBenchDir } from './support/data-dir.ts'

const [tasks = 100, idleStreams = 1_000, seconds = 10] = process.argv.slice(2).map(Number)
const directory = createBenchDir()
const serve = await startServe(`${directory.path}/data`, ['classes.cpu_short.concurrency=8'])
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
for (let index = 0; index < 4; index++) idle.push(await submit(['sleep', '50']))
const open = Array.from({ length: idleStreams }, (_, index) => {
  const stream = orchestrator.StreamTaskResults({ task_ids: [idle[index % idle.length]!], include_completed: false }, metadata)
  stream.on('data', () => {}).on('error', () => {})
  return stream
})
await delay(3_000)
const before = serve.cpuSeconds()
await delay(seconds * 1_000)
console.log(
  `${idleStreams} idle streams: ${(((serve.cpuSeconds() - before) / seconds) * 100).toFixed(2)} % of one CPU over ${seconds} s, ${(serve.memoryBytes() / 2 ** 20).toFixed(0)} MB`,
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
    seenAt.set(key, Date.now())
    if (status === 'completed' && !idle.includes(id) && ++ended === tasks) all.resolve(undefined)
  })
  .on('error', (cause) => !isOver && all.reject(cause))
const ids = await Promise.all(Array.from({ length: tasks }, () => submit(['sleep', '0.02'])))
await all.promise
isOver = true
stream.cancel()
const lateMs: number[] = []
for (const id of ids) {
  const { events } = (await (await fetch(`${serve.http}/api/v1/tasks/${id}/events`)).json()) as { events: { type: string; at: number }[] }
  const at = (type: string): number => events.find((event) => event.type === type)!.at
  lateMs.push(seenAt.get(`${id} running`)! - at('task.admit'), seenAt.get(`${id} completed`)! - at('attempt.collected'))
}
lateMs.sort((a, b) => a - b)
console.log(
  `${tasks} tasks of 20 ms, each change seen once: p50 ${lateMs[Math.floor(lateMs.length / 2)]} ms, p99 ${lateMs[Math.floor(lateMs.length * 0.99)]} ms after it was applied, its commit included`,
)
open.forEach((one) => one.cancel())
for (const id of idle) await fetch(`${serve.http}/api/v1/tasks/${id}/cancel`, { method: 'POST' })
clients.close()
await serve.stop()
directory.remove()
