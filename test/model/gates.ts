/** What an engine asks of its outside, and is kept waiting with. */
export type Call = 'prepare' | 'launch' | 'stop' | 'logs' | 'collect'

/** Doors between an engine and its outside, one for each kind of call and attempt. All are shut at first. What was once decided holds for every later call of
 * the kind: a runner that was started again asks again. */
export interface Gates {
  /** Resolves when the door is opened, rejects with what it is failed with, or soon after the signal aborts. */
  pass(call: Call, attempt: number, signal?: AbortSignal): Promise<void>
  open(call: Call, attempt: number): void
  fail(call: Call, attempt: number, cause: Error): void
  /** Those who wait belong to a process that is gone. */
  forget(): void
  openAll(): void
}

export const createGates = (): Gates => {
  const decided = new Map<string, Error | null>()
  let waiting: { readonly name: string; readonly decide: (cause: Error | null) => void }[] = []
  let isOpen = false

  const decide = (name: string, cause: Error | null): void => {
    if (!decided.has(name)) decided.set(name, cause)
    const [own, others] = [waiting.filter((one) => one.name === name), waiting.filter((one) => one.name !== name)]
    waiting = others
    for (const one of own) one.decide(decided.get(name)!)
  }

  return {
    pass: (call, attempt, signal) =>
      new Promise((resolve, reject) => {
        const name = `${call} ${attempt}`
        const decideOne = (cause: Error | null): void => (cause ? reject(cause) : resolve())
        if (signal?.aborted) return reject(signal.reason as Error)
        if (isOpen || decided.has(name)) return decideOne(decided.get(name) ?? null)
        waiting.push({ name, decide: decideOne })
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      }),
    open: (call, attempt) => decide(`${call} ${attempt}`, null),
    fail: (call, attempt, cause) => decide(`${call} ${attempt}`, cause),
    forget: () => void (waiting = []),
    openAll() {
      isOpen = true
      decided.clear()
      for (const { decide: decideOne } of waiting.splice(0)) decideOne(null)
    },
  }
}
