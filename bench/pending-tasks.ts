/** What a pending task costs in memory, and whether a long queue slows anything down.
 * usage: node --expose-gc bench/pending-tasks.ts [LARGEST]      default 1000000; sizes 1,000, 100,000 and LARGEST
 * Throughput is that of `/usr/bin/true` in the sandbox, submitted with a higher priority, so that each is admitted over the whole queue. */
import { createRunner } from '../src/index.ts'
import { createBenchDir } from './support/data-dir.ts'
import { inParallel } from './support/in-parallel.ts'

const [largest = 1_000_000] = process.argv.slice(2).map(Number)
const directory = createBenchDir()
const runner = await createRunner({
  config: {
    data_dir: `${directory.path}/data`,
    logs: { dir: `${directory.path}/logs` },
    native: { classes: ['cpu_short', 'cpu_long'] },
    classes: { cpu_short: { concurrency: 8 }, cpu_long: { concurrency: 0 } },
  },
})

const submit = () => runner.submit({ class: 'cpu_long', payload: { tenant: 'acme', execution: { command: ['python3', 'train.py'] } } })
const runOne = async () =>
  (
    await runner.submit({ class: 'cpu_short', priority: 1, payload: { tenant: 'acme', execution: { command: ['/usr/bin/true'] } } })
  ).result()

const heap = (): number => {
  globalThis.gc!()
  return process.memoryUsage().heapUsed
}

if (!globalThis.gc) {
  console.error('start with --expose-gc')
  process.exit(2)
}
await inParallel(8, 100, runOne) // warm
const empty = heap()
let pending = 0
for (const size of [1_000, 100_000, largest]) {
  const rate = await inParallel(256, size - pending, submit)
  pending = size
  const perTask = (heap() - empty) / size
  const throughput = await inParallel(8, 300, runOne)
  console.log(
    `${size} pending: ${perTask.toFixed(0)} bytes each (heap), the last of them at ${rate.toFixed(0)} submissions/s; meanwhile ${throughput.toFixed(0)} native tasks/s`,
  )
}
await runner.close('detach')
directory.remove()
