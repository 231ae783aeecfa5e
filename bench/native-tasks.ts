/** Native tasks per second, submit to result, against a bare `child_process.spawn` loop of the same command in the same sandbox.
 * usage: node bench/native-tasks.ts [TASKS] [ROUNDS] [IN_FLIGHT]      default 400, 5 and 8; both sides in turn, ratio round by round */
import { createRunner } from '../src/index.ts'
import { createBenchDir, median } from './support/data-dir.ts'
import { inParallel } from './support/in-parallel.ts'
import { benchPlan, rawSpawnLoop } from './support/raw-spawn.ts'

const [tasks = 400, rounds = 5, inFlight = 8] = process.argv.slice(2).map(Number)
const { argv, limits } = benchPlan()
const directory = createBenchDir()
const runner = await createRunner({
  config: {
    data_dir: `${directory.path}/data`,
    logs: { dir: `${directory.path}/logs` },
    classes: { cpu_short: { concurrency: inFlight } },
    native: { processes_max: limits.processesMax, open_files_max: limits.openFilesMax, oversubscribe: true },
  },
})
const submission = { payload: { tenant: 'bench', execution: { command: [...argv], resources: { mem_bytes: limits.memoryBytes! } } } }

/** As the bare loop: so many callers, each submits and awaits the result. */
const engineLoop = (): Promise<number> =>
  inParallel(inFlight, tasks, async () => {
    const { status } = await (await runner.submit(submission)).result()
    if (status !== 'completed') throw new Error(`a task of the bench is ${status}`)
  })

/** Runs one side; CPU of this process alone, in milliseconds per task. */
const measure = async (run: () => Promise<number>): Promise<{ rate: number; cpuMs: number }> => {
  const before = process.cpuUsage()
  const rate = await run()
  const { user, system } = process.cpuUsage(before)
  return { rate, cpuMs: (user + system) / 1_000 / tasks }
}

const [ours, theirs]: [number[], number[]] = [[], []]
await engineLoop() // warm
for (let round = 0; round < rounds; round++) {
  const [bare, engine] = [await measure(() => rawSpawnLoop({ concurrency: inFlight, total: tasks })), await measure(engineLoop)]
  theirs.push(bare.rate)
  ours.push(engine.rate)
  console.log(
    `round ${round + 1}: engine ${engine.rate.toFixed(0)}/s and ${engine.cpuMs.toFixed(2)} ms of CPU a task, bare loop ${bare.rate.toFixed(0)}/s and ${bare.cpuMs.toFixed(2)} ms`,
  )
}
console.log(
  `${inFlight} in flight: engine ${median(ours).toFixed(0)}/s, bare loop ${median(theirs).toFixed(0)}/s, ratio ${median(ours.map((figure, round) => figure / theirs[round]!)).toFixed(2)}`,
)
await runner.close()
directory.remove()
