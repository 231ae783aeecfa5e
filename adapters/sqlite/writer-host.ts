import { Worker } from 'node:worker_threads'
import { RunnerError } from '../../src/domain/errors.ts'
import type { Chore } from './chores.ts'
import type { Batch } from './entry.ts'
import type { WriterReply, WriterRequest } from './writer-worker.ts'
import { createWriter } from './writer.ts'

/** A `Writer` as the journal uses it, wherever it runs. */
export interface WriterHost {
  /** @throws RunnerError `JOURNAL_UNAVAILABLE` */
  append(batch: Batch): Promise<void>
  /** @throws RunnerError `JOURNAL_UNAVAILABLE`, or what the chore itself refuses with */
  do(chore: Chore): Promise<void>
  /** After all appends have been answered. */
  close(): Promise<void>
}

/** Commits on the calling thread, which stands still for each fsync. */
export const hostOnMain = (path: string): WriterHost => {
  const writer = createWriter(path)
  return {
    append: async (batch) => writer.append(batch),
    do: async (chore) => writer.do(chore),
    close: async () => writer.close(),
  }
}

// TypeScript rewrites the extensions of imports, not of URLs.
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js', import.meta.url)

const startWorker = (path: string): Worker => new Worker(workerUrl, { workerData: { path }, name: 'journal-writer' })

/** Commits on a thread of its own. A worker that dies fails what it was doing, and the next append starts another.
 * It keeps the process alive only while an append is under way. */
export const hostInWorker = (path: string, start: (path: string) => Worker = startWorker): WriterHost => {
  let current: Worker | null = null
  const waiting: { stored(): void; failed(cause: RunnerError): void }[] = []

  const launch = (): Worker => {
    const worker = start(path)
    let cause: unknown
    worker.unref()
    worker.on('message', (reply: WriterReply) => {
      const call = waiting.shift()
      if (waiting.length === 0) worker.unref()
      if (reply === null) call?.stored()
      else call?.failed(new RunnerError(reply.code, reply.message, reply))
    })
    worker.on('error', (error: unknown) => {
      cause = error
    })
    worker.on('exit', (code) => {
      if (current === worker) current = null
      const reason = cause instanceof Error ? cause.message : `exit code ${code}`
      for (const call of waiting.splice(0))
        call.failed(new RunnerError('JOURNAL_UNAVAILABLE', `the journal's writer ended: ${reason}`, { cause }))
    })
    return worker
  }
  const send = (worker: Worker, request: WriterRequest): void => worker.postMessage(request)

  const answered = (request: Batch | Chore): Promise<void> =>
    new Promise((stored, failed) => {
      const worker = (current ??= launch())
      send(worker, request) // first: what cannot be sent gets no answer
      waiting.push({ stored, failed })
      worker.ref()
    })

  current = launch()
  return {
    append: answered,
    do: answered,
    close: () =>
      new Promise((closed) => {
        const worker = current
        if (worker === null) {
          closed()
          return
        }
        worker.ref()
        worker.once('exit', () => closed())
        send(worker, null)
      }),
  }
}
