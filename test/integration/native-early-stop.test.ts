import { afterAll, describe, expect, it } from 'vitest'
import { createWorld, hasBubblewrap, plan } from './native-harness.ts'

const { signal } = new AbortController()
/** Far longer than a TERM takes; a lost one would run into it. */
const graceMs = 20_000

describe.each(['bubblewrap', 'none'] as const)('a stop right after the launch, under %s', (sandbox) => {
  const world = createWorld({ sandbox })
  afterAll(() => world.close())

  it.runIf(sandbox === 'none' || hasBubblewrap)('TERM is never lost, however early it comes', async () => {
    const executor = world.open()
    for (let attempt = 1; attempt <= 60; attempt++) {
      const request = world.request({ taskId: 'early', attempt }, plan(['sh', '-c', 'echo begun; sleep 60']))
      await executor.launch(request, signal)
      await new Promise((resolve) => setTimeout(resolve, attempt % 12)) // not to wait for anything: to meet every step of the launch
      const startedAt = performance.now()
      const exit = await executor.stop(request.key, graceMs, signal)
      if (exit !== null) expect(exit).toMatchObject({ signal: 'SIGTERM' }) // null: it was ended before its command began
      expect(performance.now() - startedAt).toBeLessThan(graceMs / 2)
      await executor.remove(request.key, signal)
    }
  })
})
