/** Durable submissions per second, in process, against BullMQ's `add` on a Redis that syncs every write (`appendfsync always`).
 * usage: node bench/submissions.ts [SUBMISSIONS] [ROUNDS]      default 20000 and 5; both sides in turn, medians, ratios round by round */
import { Queue } from 'bullmq'
import { createRunner } from '../src/index.ts'
import { createBenchDir, median } from './support/data-dir.ts'
import { inParallel } from './support/in-parallel.ts'
import { startRedis } from './support/redis.ts'

const [submissions = 20_000, rounds = 5] = process.argv.slice(2).map(Number)
const payload = () => ({
  tenant: 'acme',
  context: { run: 'r1' },
  execution: { command: ['python3', 'train.py', '--epochs', '3'], env: { A: 'b' }, timeout_seconds: 30 },
})

const directory = createBenchDir()
const redis = await startRedis(directory.path)
const queue = new Queue('bench', { connection: { host: '127.0.0.1', port: redis.port } })
const runner = await createRunner({ config: { data_dir: `${directory.path}/data`, logs: { dir: `${directory.path}/logs` } } })
await runner.pause()
for (const inFlight of [1, 32, 256, 1_024]) {
  const total = inFlight === 1 ? Math.ceil(submissions / 20) : submissions
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await inParallel(inFlight, total, () => runner.submit({ payload: payload() })))
    theirs.push(await inParallel(inFlight, total, () => queue.add('task', payload())))
  }
  const ratio = median(ours.map((figure, round) => figure / theirs[round]!))
  console.log(
    `${inFlight} in flight: env-runner ${Math.round(median(ours))}/s, BullMQ ${Math.round(median(theirs))}/s, ratio ${ratio.toFixed(2)}`,
  )
}
await runner.close('detach')
await queue.close()
await redis.stop()
directory.remove()
