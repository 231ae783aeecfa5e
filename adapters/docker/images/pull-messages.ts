import type { Readable } from 'node:stream'
import * as z from 'zod'
import { StreamedError } from './image-error.ts'

const messageSchema = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ code: z.number().optional(), message: z.string().optional() }).nullish(),
})

/** One line of what the engine tells during a pull. */
export type PullMessage = z.output<typeof messageSchema>

/** Longest line, in UTF-16 units: the engine's have a few hundred. */
const lineUnitsMax = 1 << 20

/** The messages in the stream of a pull, up to its end. Throws what the stream says went wrong, and what breaks it. */
export async function* readPullMessages(stream: Readable): AsyncGenerator<PullMessage> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const text of stream as AsyncIterable<string>) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    if (rest.length > lineUnitsMax) throw new Error('the engine sent a line without an end')
    for (const line of lines) if (line.trim() !== '') yield parse(line)
  }
  if (rest.trim() !== '') yield parse(rest)
}

const parse = (line: string): PullMessage => {
  const message = messageSchema.parse(JSON.parse(line))
  const { error, errorDetail } = message
  if (error !== undefined || errorDetail != null)
    throw new StreamedError(errorDetail?.message ?? error ?? 'the engine reports an error', errorDetail?.code ?? null)
  return message
}
