import { endedStatuses } from '../domain/result.ts'
import type { TaskDocument } from '../runner/task-document.ts'

export type Stream = 'stdout' | 'stderr'

/** How far the output of a task was printed: offsets within each stream of the attempt. */
export type PrintedTo = { attempt: number } & Record<Stream, number>

export interface AttemptOutput {
  readonly streams: readonly Stream[]
  /** Where to begin; remembers how far it came, also when this rejects. */
  readonly at: PrintedTo
  /** Prints what follows `at` in a stream of the attempt, until it is over or its runner goes, and moves `at` along. */
  readonly copy: (stream: Stream, signal: AbortSignal) => Promise<void>
  readonly status: () => Promise<Pick<TaskDocument, 'status' | 'attempt'>>
  /** Stop after this attempt. */
  readonly only?: boolean
}

/** Pause before an attempt whose stream ended and which goes on is asked for again, in milliseconds. */
const pauseMs = 100

/** States in which an attempt may still print. */
const mayPrint = new Set(['pending', 'preparing', 'running'])

/** Prints every attempt of a task, from the one at hand to its end. */
export const printAttempts = async (output: AttemptOutput): Promise<void> => {
  const { at, status, only = false } = output
  for (;;) {
    await printAttempt(output)
    const task = await status()
    const isOver = task.attempt > at.attempt || !mayPrint.has(task.status)
    if (endedStatuses.has(task.status) && task.attempt <= at.attempt) return
    if (isOver && only) return
    if (isOver) Object.assign(at, { attempt: at.attempt + 1, stdout: 0, stderr: 0 })
    else await new Promise((resolve) => setTimeout(resolve, pauseMs)) // the stream ended, the attempt did not: the runner is about to go
  }
}

const printAttempt = async ({ streams, copy }: AttemptOutput): Promise<void> => {
  const stop = new AbortController()
  try {
    await Promise.all(streams.map((stream) => copy(stream, stop.signal)))
  } finally {
    stop.abort()
  }
}
