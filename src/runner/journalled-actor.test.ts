import { describe, expect, it } from 'vitest'
import { assign, initialTransition, setup } from 'xstate'
import { taskEffects, taskMachine } from '../../machines/task/task.machine.ts'
import { createActorFactory, effectsOf, stateOf } from './journalled-actor.ts'

/** Counts, and breaks when it is told to: in a guard, in an assignment, or in both of them at the end. */
const fragile = setup({
  types: {} as { context: { count: number }; events: { type: 'count' | 'break.guard' | 'break.action' | 'finish' | 'ignored' } },
  guards: {
    breaks: () => {
      throw new Error('the guard broke')
    },
  },
  actions: {
    add: assign({ count: ({ context }) => context.count + 1 }),
    breaks: assign(() => {
      throw new Error('the action broke')
    }),
    work: () => expect.fail('the machine never does anything itself'),
  },
}).createMachine({
  id: 'fragile',
  initial: 'counting',
  context: { count: 0 },
  states: {
    counting: {
      on: {
        count: { actions: ['add', { type: 'work', params: { how: 'hard' } }] },
        'break.guard': { guard: 'breaks', actions: 'add' },
        'break.action': { target: 'done', actions: ['work', 'add', 'breaks'] },
        finish: { target: 'done', actions: 'work' },
      },
    },
    done: { type: 'final', entry: 'work' },
  },
})
const create = createActorFactory(fragile, ['work'])
const start = () => create(initialTransition(fragile)[0])

describe('a journalled actor', () => {
  it('takes an event at once and only notes what is wanted, in order', () => {
    const applied = start().take({ type: 'finish' })!
    expect([applied.before.value, applied.after.value]).toEqual(['counting', 'done'])
    expect(applied.noted.map(({ type }) => type)).toEqual(['work', 'work'])
    expect(start().take({ type: 'count' })!.noted).toEqual([{ type: 'work', params: { how: 'hard' } }])
  })

  it('answers null to an event that changes nothing, and to every event after its end', () => {
    const actor = start()
    expect(actor.take({ type: 'ignored' })).toBeNull()
    actor.take({ type: 'finish' })
    expect(actor.take({ type: 'count' })).toBeNull()
    expect(actor.snapshot().value).toBe('done')
  })

  it.each(['break.guard', 'break.action'] as const)(
    'throws what the machine threw (%s), is as it was before, and takes the next event',
    (type) => {
      const actor = start()
      actor.take({ type: 'count' })
      const before = stateOf(actor.snapshot())
      expect(() => actor.take({ type })).toThrow('broke')
      expect(stateOf(actor.snapshot())).toEqual(before)
      const applied = actor.take({ type: 'count' })!
      expect(applied.after.context).toEqual({ count: 2 })
      expect(applied.noted).toHaveLength(1) // nothing is left over from the event that failed
      expect(() => actor.take({ type })).toThrow('broke')
      expect(actor.take({ type: 'finish' })!.after.value).toBe('done')
    },
  )

  it('keeps the actions of two actors apart, also when one of them breaks', () => {
    const [first, second] = [start(), start()]
    expect(() => first.take({ type: 'break.action' })).toThrow()
    expect(second.take({ type: 'count' })!.noted).toHaveLength(1)
    expect(first.take({ type: 'count' })!.after.context).toEqual({ count: 1 })
    expect(second.snapshot().context).toEqual({ count: 1 })
  })

  it('goes on from a state without entering it again', () => {
    const applied = start().take({ type: 'count' })!
    const actor = create(applied.after)
    expect(actor.snapshot().context).toEqual({ count: 1 })
    expect(actor.take({ type: 'count' })!.after.context).toEqual({ count: 2 })
    actor.stop()
  })
})

describe('the effects of a state', () => {
  const createTask = createActorFactory(taskMachine, [...taskEffects, 'stopEffects', 'announce'])
  const names = (actor: ReturnType<typeof createTask>) => effectsOf(actor.snapshot(), taskEffects).map(({ type, params }) => [type, params])

  it('are those that its entry names, whichever way it was reached', () => {
    const actor = createTask(initialTransition(taskMachine, { attemptsMax: 2 })[0])
    expect(names(actor)).toEqual([])
    actor.take({ type: 'task.admit', attempt: 1 })
    expect(names(actor)).toEqual([['prepare', undefined], ['armDeadline', { phase: 'prepare' }]]) // prettier-ignore
    actor.take({ type: 'attempt.prepared', attempt: 1, image: null })
    expect(names(actor)).toEqual([['launch', undefined], ['armDeadline', { phase: 'run' }]]) // prettier-ignore
    actor.take({ type: 'task.cancel', reason: 'enough' })
    expect(names(actor)).toEqual([['stop', undefined], ['armDeadline', { phase: 'stop' }]]) // prettier-ignore
  })
})
