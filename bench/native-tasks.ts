/** Native tasks per second, submit to result, against a bare `child_process.spawn` loop of the same command in the same sandbox.
 * usage: node bench/native-tasks.ts [TASKS] [ROUNDS] [IN_FLIGHT]      default 400, 5 and 8; both sides in turn, ratio round by round */
import { createRunner } from '../src/index.ts'
import { createBenchDir, median } from './support/data-dir.ts'
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
const engineLoop = async (): Promise<number> => {
  let left = tasks
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        const { status } = await (await runner.submit(submission)).result()
        if (status !== 'completed') throw new Error(`a task of the bench is ${status}`)
      }
    }),
  )
  return tasks / ((performance.now() - startedAt) / 1_000)
}

const [ours, theirs]: [number[], number[]] = [[], []]
await engineLoop() // warm
for (let round = 0; round < rounds; round++) {
  theirs.push(await rawSpawnLoop({ concurrency: inFlight, total: tasks }))
  const cpuBefore = process.cpuUsage()
  ours.push(await engineLoop())
  const { user, system } = process.cpuUsage(cpuBefore)
  console.log(
    `round ${round + 1}: engine ${ours.at(-1)!.toFixed(0)}/s, bare loop ${theirs.at(-1)!.toFixed(0)}/s, engine CPU per task ${((user + system) / 1_000 / tasks).toFixed(2)} ms`,
  )
}
console.log(
  `${inFlight} in flight: engine ${median(ours).toFixed(0)}/s, bare loop ${median(theirs).toFixed(0)}/s, ratio ${median(ours.map((figure, round) => figure / theirs[round]!)).toFixed(2)}`,
)
await runner.close()
directory.remove()
