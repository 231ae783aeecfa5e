/** A generator that `return` ends also while it waits: a plain one is asked only when its pending `next` has settled, which for a log that is followed may be never.
 * `generate` is given the signal to obey. */
export const interruptible = <T>(
  signal: AbortSignal | undefined,
  generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> => {
  const stop = new AbortController()
  const inner = generate(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal)
  const end = (): Promise<IteratorResult<T, void>> => {
    stop.abort()
    return inner.return()
  }
  return {
    next: () => inner.next(),
    return: end,
    throw: (cause) => end().then(() => Promise.reject(cause as Error)),
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => void (await end()),
  }
}
