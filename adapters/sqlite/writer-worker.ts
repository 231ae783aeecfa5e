import { parentPort, workerData } from 'node:worker_threads'
import type { Batch } from './entry.ts'
import { createWriter } from './writer.ts'

/** To the worker: a batch, or null to close the file and end. */
export type WriterRequest = Batch | null

/** From the worker, one for each batch, in order: null when it is stored, else why it is not. */
export type WriterReply = string | null

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
    writer.append(request)
  } catch (cause) {
    reply = (cause as Error).message
  }
  port.postMessage(reply)
})
