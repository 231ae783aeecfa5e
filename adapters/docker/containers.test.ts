import type { ContainerCreateOptions } from 'dockerode'
import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../../test/manual-clock.ts'
import { codeOf } from '../../test/support/code-of.ts'
import { label } from './container-spec.ts'
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
  /** Of the container by that name. */
  labels: (Record<string, string> | null)[]
}
let containers: Containers
let time: ReturnType<typeof createManualClock>
beforeEach(() => {
  answers = { create: [], start: [], remove: [], listens: [], state: { Status: 'created', Error: '', Running: false }, labels: [] }
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
      inspect: () => {
        const labels = answers.labels.shift()
        if (labels === null) return Promise.reject(new EngineRefusal(404, 'No such container'))
        return Promise.resolve({ Id: 'c1', State: answers.state, Config: { Labels: labels ?? {} } })
      },
    }),
  }
  const call = (_: AbortSignal, use: (docker: unknown, abortSignal: AbortSignal) => unknown) => use(docker, signal)
  const engine = { ask: call, insist: call, listens: () => Promise.resolve(answers.listens.shift()) } as unknown as Engine
  time = createManualClock()
  containers = openContainers(engine, 'i', time.clock, signal)
})

/** Pauses are over at once. */
const passing = async <T>(promise: Promise<T>): Promise<T> => {
  let isDone = false
  const settled = promise.finally(() => (isDone = true))
  settled.catch(() => {})
  while (!isDone) {
    await turn()
    if (time.timers.size > 0) time.pass(100)
  }
  return settled
}

it('asks again for what an engine refused that is about to stop', async () => {
  Object.assign(answers, { create: [odd, null], start: [odd, new EngineAway('cut'), null], listens: [false, false] })
  answers.state.Error = odd.message // stays on the container's record
  expect(await passing(containers.create(key, spec, signal))).toEqual({ id: 'c1', found: null })
  await passing(containers.start('c1', signal))
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
    await passing(containers.start('c1', signal))
    expect(answers.start).toEqual([])
  }
})
it.each([null, new EngineRefusal(404, 'No such container')])('removes until nothing is left: %s', async (last) => {
  answers.remove = [new EngineRefusal(409, 'removal is already in progress'), new EngineRefusal(500, 'device or resource busy'), last]
  await passing(containers.remove('c1', signal))
  expect(answers.remove).toEqual([])
})
describe('a name that is taken', () => {
  const taken = new EngineRefusal(409, 'Conflict. The container name is already in use')
  const ours = { [label.installation]: 'i', [label.task]: 'a', [label.attempt]: '1' }

  it('is of the container that an earlier call has made', async () => {
    Object.assign(answers, { create: [taken], labels: [ours] })
    expect(await passing(containers.create(key, spec, signal))).toMatchObject({ id: 'c1', found: { Id: 'c1' } })
  })
  it('may be of one that the engine is still making', async () => {
    Object.assign(answers, { create: [taken, taken, taken], labels: [null, null, ours] })
    expect(await passing(containers.create(key, spec, signal))).toMatchObject({ id: 'c1', found: { Id: 'c1' } })
    Object.assign(answers, { create: [taken, null], labels: [null] }) // it came to nothing
    expect(await passing(containers.create(key, spec, signal))).toEqual({ id: 'c1', found: null })
  })
  it('is somebody else’s, and stays so', async () => {
    Object.assign(answers, { create: [taken], labels: [{ ...ours, [label.task]: 'b' }] })
    expect(await codeOf(passing(containers.create(key, spec, signal)))).toBe('CONTAINER_REFUSED')
  })
  it('is waited for a minute', async () => {
    const many = Array.from({ length: 1_000 })
    Object.assign(answers, { create: many.map(() => taken), labels: many.map(() => null) })
    expect(await codeOf(passing(containers.create(key, spec, signal)))).toBe('ENGINE_UNAVAILABLE')
    expect(answers.create.length).toBe(1_000 - 601)
  })
})
