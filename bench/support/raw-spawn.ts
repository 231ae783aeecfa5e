import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sandboxArguments, systemArguments } from '../../adapters/native/bubblewrap.ts'
import { bareScript, firstCgroupFd, sandboxScript } from '../../adapters/native/chain.ts'
import { defaultCgroupRoot, openCgroups } from '../../adapters/native/open-cgroups.ts'
import { tenantUid } from '../../adapters/native/tenant-uid.ts'
import type { NativePlan } from '../../src/domain/plan.ts'

export interface RawSpawnOptions {
  /** Attempts in flight at once. */
  readonly concurrency: number
  /** Attempts in all. */
  readonly total: number
  /** Default: `bubblewrap`. */
  readonly sandbox?: 'bubblewrap' | 'none'
  /** Default: `/usr/bin/true`. */
  readonly argv?: readonly string[]
}

/** The plan that the loop runs; an engine that is compared with it runs the same. */
export const benchPlan = (argv: readonly string[] = ['/usr/bin/true']): NativePlan => ({
  mode: 'native',
  class: 'cpu_short',
  tenant: 'bench',
  argv,
  env: {},
  mounts: [],
  files: [],
  network: 'none',
  workingDir: '.',
  limits: { cpuMillicores: null, memoryBytes: 256 * 2 ** 20, processesMax: 256, openFilesMax: 1_024, fileBytesMax: null },
  graceMs: 1_000,
})

/** Tasks per second of the barest program that runs a command as the executor does: the same shell, control groups and sandbox, a directory and two log files for each,
 * and the `exit` event. No mark that could be found again, no recovery, no result. */
export const rawSpawnLoop = async ({ concurrency, total, sandbox = 'bubblewrap', argv }: RawSpawnOptions): Promise<number> => {
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-raw-'))
  chmodSync(directory, 0o711)
  const cgroups = openCgroups(defaultCgroupRoot(), 'raw-spawn-loop')
  const [plan, system] = [benchPlan(argv), systemArguments()]
  const uid = process.getuid!() === 0 ? tenantUid(plan.tenant) : null

  const runOne = async (name: string): Promise<void> => {
    const workDir = join(directory, `${name}.work`)
    mkdirSync(workDir)
    if (uid !== null) chownSync(workDir, uid, uid)
    const cgroupFds = cgroups.create(name, plan.limits)
    const openLog = (stream: string): number =>
      openSync(join(directory, `${name}.${stream}`), constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND, 0o600)
    const input = join(directory, `${name}.input`)
    const [stdout, stderr, status, args] = [openLog('stdout'), openLog('stderr'), openLog('status'), openSync(input, 'wx+', 0o600)]
    unlinkSync(input)
    const parts = { plan, cgroups, cgroupCount: cgroupFds.length, openFilesHard: 1_024 }
    writeSync(args, sandbox === 'bubblewrap' ? sandboxArguments(system, plan, workDir) : bareScript({ ...parts, workDir }), 0)
    const shellArguments =
      sandbox === 'bubblewrap' ? ['-c', sandboxScript({ ...parts, bubblewrap: '/usr/bin/bwrap' }), 'sh', ...plan.argv] : []
    const stdio = [sandbox === 'bubblewrap' ? 'ignore' : args, stdout, stderr, status, sandbox === 'bubblewrap' ? args : 'ignore'] as (
      number | 'ignore'
    )[]
    cgroupFds.forEach((fd, index) => { stdio[firstCgroupFd + index] = fd }) // prettier-ignore
    const child = spawn('/bin/sh', shellArguments, {
      cwd: workDir,
      env: { PATH: '/usr/bin:/bin' },
      stdio,
      detached: true,
      ...(uid === null ? {} : { uid, gid: uid }),
    })
    for (const fd of [stdout, stderr, status, args, ...cgroupFds]) closeSync(fd)
    const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
    if (code !== 0)
      throw new Error(`the bare loop's command ended with ${String(code)}: ${readFileSync(join(directory, `${name}.stderr`), 'utf8')}`)
    // The sandbox's first process may take a moment longer than the monitor.
    while (!cgroups.remove(name)) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  let next = 0
  const lane = async (): Promise<void> => {
    while (next < total) await runOne(`${process.pid}-${next++}.1`)
  }
  const startedAt = performance.now()
  try {
    await Promise.all(Array.from({ length: concurrency }, lane))
    return (total * 1_000) / (performance.now() - startedAt)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
