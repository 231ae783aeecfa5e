import { RunnerError } from '../domain/errors.ts'
import type { Engine } from '../runner/engine.ts'
import { createTaskHandle } from '../runner/task-handle.ts'
import type { SimulatedHost } from './simulated-host.ts'

/** Clients that follow the first attempt's stdout of their task and compare each byte with what the task printed. When the runner's process dies they
 * hear nothing more; at the next one they go on at the offset they had. */
export const createLogReaders = (host: SimulatedHost) => {
  const readers = new Map<string, { next: number; done: boolean }>()
  const problems: string[] = []

  const follow = async (engine: Engine, taskId: string): Promise<void> => {
    const reader = readers.get(taskId)!
    const pieces = createTaskHandle(engine, taskId, false).logs({ streams: ['stdout'], attempt: 1, follow: true, offset: reader.next })
    for await (const { offset, bytes, gap } of pieces) {
      if (offset - gap !== reader.next) problems.push(`${taskId}: byte ${offset} came after byte ${reader.next} with a gap of ${gap}`)
      if (!Buffer.from(bytes).equals(host.printed(taskId).subarray(offset, offset + bytes.length)))
        problems.push(`${taskId}: other bytes than printed at ${offset}`)
      reader.next = offset + bytes.length
    }
    if (engine.closed()) return
    reader.done = true
    const { length } = host.printed(taskId)
    if (reader.next !== length) problems.push(`${taskId}: the log ended at byte ${reader.next} of ${length}`)
  }

  const start = (engine: Engine, taskId: string): void => {
    follow(engine, taskId).catch((cause: unknown) => {
      const reader = readers.get(taskId)!
      if (cause instanceof RunnerError && cause.code === 'NOT_FOUND')
        reader.done = true // it ended without an attempt
      else if (cause instanceof RunnerError && cause.code === 'OUT_OF_RANGE') {
        reader.next = Number(/\d+/.exec(cause.hint ?? '')?.[0]) // given back while nobody listened: the answer says where to go on
        start(engine, taskId)
      } else problems.push(`${taskId}: reading failed: ${String(cause)}`)
    })
  }

  return {
    problems,
    open(engine: Engine, taskId: string): void {
      if (readers.has(taskId)) return
      readers.set(taskId, { next: 0, done: false })
      start(engine, taskId)
    },
    reconnect(engine: Engine): void {
      for (const [taskId, { done }] of readers) if (!done) start(engine, taskId)
    },
    done: (): boolean => [...readers.values()].every(({ done }) => done),
  }
}
