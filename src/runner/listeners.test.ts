import { describe, expect, it } from 'vitest'
import { createListeners, createWakeUp } from './listeners.ts'

const settles = async (promise: Promise<void>): Promise<boolean> => {
  let settled = false
  void promise.then(() => (settled = true))
  await new Promise<void>((resolve) => setImmediate(resolve))
  return settled
}

describe('listeners', () => {
  it('hear of their own key, until they end', () => {
    const listeners = createListeners()
    const heard: string[] = []
    const end = listeners.listen('a', () => heard.push('first'))
    listeners.listen('a', () => heard.push('second'))
    listeners.listen('b', () => heard.push('other'))
    listeners.notify('a')
    end()
    end()
    listeners.notify('a')
    listeners.notify('nobody')
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  it('may come and go while they are told', () => {
    const listeners = createListeners()
    const heard: string[] = []
    const end = listeners.listen('a', () => {
      heard.push('first')
      end()
      listeners.listen('a', () => heard.push('late'))
    })
    listeners.listen('a', () => heard.push('second'))
    listeners.notify('a')
    expect(heard).toEqual(['first', 'second'])
    listeners.notify('a')
    expect(heard).toEqual(['first', 'second', 'second', 'late'])
  })
})

describe('a wake-up', () => {
  const create = (signal?: AbortSignal) => {
    const listeners = createListeners()
    return { listeners, wakeUp: createWakeUp(listeners, 'a', signal) }
  }

  it('is not lost when it comes before anybody waits', async () => {
    const { listeners, wakeUp } = create()
    listeners.notify('a')
    expect(await settles(wakeUp.next())).toBe(true)
  })

  it('wakes who waits', async () => {
    const { listeners, wakeUp } = create()
    const waiting = wakeUp.next()
    expect(await settles(waiting)).toBe(false)
    listeners.notify('a')
    expect(await settles(waiting)).toBe(true)
  })

  it('counts for one look, however often it came', async () => {
    const { listeners, wakeUp } = create()
    for (let times = 0; times < 5; times++) listeners.notify('a')
    expect(await settles(wakeUp.next())).toBe(true)
    expect(await settles(wakeUp.next())).toBe(false)
  })

  it('is not lost when it comes between waking and looking', async () => {
    const { listeners, wakeUp } = create()
    let [published, seen] = [0, 0]
    const reader = (async () => {
      while (seen < 100) {
        seen = published
        if (seen < 100) await wakeUp.next()
      }
    })()
    for (let step = 0; step < 100; step++) {
      published++
      listeners.notify('a')
      if (step % 3 === 0) await Promise.resolve()
      if (step % 7 === 0) await new Promise<void>((resolve) => setImmediate(resolve))
    }
    await reader
    expect(seen).toBe(100)
  })

  it('comes from the signal too, at once when it has aborted', async () => {
    const stop = new AbortController()
    const { wakeUp } = create(stop.signal)
    const waiting = wakeUp.next()
    stop.abort()
    expect(await settles(waiting)).toBe(true)
    expect(await settles(wakeUp.next())).toBe(true)
  })

  it('holds neither the key nor the signal once it has ended', async () => {
    const stop = new AbortController()
    const { listeners, wakeUp } = create(stop.signal)
    wakeUp.end()
    const waiting = wakeUp.next()
    listeners.notify('a')
    expect(await settles(waiting)).toBe(false)
  })
})
