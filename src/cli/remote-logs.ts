import type { TaskDocument } from '../runner/task-document.ts'
import type { LogLineDocument } from '../servers/http/log-lines.ts'
import type { Connection } from './connection.ts'
import { linesOf } from './lines-of.ts'
import { createPatience } from './patience.ts'
import { printAttempts, type Stream } from './print-attempts.ts'

export interface RemoteLogs {
  readonly id: string
  readonly streams: readonly Stream[]
  /** Undefined: the last one; followed, every one from the last on. */
  readonly attempt: number | undefined
  /** Undefined: from the first byte. */
  readonly offset: number | undefined
  readonly follow: boolean
  readonly print: Printer
}

/** Takes bytes, or lines as documents. */
export type Printer =
  { readonly bytes: (stream: Stream, bytes: Uint8Array) => Promise<void> } | { readonly line: (line: LogLineDocument) => Promise<void> }

/** Prints a task's logs as its runner serves them; followed, through further attempts, and on where it was after the runner was away for a while. */
export const printRemoteLogs = async (
  server: Connection,
  { id, streams, attempt, offset = 0, follow, print }: RemoteLogs,
): Promise<void> => {
  const status = () => server.call<TaskDocument>('GET', `/api/v1/tasks/${id}`)
  const last = (await status()).attempt
  if (last === 0 && attempt === undefined && !follow) return
  const at = { attempt: attempt ?? Math.max(1, last), stdout: offset, stderr: offset }
  const pathOf = (stream: Stream): string =>
    `/api/v1/tasks/${id}/logs?stream=${stream}&attempt=${at.attempt}&offset=${at[stream]}${follow ? '&follow=1' : ''}`
  const patience = createPatience()
  const copyBytes = async (
    to: (stream: Stream, bytes: Uint8Array) => Promise<void>,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<void> => {
    for await (const bytes of server.bytes(pathOf(stream), signal)) {
      patience.renew()
      await to(stream, bytes)
      at[stream] += bytes.length
    }
  }
  const printed: Partial<Record<Stream, string>> = {}
  const copyLines = async (to: (line: LogLineDocument) => Promise<void>, stream: Stream, signal: AbortSignal): Promise<void> => {
    for await (const text of linesOf(server.bytes(pathOf(stream), signal, { accept: 'application/x-ndjson' }))) {
      patience.renew()
      const line = JSON.parse(text) as LogLineDocument
      const name = `${line.attempt} ${line.offset} ${line.line}`
      if (printed[stream] === name) continue // where it went on after a break
      await to(line)
      printed[stream] = name
      at[stream] = line.offset + (line.gap ?? 0)
    }
  }
  const copy = (stream: Stream, signal: AbortSignal): Promise<void> =>
    'bytes' in print ? copyBytes(print.bytes, stream, signal) : copyLines(print.line, stream, signal)

  if (!follow) {
    for (const stream of streams) await copy(stream, new AbortController().signal)
    return
  }
  for (;;) {
    try {
      return await printAttempts({ streams, at, copy, status, only: attempt !== undefined })
    } catch (cause) {
      await patience.spend(cause)
    }
  }
}
