import { taskStream, type JournalRecord } from '../ports/journal.ts'
import type { Runner } from './api.ts'
import type { Engine } from './engine.ts'
import { explainRow } from './explain.ts'
import { createWakeUp, everything } from './listeners.ts'
import { pause } from './pause.ts'
import { createTaskHandle } from './task-handle.ts'

const pageRecords = 512

/** The engine's public face. */
export const createRunnerFace = (engine: Engine): Runner => {
  const { journal, logs } = engine.context

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

  return {
    async submit(submission) {
      const { id, created } = await engine.submit(submission)
      return createTaskHandle(engine, id, created)
    },
    task(id) {
      engine.row(id)
      return createTaskHandle(engine, id, false)
    },
    list: (filter) => journal.listTasks(filter),
    history(id, fromSeq = 0) {
      engine.row(id)
      return journal.readStream(taskStream(id), fromSeq, 1_000_000)
    },
    async *records(after, signal): AsyncGenerator<JournalRecord> {
      const wakeUp = createWakeUp(engine.listeners, everything, signal)
      try {
        for (let cursor = after; !signal?.aborted && !engine.closed();) {
          const page = journal.readAfter(cursor, pageRecords)
          for (const record of page) yield record
          cursor = page.at(-1)?.position ?? cursor
          if (page.length < pageRecords) await wakeUp.next()
        }
      } finally {
        wakeUp.end()
      }
    },
    explain(id) {
      const row = engine.row(id)
      const waiting = engine.explainWaiting(id)
      return [...explainRow(row), ...(waiting === null ? [] : [waiting])]
    },
    logPaths: (taskId, attempt) => ({ stdout: logs.path({ taskId, attempt }, 'stdout'), stderr: logs.path({ taskId, attempt }, 'stderr') }),
    status: () => engine.status(),
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
