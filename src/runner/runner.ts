import { taskStream } from '../ports/journal.ts'
import type { Runner, SubmittedArray } from './api.ts'
import type { AcceptedArray } from './arrays.ts'
import type { Engine } from './engine.ts'
import { explainRow } from './explain.ts'
import { pause } from './pause.ts'
import { createRecordFeed } from './record-feed.ts'
import { createTaskHandle } from './task-handle.ts'
import { followTasks } from './task-records.ts'

/** The engine's public face. */
export const createRunnerFace = (engine: Engine): Runner => {
  const { journal, logs } = engine.context
  const feed = createRecordFeed({ journal, listeners: engine.listeners, closed: () => engine.closed() })

  const cancelLive = async (): Promise<void> => {
    const ended: Promise<unknown>[] = []
    journal.eachLiveTask(({ id }) => {
      const task = createTaskHandle(engine, id, false)
      ended.push(task.cancel('the runner is closing').then(() => task.result()))
    })
    await Promise.allSettled(ended)
  }

  /** A journal that cannot be written keeps the drain's own deadline from beginning. */
  const drainInTime = async (): Promise<void> => {
    const { clock, settings } = engine.context
    const drained = new AbortController()
    const draining = engine.drain('the runner is closing').catch(() => undefined) // closed meanwhile
    await Promise.race([draining, pause(clock, settings.timeouts.drainMs, drained.signal)])
    drained.abort()
  }

  const accepted = ({ id, created }: AcceptedArray): SubmittedArray => ({ array: engine.arrays.status(id), created })

  return {
    async submit(submission) {
      const { id, created } = await engine.submit(submission)
      return createTaskHandle(engine, id, created)
    },
    task(id) {
      engine.row(id)
      return createTaskHandle(engine, id, false)
    },
    submitArray: async (submission) => accepted(await engine.arrays.submit(submission)),
    array: (id) => engine.arrays.status(id),
    rerunArray: async (id, newId) => accepted(await engine.arrays.rerun(id, newId)),
    async cancelArray(id, reason = 'cancelled by the caller') {
      await engine.arrays.cancel(id, reason)
      return engine.arrays.status(id)
    },
    list: (filter) => journal.listTasks(filter),
    history(id, fromSeq = 0) {
      engine.row(id)
      return journal.readStream(taskStream(id), fromSeq, 1_000_000)
    },
    recordsOf(ids, after = 0, signal) {
      const known = new Set(ids)
      for (const id of known) engine.row(id)
      return followTasks(
        { journal, listeners: engine.listeners, released: () => engine.released(), closed: () => engine.closed() },
        known,
        after,
        signal,
      )
    },
    records: (after, options) => feed.follow(after, options),
    positionSince: (since) => journal.positionSince(since),
    explain(id) {
      const row = engine.row(id)
      const waiting = engine.explainWaiting(id)
      return [...explainRow(row), ...(waiting === null ? [] : [waiting])]
    },
    logPaths: (taskId, attempt) => ({ stdout: logs.path({ taskId, attempt }, 'stdout'), stderr: logs.path({ taskId, attempt }, 'stderr') }),
    status: (tenant) => engine.status(tenant),
    auditReport: () => engine.report(),
    audit: () => engine.audit(),
    pause: () => engine.pause(),
    resume: () => engine.resume(),
    drain: (reason) => engine.drain(reason),
    async close(mode = 'drain') {
      if (engine.closed()) return engine.close()
      if (mode === 'cancel') await cancelLive()
      if (mode === 'drain') await drainInTime()
      await engine.handOver('the runner is closing')
      await engine.close()
    },
  }
}
