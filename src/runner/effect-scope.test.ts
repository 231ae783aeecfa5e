import { describe, expect, it } from 'vitest'
import { createEffectScope } from './effect-scope.ts'

/** An effect that ends when the test says so, and tells when it runs. */
const effect = () => {
  const end = Promise.withResolvers<null>()
  const begun = Promise.withResolvers<AbortSignal>()
  const state = { runs: false }
  const run = async (signal: AbortSignal): Promise<void> => {
    state.runs = true
    begun.resolve(signal)
    await end.promise.finally(() => (state.runs = false))
  }
  return { run, state, begun: begun.promise, resolve: () => end.resolve(null), reject: (cause: unknown) => end.reject(cause as Error) }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('an effect scope', () => {
  it('runs one effect at a time: the next begins when the one before has unwound', async () => {
    const scope = createEffectScope(() => expect.fail('nothing failed'))
    const [first, second] = [effect(), effect()]
    scope.start(first.run)
    const signal = await first.begun
    scope.stop()
    scope.start(second.run)
    await turn()
    expect([first.state.runs, second.state.runs, signal.aborted]).toEqual([true, false, true])
    first.resolve()
    expect((await second.begun).aborted).toBe(false)
    expect(first.state.runs).toBe(false)
    second.resolve()
    await scope.settled()
  })

  it('never begins an effect that was stopped before its turn', async () => {
    const scope = createEffectScope(() => expect.fail('nothing failed'))
    const [first, second, third] = [effect(), effect(), effect()]
    scope.start(first.run)
    await first.begun
    scope.stop()
    scope.start(second.run)
    scope.stop()
    scope.start(third.run)
    first.resolve()
    await third.begun
    expect(second.state.runs).toBe(false)
    third.resolve()
    await scope.settled()
  })

  it('tells of an effect that throws while it is wanted', async () => {
    const failures: unknown[] = []
    const scope = createEffectScope((cause) => failures.push(cause))
    const cause = new Error('broken')
    scope.start(() => Promise.reject(cause))
    await scope.settled()
    scope.start(() => {
      throw cause
    })
    await scope.settled()
    expect(failures).toEqual([cause, cause])
  })

  it('is silent about an effect that throws after it was stopped', async () => {
    const scope = createEffectScope(() => expect.fail('nobody wants to know'))
    const first = effect()
    scope.start(first.run)
    await first.begun
    scope.stop()
    first.reject(new Error('aborted'))
    await scope.settled()
  })

  it('goes on after a failure', async () => {
    const failures: unknown[] = []
    const scope = createEffectScope((cause) => failures.push(cause))
    const second = effect()
    scope.start(() => Promise.reject(new Error('broken')))
    scope.start(second.run)
    await second.begun
    second.resolve()
    await scope.settled()
    expect(failures).toHaveLength(1)
  })

  it('is settled at once when nothing runs, and stopping nothing is allowed', async () => {
    const scope = createEffectScope(() => expect.fail('nothing failed'))
    scope.stop()
    await scope.settled()
  })

  it('begins nothing in the turn of its start: a start and a stop in one turn leave no trace', async () => {
    const scope = createEffectScope(() => expect.fail('nothing failed'))
    const first = effect()
    scope.start(first.run)
    expect(first.state.runs).toBe(false)
    scope.stop()
    await scope.settled()
    expect(first.state.runs).toBe(false)
  })
})
