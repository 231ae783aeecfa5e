import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TaskEvent } from '../../machines/task/task.machine.ts'
import { attemptName } from '../../src/domain/exit.ts'
import { createRunner, type JournalRecord, type RunningRunner, type Task } from '../../src/index.ts'
import { groupsOf } from '../integration/native-harness.ts'
import type { Edge } from './explore.ts'
import { valueOf, wordFor } from './outside.ts'
import type { taskMachine } from '../../machines/task/task.machine.ts'

type Step = Edge<typeof taskMachine>

/** So many files take the runner tenths of a second to stage or to store: time for something to happen meanwhile. */
const many = 300
const names = Array.from({ length: many }, (_, index) => `f${index}`)

/** A path of the model as a real task of a real runner: what it is configured with, what it runs, and what is done to it on the way. */
export const walkNatively = async (path: readonly Step[]): Promise<string[]> => {
  const root = mkdtempSync(join(tmpdir(), 'env-runner-model-'))
  chmodSync(root, 0o711)
  try {
    const files = join(root, 'files')
    mkdirSync(files)
    for (const name of names) writeFileSync(join(files, name), name)
    const runner = await createRunner({ config: configOf(path, root, files) })
    try {
      return await live(path, runner, files)
    } finally {
      await runner.close('cancel')
      const installation = readFileSync(join(runner.dataDir, 'installation'), 'utf8').trim()
      for (const group of groupsOf(installation)) rmdirSync(group)
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const isDeadline = ({ event }: Step, phase: string): boolean => event.type === 'deadline.elapsed' && event.phase === phase
const happens = (path: readonly Step[], state: string, type: TaskEvent['type']): boolean =>
  path.some(({ from, event }) => valueOf(from) === state && event.type === type)

const configOf = (path: readonly Step[], root: string, files: string) => {
  const meets = (phase: string): boolean => path.some((step) => isDeadline(step, phase))
  const total = path.find((step) => isDeadline(step, 'total'))
  const totalSeconds = total === undefined ? 600 : valueOf(total.from) === 'preparing' ? 0.03 : 2
  const classTime = { timeout_seconds: Math.min(60, totalSeconds) } // it begins after the whole task's, and so ends after it
  const staysBackedOff = path.some(({ from, event }) => valueOf(from) === 'retrying.backingOff' && event.type !== 'backoff.elapsed')
  return {
    data_dir: join(root, 'data'),
    logs: { dir: join(root, 'logs') },
    native: { sandbox: 'bubblewrap' as const },
    policy: { allowed_paths: [files] },
    classes: { cpu_short: { ...classTime, queue_timeout_seconds: meets('queue') ? 0.5 : 600 }, cpu_long: classTime },
    retry: { attempts: 2, base_ms: staysBackedOff ? 60_000 : 300, factor: 1, jitter: 0 },
    timeouts: {
      prepare_seconds: meets('prepare') ? 0.001 : 60,
      collect_seconds: meets('collect') ? 0.001 : 60,
      total_seconds: totalSeconds,
      grace_seconds: 2,
    },
  }
}

/** How long the command runs before it is stopped, in seconds. */
const runSeconds = 1.5

const submissionOf = (path: readonly Step[], files: string) => {
  const exited = path.find(({ event }) => event.type === 'attempt.exited')?.event as (TaskEvent & { type: 'attempt.exited' }) | undefined
  const isSlowToPrepare = happens(path, 'preparing', 'task.cancel') || happens(path, 'preparing', 'deadline.elapsed')
  const isSlowToCollect = happens(path, 'collecting', 'task.cancel') || happens(path, 'collecting', 'deadline.elapsed')
  const misses = path.some(({ event }) => event.type === 'attempt.failed' && event.failure.code === 'INPUT_UNAVAILABLE')
  const promises = path.some(({ event }) => event.type === 'attempt.collected' && event.failure?.code === 'OUTPUT_MISSING')
  const ignoresTerm = happens(path, 'running.stopping', 'task.cancel')
  const script = [
    ignoresTerm ? `trap '' TERM` : '',
    isSlowToCollect ? `for name in ${names.join(' ')}; do echo $name >$name; done` : '',
    exited ? `exit ${exited.exit.code}` : 'sleep 60',
  ].filter(Boolean).join('\n') // prettier-ignore
  const inputs = isSlowToPrepare ? names.map((name) => ({ name, path: join(files, name), target: name })) : []
  return {
    id: 'native',
    payload: {
      execution: {
        command: ['sh', '-c', script],
        ...(path.some((step) => isDeadline(step, 'run')) ? { timeout_seconds: runSeconds } : {}),
      },
      artifacts: {
        inputs: misses ? [{ name: 'missing', path: join(files, 'missing'), target: 'missing' }] : inputs,
        outputs: [
          ...(isSlowToCollect ? names.map((name) => ({ name, path: name })) : []),
          ...(promises ? [{ name: 'promised', path: 'promised' }] : []),
        ],
      },
    },
  }
}

/** Submits the task and does, after each record, what leads to the next. Answers the words of its records, as many as the path has. */
const live = async (path: readonly Step[], runner: RunningRunner, files: string): Promise<string[]> => {
  const disk = createSaboteur(runner.dataDir)
  if (path[0]!.event.type !== 'task.admit') await runner.pause()
  disk.prepareFor(path, 0)
  const task = await runner.submit(submissionOf(path, files))
  const told: string[] = []
  for await (const { type, data } of follow(runner, task)) {
    if (type === 'task.submitted' || type === 'task.progressed') await lead(path, 0, task, runner)
    else {
      told.push(wordFor({ type, ...data } as unknown as TaskEvent))
      if (told.length === path.length) break
      disk.restore(type)
      disk.prepareFor(path, told.length)
      await lead(path, told.length, task, runner)
    }
  }
  disk.restore('attempt.failed')
  return told
}

async function* follow(runner: RunningRunner, task: Task): AsyncGenerator<JournalRecord> {
  let next = 0
  for await (const { type } of task.updates()) {
    const [record] = runner.history(task.id, next++)
    if (record?.type !== type) throw new Error(`the update ${type} is not the record ${record?.type}`)
    yield record
  }
}

/** Brings step `index` about, where it does not come by itself. */
const lead = async (path: readonly Step[], index: number, task: Task, runner: RunningRunner): Promise<void> => {
  const { from, event } = path[index]!
  const next = path[index + 1]
  // What is to happen in the line must find it held before the task comes there.
  if (event.type === 'backoff.elapsed' && next && next.event.type !== 'task.admit') await runner.pause()
  if (event.type === 'task.cancel') void task.cancel(event.reason)
  if (event.type === 'attempt.lost') process.kill(await monitorOf(runner.dataDir, from.context.attempt), 'SIGKILL')
}

const markOf = (dataDir: string, attempt: number): string => join(dataDir, 'attempts', attemptName({ taskId: 'native', attempt }))

/** The pid of the process that watches over the sandbox, and without which no exit is told. It stands on the mark soon after the launch. */
const monitorOf = async (dataDir: string, attempt: number): Promise<number> => {
  for (;;) {
    const mark = readFileSync(markOf(dataDir, attempt), 'utf8')
    const [, pid] = /"monitor-pid": ?(\d+)/.exec(mark) ?? []
    if (pid !== undefined && mark.includes('child-pid')) return Number(pid)
    await delay(5)
  }
}

/** Makes work directories or marks impossible, by a file that stands where their directory belongs, and gives them back. */
const createSaboteur = (dataDir: string) => {
  const broken = new Set<string>()
  const breakIt = (name: string): void => {
    const path = join(dataDir, name)
    if (existsSync(path)) renameSync(path, `${path}.aside`)
    writeFileSync(path, '')
    broken.add(name)
  }
  return {
    /** Before the admission that step `index` is: what the attempt then meets must be there. */
    prepareFor(path: readonly Step[], index: number): void {
      if (path[index]?.event.type !== 'task.admit') return
      const failing = path.slice(index + 1, index + 3).find(({ event }) => event.type === 'attempt.failed')
      if (failing === undefined || (failing.event as TaskEvent & { type: 'attempt.failed' }).failure.code === 'INPUT_UNAVAILABLE') return
      breakIt(valueOf(failing.from) === 'preparing' ? 'work' : 'attempts')
    },
    restore(type: string): void {
      if (type !== 'attempt.failed') return
      for (const name of broken) {
        rmSync(join(dataDir, name))
        if (existsSync(join(dataDir, `${name}.aside`))) renameSync(join(dataDir, `${name}.aside`), join(dataDir, name))
        broken.delete(name)
      }
    },
  }
}
