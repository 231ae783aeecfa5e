import type { Clock } from '../../src/ports/clock.ts'

/** Of Node: an answer of HTTP has `complete`. */
export interface Body extends NodeJS.ReadableStream {
  destroy(error?: Error): unknown
  readonly complete?: boolean
}

/** Opens a stream; gives up at once when the signal aborts, and cuts the stream should it come later. */
export const openBody = async (open: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>, signal: AbortSignal): Promise<Body> => {
  const opening = open(signal) as Promise<Body>
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => {
    reject(new Error('given up'))
    opening.then(cut, () => {})
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([opening, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

const cut = (body: Body): void => {
  body.on('error', () => {})
  body.destroy()
}

export interface ReadBodyOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The next chunk is read when this has resolved. @returns whether to go on */
  readonly take: (chunk: Buffer) => Promise<boolean>
  /** Whether it is well that nothing comes; asked after `idleMs` of silence. */
  readonly mayBeIdle: () => boolean
  readonly idleMs: number
}

/** Reads a stream to its end, or until `take` wants no more (`stopped`), or until it is silent and may not be (`idle`). The stream is destroyed then.
 * Rejects where it breaks off, and when the signal aborts. */
export const readBody = async (
  body: Body,
  { clock, signal, take, mayBeIdle, idleMs }: ReadBodyOptions,
): Promise<'ended' | 'idle' | 'stopped'> => {
  let isIdle = false
  const rest = (): (() => void) =>
    clock.timer(idleMs, () => {
      if (mayBeIdle()) return void (stopRest = rest())
      isIdle = true
      body.destroy()
    })
  let stopRest = rest()
  const abort = (): void => void body.destroy(new Error('given up'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    if (signal.aborted) abort()
    for await (const chunk of body as AsyncIterable<Buffer>) {
      stopRest()
      if (!(await take(chunk))) return 'stopped'
      stopRest = rest()
    }
    if (body.complete === false) throw new Error('the connection was lost')
    return 'ended'
  } catch (cause) {
    if (isIdle) return 'idle'
    throw cause
  } finally {
    stopRest()
    signal.removeEventListener('abort', abort)
    cut(body)
  }
}
