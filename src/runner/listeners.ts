/** Wakes whoever waits for news about a key. News itself is read from the journal, so that a slow listener costs no memory here. */
export interface Listeners {
  /** Calls `wake` after each notification until the returned end is called. */
  listen(key: string, wake: () => void): () => void
  notify(key: string): void
  /** Wakes everybody: there will be no more news. */
  notifyAll(): void
}

export const createListeners = (): Listeners => {
  const wakes = new Map<string, Set<() => void>>()
  return {
    listen(key, wake) {
      let own = wakes.get(key)
      if (!own) wakes.set(key, (own = new Set()))
      own.add(wake)
      return () => {
        own.delete(wake)
        if (own.size === 0 && wakes.get(key) === own) wakes.delete(key)
      }
    },
    notify(key) {
      const own = wakes.get(key)
      if (own) for (const wake of [...own]) wake()
    },
    notifyAll() {
      for (const own of [...wakes.values()]) for (const wake of [...own]) wake()
    },
  }
}

/** The key that hears of every record, whatever task it is of. */
export const everything = '*'
/** The key that hears of every record of a tenant's tasks. No task can be called so: an id begins with a letter or digit. */
export const tenantKey = (tenant: string): string => `*${tenant}`

/** Turns wake-ups into something to await: `next()` resolves at once when a wake-up came since the last call. */
export const createWakeUp = (listeners: Listeners, key: string, signal: AbortSignal | undefined) => {
  let pending = false
  let resolveNext: (() => void) | null = null
  const wake = (): void => {
    pending = true
    resolveNext?.()
    resolveNext = null
  }
  const end = listeners.listen(key, wake)
  signal?.addEventListener('abort', wake)
  return {
    async next(): Promise<void> {
      if (!pending && !signal?.aborted) await new Promise<void>((resolve) => (resolveNext = resolve))
      pending = false
    },
    end(): void {
      end()
      signal?.removeEventListener('abort', wake)
    },
  }
}
