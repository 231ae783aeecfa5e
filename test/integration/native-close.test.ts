import { expect, it } from 'vitest'
import { createWorld, groupsOf, hasCgroups, plan } from './native-harness.ts'

const { signal } = new AbortController()

it.runIf(hasCgroups)('gives its groups back at the end, but not those in which an attempt still runs', async () => {
  const world = createWorld({ sandbox: 'none' })
  try {
    const executor = world.open()
    const request = world.request({ taskId: 'last', attempt: 1 }, plan(['sleep', '60']))
    await executor.launch(request, signal)
    await executor.close()
    expect(groupsOf(world.installation)).not.toEqual([])

    const next = world.open()
    await next.remove(request.key, signal)
    await next.close()
    await next.close()
    expect(groupsOf(world.installation)).toEqual([])
  } finally {
    await world.close()
  }
})
