import type { ContainerCreateOptions } from 'dockerode'
import { beforeEach, expect, it } from 'vitest'
import { codeOf } from '../../test/support/code-of.ts'
import { createSystemClock } from '../system/clock.ts'
import { openContainers, type Containers } from './containers.ts'
import { EngineAway, EngineRefusal, type Engine } from './engine.ts'

const { signal } = new AbortController()
const key = { taskId: 'a', attempt: 1 }
const spec: ContainerCreateOptions = {}
/** What an engine says while it stops, of one that was seen to. */
const odd = new EngineRefusal(500, 'failed to update store for object type *libnetwork.endpoint: open : no such file or directory')

/** What the engine answers, call by call, and whether it listens when it is asked. */
let answers: {
  create: (Error | null)[]
  start: (Error | null)[]
  remove: (Error | null)[]
  listens: boolean[]
  state: { Status: string; Error: string; Running: boolean }
}
let containers: Containers
beforeEach(() => {
  answers = { create: [], start: [], remove: [], listens: [], state: { Status: 'created', Error: '', Running: false } }
  const next = (queue: (Error | null)[]): Promise<void> => {
    const answer = queue.shift()
    if (answer === undefined) throw new Error('one call too many')
    return answer === null ? Promise.resolve() : Promise.reject(answer)
  }
  const docker = {
    createContainer: () => next(answers.create).then(() => ({ id: 'c1' })),
    getContainer: () => ({
      start: () => next(answers.start),
      remove: () => next(answers.remove),
      inspect: () => Promise.resolve({ Id: 'c1', State: answers.state }),
    }),
  }
  const call = (_: AbortSignal, use: (docker: unknown, abortSignal: AbortSignal) => unknown) => use(docker, signal)
  const engine = { ask: call, insist: call, listens: () => Promise.resolve(answers.listens.shift()) } as unknown as Engine
  containers = openContainers(engine, 'i', createSystemClock(), signal)
})

it('asks again for what an engine refused that is about to stop', async () => {
  Object.assign(answers, { create: [odd, null], start: [odd, new EngineAway('cut'), null], listens: [false, false] })
  answers.state.Error = odd.message // stays on the container's record
  expect(await containers.create(key, spec, signal)).toEqual({ id: 'c1', found: null })
  await containers.start('c1', signal)
  expect(answers).toMatchObject({ create: [], start: [], listens: [] })
})
it('takes the word of an engine that goes on', async () => {
  Object.assign(answers, { create: [odd], start: [odd], listens: [true, true] })
  expect(await codeOf(containers.create(key, spec, signal))).toBe('LAUNCH_FAILED')
  expect(await codeOf(containers.start('c1', signal))).toBe('LAUNCH_FAILED')
})
it('starts a container once, also when the answer was lost or came from an engine that stopped', async () => {
  for (const answer of [new EngineAway('cut'), odd]) {
    Object.assign(answers, { start: [answer], listens: [false], state: { Status: 'exited', Error: '', Running: false } })
    await containers.start('c1', signal)
    expect(answers.start).toEqual([])
  }
})
it.each([null, new EngineRefusal(404, 'No such container')])('removes until nothing is left: %s', async (last) => {
  answers.remove = [new EngineRefusal(409, 'removal is already in progress'), new EngineRefusal(500, 'device or resource busy'), last]
  await containers.remove('c1', signal)
  expect(answers.remove).toEqual([])
})
