import {
  arrayOfTaskId,
  arrayTaskId,
  arrayUnitsMax,
  assertArrayId,
  checkedTask,
  indexAt,
  parseArray,
  taskOfArray,
  unknownArray,
  type ArraySpec,
} from '../domain/array-spec.ts'
import { RunnerError, toFailure } from '../domain/errors.ts'
import { endedStatuses, taskStatuses, type TaskStatus } from '../domain/result.ts'
import type { TaskSpec } from '../domain/task-spec.ts'
import type { DocumentLimits } from '../domain/untrusted.ts'
import { arrayStream, taskStream, type TaskRow } from '../ports/journal.ts'
import type { ArrayStatus } from './api.ts'
import { arrayExpanded, arraySubmitted, createArrayRecords } from './array-records.ts'
import type { CommitLog } from './commit-log.ts'
import type { EngineContext } from './engine-context.ts'
import { planTask } from './plan.ts'
import { digestOfArray } from './spec-digest.ts'

/** Arrays of tasks. An array is accepted by one record, which holds its template and its items; its tasks are made from that, by the process that accepted it or
 * by the next one. So it is accepted whole or not at all, however many commits its tasks take. */
export interface Arrays {
  /** Resolves when every task is durable. `created` is false for a repetition. @throws RunnerError */
  submit(submission: unknown): Promise<AcceptedArray>
  /** Submits the tasks that have failed or were cancelled again, as a new array under the same indexes. With a `newId` the call may be repeated.
   * @throws RunnerError `NOT_FOUND`, `TASK_CONFLICT`, `INVALID_SPEC` when there are none */
  rerun(id: string, newId?: string): Promise<AcceptedArray>
  /** Resolves when the wish is on record for every task that had not ended. @throws RunnerError `NOT_FOUND` */
  cancel(id: string, reason: string): Promise<void>
  /** @throws RunnerError `NOT_FOUND` */
  status(id: string): ArrayStatus
  /** Goes on with the arrays whose tasks a process before this one did not come to submit. Resolves when every task of theirs is durable, or the engine was closed. */
  recover(): Promise<void>
  /** Its records were removed. */
  forgotten(id: string): void
  /** Whether an array that is being submitted will have a task of this id. */
  claims(taskId: string): boolean
}

export interface AcceptedArray {
  readonly id: string
  readonly created: boolean
}

/** What arrays ask of the rest of the engine. */
export interface ArrayLinks {
  /** @throws RunnerError when no new work is taken */
  readonly refuseUnlessAccepting: () => void
  /** A task of this id is on its way into the journal. */
  readonly isSubmitting: (taskId: string) => boolean
  /** Takes a task into the current batch; resolves when it is durable. */
  readonly accept: (spec: TaskSpec) => Promise<unknown>
  readonly cancel: (taskId: string, reason: string) => Promise<unknown>
  /** Tell everybody who listens for everything. */
  readonly committed: () => void
}

/** Tasks that are worked on in one turn: some milliseconds, so that nobody else has to wait for ten thousand. */
const tasksPerTurn = 100
/** Each wakes a task that waits, which costs more than submitting one. */
const cancelsPerTurn = 25
const rowsPerPage = 1_000
const liveStatuses = taskStatuses.filter((status) => !endedStatuses.has(status))

export const createArrays = (context: EngineContext, log: CommitLog, links: ArrayLinks): Arrays => {
  const { clock, random, host, journal, settings, counters, logger } = context
  const records = createArrayRecords(journal)
  /** Arrays whose tasks are not all on record, those that may still be refused included. */
  const submitting = new Map<string, { readonly spec: ArraySpec; readonly digest: string; readonly done: Promise<void> }>()

  const endOfTurn = (): Promise<void> => new Promise((resolve) => void clock.timer(0, resolve))
  const documentLimits = (): DocumentLimits => ({ unitsMax: settings.limits.payloadUnits, depthMax: settings.limits.payloadDepth })

  const track = (spec: ArraySpec, digest: string, work: () => Promise<void>): Promise<void> => {
    const done = Promise.resolve()
      .then(work)
      .finally(() => submitting.delete(spec.id))
    done.catch(() => undefined) // told to whoever waits for it
    submitting.set(spec.id, { spec, digest, done })
    return done
  }

  /** Every task held against every rule before anything is journalled. */
  const check = async (spec: ArraySpec): Promise<void> => {
    let units = 0
    for (let place = 0; place < spec.count; place++) {
      if (place % tasksPerTurn === tasksPerTurn - 1) await endOfTurn()
      const index = indexAt(spec, place)
      try {
        const task = checkedTask(spec, place, documentLimits())
        planTask(task, settings, host)
        units += JSON.stringify(task).length
        if (units > arrayUnitsMax) throw tooLarge()
        if (links.isSubmitting(task.id) || journal.findTask(task.id) !== null) throw taken(task.id)
      } catch (cause) {
        if (!(cause instanceof RunnerError)) throw cause
        const { code, message, path, hint } = cause
        throw new RunnerError(code, `task ${index}: ${message}`, { path, hint, cause })
      }
    }
  }

  /** In the order of their places, so that what a crash left out is always the end. Resolves when the last one is durable. */
  const expand = async (spec: ArraySpec, from: number): Promise<void> => {
    for (let place = from; place < spec.count; place++) {
      if (place % tasksPerTurn === tasksPerTurn - 1) await endOfTurn()
      while (log.uncommittedBytes() >= settings.limits.uncommittedBytes) await log.room(settings.limits.uncommittedBytes)
      links.accept(taskOfArray(spec, place)).catch(() => undefined) // closed before: so is the record below
    }
    await new Promise<void>((resolve, reject) => log.append(arrayExpanded(spec.id, clock.now()), null, () => resolve(), reject))
    links.committed()
  }

  const begin = async (spec: ArraySpec, digest: string): Promise<void> => {
    await check(spec)
    while (log.uncommittedBytes() >= settings.limits.uncommittedBytes) await log.room(settings.limits.uncommittedBytes)
    links.refuseUnlessAccepting()
    log.append(arraySubmitted({ spec, digest }, clock.now()), null, links.committed)
    await expand(spec, 0)
  }

  const accept = async (spec: ArraySpec): Promise<AcceptedArray> => {
    const digest = digestOfArray(spec)
    await log.room(settings.limits.uncommittedBytes)
    links.refuseUnlessAccepting()
    const underWay = submitting.get(spec.id)
    const known = underWay?.digest ?? records.header(spec.id)?.digest
    if (known === undefined) {
      await track(spec, digest, () => begin(spec, digest))
      return { id: spec.id, created: true }
    }
    if (known !== digest) throw conflict(`the array ${spec.id} exists with another body`, 'id')
    await underWay?.done
    return { id: spec.id, created: false }
  }

  const counting = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      links.refuseUnlessAccepting()
      return await work()
    } catch (cause) {
      counters.add('submissions_refused', toFailure(cause).code)
      throw cause
    }
  }

  /** Its tasks in these states, newest first. */
  async function* tasksOf(id: string, status: readonly TaskStatus[]): AsyncGenerator<TaskRow[]> {
    for (let page = journal.listTasks({ arrayId: id, status, limit: rowsPerPage }); page.length > 0;) {
      yield page
      await endOfTurn()
      page = page.length < rowsPerPage ? [] : journal.listTasks({ arrayId: id, status, limit: rowsPerPage, after: page.at(-1)!.id })
    }
  }

  /** The same array with the tasks of these indexes alone. */
  const partOf = (spec: ArraySpec, id: string, wanted: ReadonlySet<number>): ArraySpec => {
    const places = Array.from({ length: spec.count }, (_, place) => place).filter((place) => wanted.has(indexAt(spec, place)))
    return {
      ...spec,
      id,
      template: { ...spec.template, id },
      count: places.length,
      indexes: places.map((place) => indexAt(spec, place)),
      items: spec.items && places.map((place) => spec.items![place]!),
      rerunOf: spec.id,
    }
  }

  const freeRerunId = (id: string): string => {
    for (let number = 1; ; number++) {
      const candidate = `${id}-rerun-${number}`
      assertArrayId(candidate, 'new_id')
      if (!submitting.has(candidate) && records.header(candidate) === null) return candidate
    }
  }

  /** Where the tasks end that are on record. */
  const firstMissing = (spec: ArraySpec): number => {
    const putAside = new Set(journal.quarantined().map(({ stream }) => stream))
    for (let place = spec.count; place > 0; place--) {
      const id = arrayTaskId(spec.id, indexAt(spec, place - 1))
      if (putAside.has(taskStream(id)) || journal.findTask(id) !== null) return place
    }
    return 0
  }

  const recoverOne = async (id: string): Promise<void> => {
    try {
      const { spec, digest } = records.read(id)
      const from = firstMissing(spec)
      logger.info({ arrayId: id, missing: spec.count - from }, 'an array is submitted to its end')
      await track(spec, digest, () => expand(spec, from)).catch(() => undefined) // closed before: the next process goes on
    } catch (cause) {
      if (!(cause instanceof RunnerError && cause.code === 'JOURNAL_CORRUPT')) throw cause
      counters.add('defects', 'fold')
      logger.error({ arrayId: id, err: cause }, 'an array was put aside: its records cannot be understood')
      journal.quarantine(arrayStream(id), cause.message, clock.now())
    }
  }

  return {
    submit: (submission) => counting(() => accept(parseArray(submission, () => random.id(), documentLimits()))),
    rerun: (id, newId) =>
      counting(async () => {
        const { spec } = records.read(id)
        await submitting.get(id)?.done
        if (newId !== undefined) {
          assertArrayId(newId, 'new_id')
          const underWay = submitting.get(newId)
          const known = underWay?.spec ?? records.header(newId)
          if (known && known.rerunOf !== id) throw conflict(`the array ${newId} exists, and is no rerun of ${id}`, 'new_id')
          await underWay?.done
          if (known) return { id: newId, created: false }
        }
        const wanted = new Set<number>()
        for await (const page of tasksOf(id, ['failed', 'cancelled'])) for (const { array } of page) wanted.add(array!.index)
        if (wanted.size === 0)
          throw new RunnerError('INVALID_SPEC', `no task of the array ${id} has failed or was cancelled`, {
            path: 'id',
            hint: 'There is nothing to run again',
          })
        return accept(partOf(spec, newId ?? freeRerunId(id), wanted))
      }),
    async cancel(id, reason) {
      if (records.header(id) === null) throw unknownArray(id)
      await submitting.get(id)?.done
      for await (const page of tasksOf(id, liveStatuses))
        // the last in line first: what is cancelled makes room for nothing that is cancelled next
        for (let from = 0; from < page.length; from += cancelsPerTurn)
          await Promise.all(page.slice(from, from + cancelsPerTurn).map((row) => links.cancel(row.id, reason).catch(unlessPutAside)))
    },
    status(id) {
      const header = records.header(id)
      if (header === null) throw unknownArray(id)
      const { digest: _, ...known } = header
      const tasks = journal.countArray(id)
      return { ...known, tasks, ended: !submitting.has(id) && liveStatuses.every((status) => tasks[status] === 0) }
    },
    recover: async () => void (await Promise.all(journal.unfinishedArrays().map(recoverOne))),
    forgotten: (id) => records.drop(id),
    claims(taskId) {
      const spec = submitting.get(arrayOfTaskId(taskId) ?? '')?.spec
      if (spec === undefined) return false
      const index = Number(taskId.slice(spec.id.length + 1))
      return spec.indexes ? spec.indexes.includes(index) : index < spec.count
    },
  }
}

/** A task that was put aside is left for people to look at. */
const unlessPutAside = (cause: unknown): void => {
  if (!(cause instanceof RunnerError && cause.code === 'JOURNAL_CORRUPT')) throw cause
}

const conflict = (message: string, path: string): RunnerError =>
  new RunnerError('TASK_CONFLICT', message, { path, hint: 'Use a new id; the first array is untouched' })

const taken = (taskId: string): RunnerError =>
  new RunnerError('TASK_CONFLICT', `there is a task ${taskId} already`, { path: 'id', hint: 'Use a new id for the array' })

const tooLarge = (): RunnerError =>
  new RunnerError('PAYLOAD_TOO_LARGE', `the tasks up to here are larger than ${arrayUnitsMax} characters together`, {
    path: 'payload',
    hint: 'Submit several arrays, or pass large data as input artifacts',
  })
