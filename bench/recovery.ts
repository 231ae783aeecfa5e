/** Time to ready of a runner on a journal with many tasks.
 * usage: node bench/recovery.ts [ENDED] [PENDING]      default 90000 and 10000: cancelled ones and pending ones */
import { createRunner, type RunningRunner } from '../src/index.ts'
import { createBenchDir, median } from './support/data-dir.ts'

const [ended = 90_000, pending = 10_000] = process.argv.slice(2).map(Number)
const directory = createBenchDir()
const open = () => createRunner({ config: { data_dir: `${directory.path}/data`, logs: { dir: `${directory.path}/logs` } } })
const submit = (runner: RunningRunner) => runner.submit({ payload: { tenant: 'acme', execution: { command: ['python3', 'train.py'] } } })

const first = await open()
await first.pause()
let left = ended + pending
await Promise.all(
  Array.from({ length: 256 }, async () => {
    while (left-- > 0) {
      const doomed = left >= pending
      const task = await submit(first)
      if (doomed) await task.cancel('not wanted')
    }
  }),
)
console.log(JSON.stringify(first.status().tasks))
await first.close('detach')

const times: number[] = []
for (let round = 0; round < 5; round++) {
  const startedAt = performance.now()
  const runner = await open()
  times.push(performance.now() - startedAt)
  await runner.close('detach')
}
console.log(
  `${ended + pending} journalled, ${pending} pending: ready in ${median(times).toFixed(0)} ms (median of ${times.length}: ${times.map((ms) => ms.toFixed(0)).join(', ')})`,
)
directory.remove()
