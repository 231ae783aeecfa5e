/** Log bytes per second of a container that prints as fast as it can: into a task's log file, from submission to result, against the same container started by
 * dockerode and `docker logs --follow` of it into a file. Needs a Docker engine (DOCKER_HOST, else the usual socket), busybox-static for its image.
 * usage: node bench/docker-logs.ts [MEGABYTES] [ROUNDS]      default 100 and 5; sides in turn, ratio round by round */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createRunner } from '../src/index.ts'
import { busyboxImage } from '../test/support/docker-images.ts'
import { createBenchDir, median } from './support/data-dir.ts'
import { benchLimits, benchTenant, createRawDocker } from './support/raw-docker.ts'

const [megabytes = 100, rounds = 5] = process.argv.slice(2).map(Number)
const bytes = megabytes * 1e6
const image = await busyboxImage()
/** Lines of 99 characters, from one process. */
const command = ['sh', '-c', `yes ${'x'.repeat(99)} | head -c ${bytes}`]

const directory = createBenchDir()
const raw = await createRawDocker(image, command)
const runner = await createRunner({
  config: {
    data_dir: `${directory.path}/data`,
    logs: { dir: `${directory.path}/logs`, max_bytes: 2 * bytes },
    docker: { processes_max: benchLimits.processesMax, open_files_max: benchLimits.openFilesMax },
  },
  env: process.env,
})

const engineSide = async (): Promise<number> => {
  const startedAt = performance.now()
  const task = await runner.submit({
    payload: {
      tenant: benchTenant,
      execution: { image, command, resources: { mem_bytes: benchLimits.memoryBytes, cpu_millicores: benchLimits.cpuMillicores } },
    },
  })
  const { status } = await task.result()
  const seconds = (performance.now() - startedAt) / 1_000
  const { size } = statSync(runner.logPaths(task.id, 1).stdout)
  if (status !== 'completed' || size !== bytes) throw new Error(`the task is ${status}, with ${size} of ${bytes} bytes`)
  return bytes / seconds
}

/** An engine may end a follower before it was told everything: then the log is read once more, as its user would have to. */
const dockerSide = async (): Promise<number> => {
  const startedAt = performance.now()
  const container = await raw.begun()
  const path = join(directory.path, 'docker-logs')
  const read = async (...options: string[]): Promise<number> => {
    const fd = openSync(path, 'w')
    const logs = spawn('docker', ['logs', ...options, container.id], { stdio: ['ignore', fd, 'inherit'] })
    closeSync(fd)
    await once(logs, 'exit')
    return statSync(path).size
  }
  const followed = await read('--follow')
  const size = followed === bytes ? followed : await read()
  const seconds = (performance.now() - startedAt) / 1_000
  await container.discard()
  if (size !== bytes) throw new Error(`docker logs gave ${size} of ${bytes} bytes`)
  if (followed !== bytes) console.log(`docker logs --follow gave ${followed} of ${bytes} bytes, and was called again without --follow`)
  return bytes / seconds
}

const [ours, theirs]: [number[], number[]] = [[], []]
const perSecond = (figure: number): string => `${(figure / 1e6).toFixed(1)} MB/s`
for (let round = 0; round < rounds; round++) {
  theirs.push(await dockerSide())
  ours.push(await engineSide())
  console.log(`round ${round + 1}: engine ${perSecond(ours.at(-1)!)}, docker logs ${perSecond(theirs.at(-1)!)}`)
}
console.log(
  `engine ${perSecond(median(ours))}, docker logs ${perSecond(median(theirs))}, ratio ${median(ours.map((figure, round) => figure / theirs[round]!)).toFixed(2)}`,
)
await runner.close()
raw.close()
directory.remove()
