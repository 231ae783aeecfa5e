import { parentPort, workerData } from 'node:worker_threads'
import { toFailure, type Failure } from '../../src/domain/errors.ts'
import type { Chore } from './chores.ts'
import type { Batch } from './entry.ts'
import { createWriter } from './writer.ts'

/** To the worker: a batch, a chore, or null to close the file and end. */
export type WriterRequest = Batch | Chore | null

/** From the worker, one for each batch and chore, in order: null when it is stored, else why it is not. */
export type WriterReply = Failure | null

const port = parentPort!
const writer = createWriter((workerData as { path: string }).path)

port.on('message', (request: WriterRequest) => {
  if (request === null) {
    writer.close()
    port.close()
    return
  }
  let reply: WriterReply = null
  try {
    if (isBatch(request)) writer.append(request)
    else writer.do(request)
  } catch (cause) {
    reply = toFailure(cause)
  }
  port.postMessage(reply)
})

const isBatch = (request: Batch | Chore): request is Batch => Array.isArray(request)
