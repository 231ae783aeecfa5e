/** Items of several pulled sources in the order in which they come. Pulled itself: at most one item of each source is read ahead. Ending early ends every source. */
export async function* mergePulled<T>(sources: readonly AsyncGenerator<T, void>[]): AsyncGenerator<{ source: number; item: T }, void> {
  const next = (source: number): Promise<{ source: number; result: IteratorResult<T, void> }> =>
    sources[source]!.next().then((result) => ({ source, result }))
  const waiting = new Map(sources.map((_, source) => [source, next(source)]))
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values())
      waiting.delete(source)
      if (result.done) continue
      yield { source, item: result.value }
      waiting.set(source, next(source))
    }
  } finally {
    for (const pending of waiting.values()) pending.catch(() => {}) // told already by the source that failed first
    await Promise.all(sources.map((source) => source.return()))
  }
}
