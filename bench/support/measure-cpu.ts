import { cpus } from 'node:os'

export interface Measured {
  /** Tasks per second. */
  readonly rate: number
  /** CPU of this process for a task, in milliseconds. */
  readonly ownMs: number
  /** CPU of the whole host for a task, in milliseconds: everybody's, so that it says something on a quiet host alone. */
  readonly hostMs: number
}

const hostBusyMs = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)

/** @param run resolves to tasks per second */
export const measureCpu = async (tasks: number, run: () => Promise<number>): Promise<Measured> => {
  const [hostBefore, ownBefore] = [hostBusyMs(), process.cpuUsage()]
  const rate = await run()
  const { user, system } = process.cpuUsage(ownBefore)
  return { rate, ownMs: (user + system) / 1_000 / tasks, hostMs: (hostBusyMs() - hostBefore) / tasks }
}
