/** Docker tasks per second, submit to result, against a bare create, start, wait, remove loop of dockerode over the same container, both at the loop's best
 * concurrency, with the CPU that a task takes; and the time to the first byte of output, one at a time. Needs a Docker engine (DOCKER_HOST, else the usual socket), busybox-static for its image.
 * usage: node bench/docker-tasks.ts [TASKS] [ROUNDS] [IN_FLIGHT]      default 100, 5 and the best of 2, 4, 8, 16; sides in turn, ratio round by round */
import { loadavg } from 'node:os'
import { createRunner } from '../src/index.ts'
import { busyboxImage } from '../test/support/docker-images.ts'
import { createBenchDir, median } from './support/data-dir.ts'
import { inParallel } from './support/in-parallel.ts'
import { measureCpu, type Measured } from './support/measure-cpu.ts'
import { benchLimits, benchTenant, createRawDocker, type RawDocker } from './support/raw-docker.ts'

const [tasks = 100, rounds = 5, inFlightGiven] = process.argv.slice(2).map(Number)
const image = await busyboxImage()

const bestConcurrency = async (raw: RawDocker): Promise<number> => {
  const rates = new Map<number, number>()
  await raw.loop(4, tasks / 4) // warm
  for (const concurrency of [2, 4, 8, 16]) rates.set(concurrency, await raw.loop(concurrency, tasks))
  console.log([...rates].map(([concurrency, rate]) => `bare loop at ${concurrency}: ${rate.toFixed(1)}/s`).join(', '))
  return [...rates].reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

const raw = await createRawDocker(image, ['true'])
const rawPrinting = await createRawDocker(image, ['sh', '-c', 'echo first; sleep 0.3'])
const inFlight = inFlightGiven ?? (await bestConcurrency(raw))
const directory = createBenchDir()
const runner = await createRunner({
  config: {
    data_dir: `${directory.path}/data`,
    logs: { dir: `${directory.path}/logs` },
    classes: { cpu_short: { concurrency: inFlight } },
    native: { oversubscribe: true },
    docker: { processes_max: benchLimits.processesMax, open_files_max: benchLimits.openFilesMax },
  },
  env: process.env,
})
const submission = (command: readonly string[]) => ({
  payload: {
    tenant: benchTenant,
    execution: { image, command, resources: { mem_bytes: benchLimits.memoryBytes, cpu_millicores: benchLimits.cpuMillicores } },
  },
})

const engineLoop = (): Promise<number> =>
  inParallel(inFlight, tasks, async () => {
    const { status } = await (await runner.submit(submission(['true']))).result()
    if (status !== 'completed') throw new Error(`a task of the bench is ${status}`)
  })

/** From `submit` to the first byte that a follower of the log is given, in milliseconds. */
const engineFirstByteMs = async (): Promise<number> => {
  const startedAt = performance.now()
  const task = await runner.submit(submission(['sh', '-c', 'echo first; sleep 0.3']))
  let tookMs = NaN
  for await (const _ of task.logs({ follow: true })) {
    tookMs = performance.now() - startedAt
    break
  }
  await task.result()
  return tookMs
}

const ratioOf = (ours: readonly number[], theirs: readonly number[]): string =>
  median(ours.map((figure, round) => figure / theirs[round]!)).toFixed(2)

const shown = (side: string, { rate, ownMs, hostMs }: Measured): string =>
  `${side} ${rate.toFixed(1)}/s with ${ownMs.toFixed(1)} ms of CPU a task here and ${hostMs.toFixed(0)} on the host`

const [ours, theirs]: [Measured[], Measured[]] = [[], []]
await engineLoop() // warm
for (let round = 0; round < rounds; round++) {
  theirs.push(await measureCpu(tasks, () => raw.loop(inFlight, tasks)))
  ours.push(await measureCpu(tasks, engineLoop))
  console.log(`round ${round + 1}: ${shown('engine', ours.at(-1)!)}; ${shown('bare loop', theirs.at(-1)!)}`)
}
const all = (sides: readonly Measured[], figure: keyof Measured): number[] => sides.map((side) => side[figure])
const medians = (sides: readonly Measured[]): Measured => ({
  rate: median(all(sides, 'rate')),
  ownMs: median(all(sides, 'ownMs')),
  hostMs: median(all(sides, 'hostMs')),
})
console.log(
  `${inFlight} in flight: ${shown('engine', medians(ours))}; ${shown('bare loop', medians(theirs))}; ratio ${ratioOf(all(ours, 'rate'), all(theirs, 'rate'))} (load ${loadavg()[0]!.toFixed(1)})`,
)

const [oursMs, theirsMs]: [number[], number[]] = [[], []]
for (let turn = 0; turn < 4 * rounds; turn++) {
  theirsMs.push(await rawPrinting.firstByteMs())
  oursMs.push(await engineFirstByteMs())
}
console.log(
  `first byte: engine ${median(oursMs).toFixed(0)} ms, bare loop ${median(theirsMs).toFixed(0)} ms, ratio ${ratioOf(oursMs, theirsMs)}`,
)
await runner.close()
raw.close()
rawPrinting.close()
directory.remove()
