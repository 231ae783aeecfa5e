import { request, type IncomingMessage, type RequestOptions } from 'node:http'

/** One block of a stream of server-sent events. */
export interface EventBlock {
  readonly id: string | undefined
  /** Undefined in a block that only moves the cursor. */
  readonly event: string | undefined
  readonly data: Record<string, unknown> | undefined
  readonly comment: string | undefined
}

/** An open stream of server-sent events, as a client sees it. */
export interface EventClient {
  readonly response: IncomingMessage
  /** The next block; null when the stream has ended. */
  next(): Promise<EventBlock | null>
  /** The next event, whatever comes between. */
  nextEvent(): Promise<EventBlock | null>
  close(): void
}

/** Connects, and resolves with the answer's headers: an answer that is no stream is left to the caller. */
export const openEvents = async (options: RequestOptions): Promise<EventClient> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(options, resolve).on('error', reject).end()
  })
  response.on('error', () => {}) // its connection is cut when the test ends it
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  let text = ''
  const next = async (): Promise<EventBlock | null> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        return parseBlock(block)
      }
      const { value, done } = await chunks.next()
      if (done) return null
      text += value
    }
  }
  return {
    response,
    next,
    async nextEvent() {
      for (;;) {
        const block = await next()
        if (block === null || block.event !== undefined) return block
      }
    },
    close: () => void response.destroy(),
  }
}

const parseBlock = (text: string): EventBlock => {
  const fields = new Map(text.split('\n').map((line) => /^([^:]*): ?(.*)$/s.exec(line)!.slice(1) as [string, string]))
  const data = fields.get('data')
  return {
    id: fields.get('id'),
    event: fields.get('event'),
    data: data === undefined ? undefined : (JSON.parse(data) as Record<string, unknown>),
    comment: fields.get(''),
  }
}
