/** Native tasks over `POST /tasks/execute` against a bare spawn loop in this process, and how long tasks wait from their acceptance to their start at 80 % of that rate.
 * usage: node bench/http-execute.ts [TASKS] [ROUNDS] [IN_FLIGHT]      default 400, 5 and 64; both sides in turn, ratio round by round */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { startServe } from './support/child.ts'
import { createBenchDir, median } from './support/data-dir.ts'
import { inParallel } from './support/in-parallel.ts'
import { benchPlan, rawSpawnLoop } from './support/raw-spawn.ts'

const [tasks = 400, rounds = 5, inFlight = 64] = process.argv.slice(2).map(Number)
const { argv, limits } = benchPlan()
const directory = createBenchDir()
const places = 16
const serve = await startServe(`${directory.path}/data`, [
  `classes.cpu_short.concurrency=${places}`,
  `native.processes_max=${limits.processesMax}`,
  `native.open_files_max=${limits.openFilesMax}`,
  'native.oversubscribe=true',
])
const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
const body = (id: string) =>
  JSON.stringify({
    id,
    class: 'cpu_short',
    payload: { tenant: 'bench', execution: { command: argv, resources: { mem_bytes: limits.memoryBytes } } },
  })
let made = 0

const post = (path: string, text: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const call = request(`${serve.http}${path}`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
      let answer = ''
      response.setEncoding('utf8').on('data', (part: string) => (answer += part))
      response.on('end', () => resolve({ status: response.statusCode!, text: answer }))
    })
    call.on('error', reject).end(text)
  })
const execute = async (): Promise<void> => {
  const { status, text } = await post('/tasks/execute', body(`bench-${++made}`))
  if (status !== 200) throw new Error(text)
}

const [ours, theirs]: [number[], number[]] = [[], []]
await inParallel(inFlight, tasks / 2, execute) // warm
for (let round = 0; round < rounds; round++) {
  theirs.push(await rawSpawnLoop({ concurrency: places, total: tasks }))
  ours.push(await inParallel(inFlight, tasks, execute))
}
const rate = median(ours)
console.log(
  `${inFlight} in flight over HTTP: env-runner ${rate.toFixed(0)}/s, bare spawn loop (${places} at once) ${median(theirs).toFixed(0)}/s, ratio ${median(ours.map((figure, round) => figure / theirs[round]!)).toFixed(2)}`,
)

const accepted: string[] = []
const pending: Promise<unknown>[] = []
const startedAt = performance.now()
for (let index = 0; index < 2 * tasks; index++) {
  const wait = startedAt + (index * 1_000) / (0.8 * rate) - performance.now()
  if (wait > 0) await delay(wait)
  const id = `paced-${index}`
  accepted.push(id)
  pending.push(post('/api/v1/tasks?wait=true', body(id)))
}
await Promise.all(pending)
const waitMs: number[] = []
for (const id of accepted) {
  const task = (await (await fetch(`${serve.http}/api/v1/tasks/${id}`)).json()) as { submitted_at: string; started_at: string }
  waitMs.push(Date.parse(task.started_at) - Date.parse(task.submitted_at))
}
waitMs.sort((a, b) => a - b)
const [p50, p99] = [0.5, 0.99].map((share) => waitMs[Math.floor(waitMs.length * share)]!) as [number, number]
console.log(
  `accepted to running at 80 % load (${(0.8 * rate).toFixed(0)}/s): p50 ${p50} ms, p99 ${p99} ms, ratio ${(p99 / p50).toFixed(1)}`,
)
agent.destroy()
await serve.stop()
directory.remove()
