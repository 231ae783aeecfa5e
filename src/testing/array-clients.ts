import type { World } from '../../adapters/simulated/world.ts'
import { RunnerError } from '../domain/errors.ts'
import type { TaskRow } from '../ports/journal.ts'
import type { Runner } from '../runner/api.ts'
import type { Engine } from '../runner/engine.ts'
import { isPassing } from './passing.ts'
import type { PlannedArray } from './scenario.ts'

/** The process that clients reach now. */
export interface Process {
  readonly engine: Engine
  readonly runner: Runner
}

export interface ArrayClientLinks {
  /** Null while none accepts. */
  readonly process: () => Process | null
  /** The task's rows on the simulated disk. */
  readonly isDurable: (taskId: string) => boolean
  /** Somebody was told that this task was accepted. */
  readonly accepted: (process: Process, taskId: string) => void
  readonly violation: (sentence: string) => void
}

/** How long a client waits before it asks again. */
const [busyMs, cancelAgainMs] = [50, 1_000]

/** Clients that submit arrays and, when a connection breaks, send the same again or look first whether it is there: what a crash left half done nobody else makes whole. */
export const createArrayClients = (world: World, arrays: readonly PlannedArray[], links: ArrayClientLinks) => {
  const accepted = new Set<PlannedArray>()
  /** Sent, and the connection broke before an answer came. */
  const unanswered = new Set<PlannedArray>()
  const placed = new Map<string, Set<string>>()

  const accept = (process: Process, array: PlannedArray): void => {
    if (accepted.has(array)) return
    accepted.add(array)
    for (const id of array.taskIds) links.accepted(process, id)
    if (array.cancelAfter !== null) world.schedule(array.cancelAfter, () => cancel(array))
  }

  const submit = (array: PlannedArray): void => {
    if (accepted.has(array)) return
    const process = links.process()
    if (process === null) return void world.schedule(busyMs, () => submit(array))
    unanswered.add(array)
    process.runner.submitArray(array.submission).then(
      () => {
        unanswered.delete(array)
        for (const id of array.taskIds) if (!links.isDurable(id)) links.violation(`I5: ${id} was acknowledged before it was durable`)
        accept(process, array)
        repeat(process, array)
      },
      (cause: unknown) => {
        unanswered.delete(array)
        if (isPassing(cause)) world.schedule(busyMs, () => submit(array))
        else links.violation(`I6: the array ${array.id} was refused: ${String(cause)}`)
      },
    )
  }

  /** The same again is the same array; another body under its id is refused, and so is a task that takes one of its ids. */
  const repeat = ({ runner }: Process, { id, submission, taskIds }: PlannedArray): void => {
    runner.submitArray(submission).then(
      ({ created }) => created && links.violation(`I4: the array ${id} was accepted twice`),
      () => {}, // draining, or the disk is full: nothing happened
    )
    const others = [runner.submitArray({ ...submission, priority: 1_000 }), runner.submit({ id: taskIds[0], payload: submission.payload })]
    for (const other of others)
      other.then(
        () => links.violation(`I4: another body was accepted as ${id}`),
        (cause: unknown) => {
          if (!(cause instanceof RunnerError) || cause.code === 'INTERNAL') links.violation(`I4: ${id} again: ${String(cause)}`)
        },
      )
  }

  /** Wishes for its end until it has ended: a wish may be lost with a crash. */
  const cancel = (array: PlannedArray): void => {
    const process = links.process()
    if (process?.runner.array(array.id).ended === true) return
    process?.runner.cancelArray(array.id, 'the client changed its mind').catch((cause: unknown) => {
      if (!isPassing(cause)) links.violation(`I6: cancel of the array ${array.id} failed: ${String(cause)}`)
    })
    world.schedule(cancelAgainMs, () => cancel(array))
  }

  const isThere = (runner: Runner, id: string): boolean => {
    try {
      return runner.array(id).count > 0
    } catch (cause) {
      if (cause instanceof RunnerError && cause.code === 'NOT_FOUND') return false
      throw cause
    }
  }

  for (const array of arrays) world.schedule(array.submitAt, () => submit(array))

  return {
    areAccepted: (): boolean => accepted.size === arrays.length,
    /** By what the runner says of them. */
    haveEnded: ({ runner }: Process): boolean =>
      arrays.every(({ id, taskIds }) => {
        const { ended, count, tasks } = runner.array(id)
        return ended && count === taskIds.length && tasks.completed + tasks.failed + tasks.cancelled === count
      }),
    reconnect(process: Process): void {
      for (const array of unanswered) {
        if (!array.looksFirst || !isThere(process.runner, array.id)) submit(array)
        else {
          unanswered.delete(array)
          accept(process, array)
        }
      }
    },
    /** Told of every row as it becomes durable. */
    stored({ id, array, placed: hasPlace }: TaskRow): void {
      if (!array) return
      const own = placed.get(array.id) ?? new Set()
      placed.set(array.id, own)
      if (hasPlace) own.add(id)
      else own.delete(id)
      if (own.size > (array.concurrency ?? Infinity))
        links.violation(`I16: ${[...own].join(' and ')} have places, ${array.concurrency} may`)
    },
  }
}
