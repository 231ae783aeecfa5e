import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import type { Logger } from '../../ports/logger.ts'

/** Aborts when the client has gone, or the answer is complete: what works for a request obeys it. */
export const whileConnected = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  if (reply.raw.destroyed) gone.abort() // before we looked: the event has passed
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

/** Sends a body as it comes, headers at once; holds at most one chunk that the client has not taken. A source that fails cuts the connection,
 * so that the client sees a broken answer instead of a short one. */
export const sendBytes = async (
  reply: FastifyReply,
  head: { readonly status: number; readonly headers: Readonly<Record<string, string | number>> },
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> => {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(head.status, { 'x-content-type-options': 'nosniff', ...head.headers })
  raw.flushHeaders()
  try {
    for await (const chunk of chunks) if (chunk.length > 0 && !raw.write(chunk)) await once(raw, 'drain', { signal })
    raw.end()
  } catch (cause) {
    if (!signal.aborted) logger.warn({ err: cause }, 'an answer broke off')
    raw.destroy()
  }
}
