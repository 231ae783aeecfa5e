import { setTimeout as delay } from 'node:timers/promises'
import { judge, type Verdict } from './flat.ts'
import type { Footprint } from './footprint.ts'
import { startProbedDaemon, type ProbedDaemon } from './probed-daemon.ts'
import { visits } from './visits.ts'

export interface SoakOptions {
  readonly tasks: number
  /** Called after each batch. */
  readonly told?: (line: string) => void
}
export interface SoakReport {
  readonly tasks: number
  readonly seconds: number
  readonly verdicts: readonly Verdict[]
  /** Of the daemon, ended by TERM. */
  readonly exitCode: number | null
}

/** After each batch the daemon is left alone, and looked at: so many times. */
const batches = 20
const visitTasks = 5
const visitsAtOnce = 8
/** How long a daemon may take to come to rest, in milliseconds. */
const restMs = 60_000
/** Between two looks, in milliseconds: a connection that its client has closed is closed on the other side long before. */
const lookMs = 200

/** The daemon as users start it (native tasks without a sandbox, which is what most of a task's time would go to), under clients that come and go. */
export const soak = async ({ tasks, told = () => {} }: SoakOptions): Promise<SoakReport> => {
  const batchTasks = Math.ceil(tasks / batches / (visits.length * visitTasks)) * visits.length * visitTasks
  const settings = ['native.sandbox=none', 'native.oversubscribe=true', 'docker.enabled=false', 'classes.cpu_short.concurrency=16', 'timeouts.grace_seconds=1'] // prettier-ignore
  const daemon = await startProbedDaemon(settings)
  const startedAt = performance.now()
  const footprints: Footprint[] = []
  for (let batch = 1; batch <= batches; batch++) {
    await runBatch(daemon, `b${batch}`, batchTasks / visitTasks)
    await rest(daemon, batch * batchTasks)
    const footprint = await daemon.footprint()
    footprints.push(footprint)
    const { heapBytes, residentBytes, handles, listeners, timers } = footprint
    const memory = `${(heapBytes / 2 ** 20).toFixed(2)} MiB of heap, ${(residentBytes / 2 ** 20).toFixed(0)} MiB resident`
    told(`${batch * batchTasks} tasks: ${memory}, ${handles} handles, ${listeners} listeners, ${timers} timers`)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  return { tasks: batches * batchTasks, seconds, verdicts: judge(footprints, batchTasks), exitCode: await daemon.stop() }
}

const runBatch = async (daemon: ProbedDaemon, name: string, visitCount: number): Promise<void> => {
  let next = 0
  const come = async (): Promise<void> => {
    for (let index = next++; index < visitCount; index = next++) {
      const ids = Array.from({ length: visitTasks }, (_, task) => `${name}-${index}-${task}`)
      await visits[index % visits.length]!(daemon, ids)
    }
  }
  await Promise.all(Array.from({ length: visitsAtOnce }, come))
}

/** Resolves when every task has ended and is cleaned up, and no more descriptors are closed; polls, because it looks at another process. */
const rest = async (daemon: ProbedDaemon, tasks: number): Promise<void> => {
  const endsAt = performance.now() + restMs
  for (let before = Infinity; ; before = daemon.handles()) {
    await delay(lookMs)
    const ended = await endedTasks(daemon.http)
    if (ended === tasks && daemon.leftovers() === 0 && daemon.handles() >= before) return
    if (performance.now() > endsAt) throw new Error(`${ended} of ${tasks} tasks have ended, of ${daemon.leftovers()} something is left`)
  }
}

const endedTasks = async (http: string): Promise<number> => {
  const response = await fetch(`${http}/api/v1/runner`, { headers: { connection: 'close' } })
  const { tasks } = (await response.json()) as { tasks: Record<'completed' | 'failed' | 'cancelled', number> }
  return tasks.completed + tasks.failed + tasks.cancelled
}
