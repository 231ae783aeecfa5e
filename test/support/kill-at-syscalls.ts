import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireService } from '../require-service.ts'
import { differences, inHome, type LifeReport, type PointReport } from './kill-at-points.ts'
import { live, type Life, type Lived } from './lives.ts'
import type { RunnerHome } from './runner-home.ts'
import type { RunnerProcess } from './runner-process.ts'

export const hasStrace = requireService('strace', spawnSync('strace', ['-V']).status === 0, 'apt-get install strace')

/** The `nth` call (from 1) into the kernel that the runner's main thread makes once it is watched: it is killed on entry, so that the call has no effect. */
export interface SyscallPoint {
  readonly syscall: string
  readonly nth: number
}

/** Calls that change something, and those that open files: between them lie all steps of a launch and of a removal. */
const syscalls = ['openat', 'mkdir', 'pwrite64', 'unlink', 'clone', 'clone3', 'rmdir']

/** Lives one task undisturbed, then once for each step inside of what is one call for the engine, a launch or a removal, with the runner killed there by the kernel.
 * The native executor takes these steps on the main thread, in an order that does not change; what other threads do belongs to other calls.
 * @param choose of all points, those to try */
export const killAtSyscalls = (life: Life, choose: (point: SyscallPoint) => boolean): Promise<LifeReport> =>
  inHome(life, async (home) => {
    const trace = join(home.dataDir, '../trace')
    const watched = await watch(await home.runner(), ['-o', trace, '-e', `trace=${syscalls.join(',')}`])
    const undisturbed = await live(home, 'undisturbed', life)
    await watched.end()
    const reports: PointReport[] = []
    for (const [index, point] of pointsIn(readFileSync(trace, 'utf8')).filter(choose).entries())
      reports.push(await killAt(home, `task-${index}`, life, point, undisturbed))
    return { undisturbed, points: reports }
  })

/** All up to the spawn; of what comes later, the removals: how often the executor looks at a process that ends is a matter of luck. */
const pointsIn = (trace: string): SyscallPoint[] => {
  const made = trace.split('\n').flatMap((line) => syscalls.filter((name) => line.startsWith(`${name}(`)))
  const spawn = made.findLastIndex((name) => name.startsWith('clone'))
  return made
    .map((syscall, index) => ({ syscall, nth: made.slice(0, index + 1).filter((name) => name === syscall).length, index }))
    .filter(({ syscall, index }) => index <= spawn || syscall === 'rmdir' || syscall === 'unlink')
    .map(({ syscall, nth }) => ({ syscall, nth }))
}

const killAt = async (
  home: RunnerHome,
  id: string,
  life: Life,
  { syscall, nth }: SyscallPoint,
  undisturbed: Lived,
): Promise<PointReport> => {
  const deathsBefore = home.deaths()
  await home.kill() // calls are counted from a process's first task on
  const watched = await watch(await home.runner(), [
    '-o',
    '/dev/null',
    '-e',
    `trace=${syscall}`,
    '-e',
    `inject=${syscall}:signal=KILL:when=${nth}`,
  ])
  try {
    const problems = differences(await live(home, id, life), undisturbed, life)
    return { point: `${syscall} ${nth}`, problems, struck: home.deaths() === deathsBefore + 1 }
  } finally {
    await watched.end()
  }
}

/** Watches the main thread alone; the attempt's processes are not touched. */
const watch = async ({ pid }: RunnerProcess, args: readonly string[]): Promise<{ end(): Promise<void> }> => {
  const strace = spawn('strace', ['-p', String(pid), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(strace, 'exit')
  await Promise.race([once(strace.stderr, 'data'), ended]) // "attached"
  return {
    async end() {
      strace.kill('SIGINT') // a runner that it did not kill goes on without it
      await ended
    },
  }
}
