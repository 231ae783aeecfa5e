import { describe, expect, it } from 'vitest'
import { transition } from 'xstate'
import { actionsOf, explore, keyOf, nodesOf, told, type Edge } from '../../test/model/explore.ts'
import { deadline, eventsFor, eventsOfAttempt, type TaskSnapshot } from '../../test/model/task-events.ts'
import type { ErrorCode } from '../../src/domain/errors.ts'
import type { Phase } from '../../src/domain/plan.ts'
import { taskEffects, taskMachine, type TaskEvent } from './task.machine.ts'

const input = { attemptsMax: 3 }
const { states: explored, edges } = explore(taskMachine, eventsFor, input)
const changed = ({ from, to }: Edge<typeof taskMachine>): boolean => keyOf(from) !== keyOf(to)

const nameOf = ({ value }: TaskSnapshot): string => (typeof value === 'string' ? value : Object.entries(value).flat().join('.'))
const isFinal = ({ status }: TaskSnapshot): boolean => status === 'done'
const after = (state: TaskSnapshot, event: TaskEvent): TaskSnapshot => transition(taskMachine, state, event)[0]
const statesNamed = (name: string): TaskSnapshot[] => explored.filter((state) => nameOf(state) === name)

const nodes = nodesOf(taskMachine.root)
const isEffect = (name: string): boolean => (taskEffects as readonly string[]).includes(name)

/** Deadlines whose timers run in a state: those that its entry arms, the whole task's beside every one but `stop`, and those of the waiting line. */
const armedIn = (name: string): Phase[] => {
  if (name === 'pending' || name === 'retrying.queued') return ['queue', 'total']
  const armed = nodes
    .filter(({ path }) => path.length > 0 && `${name}.`.startsWith(`${path.join('.')}.`))
    .flatMap(({ entry }) => entry as readonly ({ type: string; params: { phase: Phase } } | string)[])
    .flatMap((action) => (typeof action === 'object' && action.type === 'armDeadline' ? [action.params.phase] : []))
  return armed.length === 0 ? [] : armed.includes('stop') ? armed : [...new Set<Phase>([...armed, 'total'])]
}

describe('the task machine, explored with every event and payload', () => {
  it('has a closed frontier with every state in it', () => {
    expect(explored.length).toBeGreaterThan(500)
    const leaves = nodes.filter(({ type }) => type === 'atomic' || type === 'final').map(({ path }) => path.join('.'))
    expect(new Set([...explored.map(nameOf), 'deciding'])).toEqual(new Set(leaves)) // a passing state is never seen
  })

  it('never counts past the last attempt', () => {
    for (const { context } of explored) expect(context.attempt).toBeLessThanOrEqual(input.attemptsMax)
    expect(Math.max(...explored.map(({ context }) => context.attempt))).toBe(input.attemptsMax)
  })

  it('launches no attempt that has not begun', () => {
    for (const { context } of explored) expect(context.launchedAttempt).toBeLessThanOrEqual(context.attempt)
  })

  it('has no way out of a final state', () => {
    expect(new Set(explored.filter(isFinal).map(nameOf))).toEqual(new Set(['completed', 'failed', 'cancelled']))
    expect(edges.filter((edge) => isFinal(edge.from) && changed(edge)).map(told)).toEqual([])
  })

  it('holds a place exactly while it prepares, runs and collects', () => {
    for (const state of explored)
      expect([nameOf(state), state.hasTag('placed')]).toEqual([nameOf(state), /^(preparing|running|collecting)/.test(nameOf(state))])
  })

  it('completes only what neither failed nor was cancelled', () => {
    for (const { context } of statesNamed('completed')) expect([context.failure, context.cancelReason]).toEqual([null, null])
  })

  it('ends as cancelled only when somebody asked for it, and as failed only with a reason', () => {
    for (const { context } of statesNamed('cancelled')) expect(context.cancelReason).not.toBeNull()
    for (const { context } of statesNamed('failed')) expect(context.failure).not.toBeNull()
  })

  it('neither completes nor tries again what could not be stopped', () => {
    const stuck = explored.filter(({ context }) => context.failure?.code === 'TIMEOUT_STOP')
    expect(new Set(stuck.map(nameOf))).toEqual(new Set(['collecting', 'failed']))
  })

  it('tries again only what failed transiently', () => {
    for (const name of ['retrying.backingOff', 'retrying.queued']) {
      expect(statesNamed(name).length).toBeGreaterThan(0)
      for (const { context } of statesNamed(name)) {
        expect(context.failure?.retryable).toBe(true)
        expect(context.cancelReason).toBeNull()
      }
    }
  })

  it('ignores every event of another attempt', () => {
    const isForeign = ({ from: { context }, event }: Edge<typeof taskMachine>): boolean =>
      'attempt' in event && event.attempt !== context.attempt && !(event.type === 'task.admit' && event.attempt === context.attempt + 1)
    expect(edges.filter(isForeign).length).toBeGreaterThan(1_000)
    expect(edges.filter((edge) => isForeign(edge) && changed(edge)).map(told)).toEqual([])
  })

  it('is never sent back to an earlier attempt', () => {
    expect(edges.filter(({ from, to }) => to.context.attempt < from.context.attempt).map(told)).toEqual([])
  })

  it('has a way to an end from every state', () => {
    const sources = new Map<string, Set<string>>()
    for (const { from, to } of edges) sources.set(keyOf(to), (sources.get(keyOf(to)) ?? new Set()).add(keyOf(from)))
    const reaching = new Set(explored.filter(isFinal).map(keyOf))
    for (const key of reaching) for (const source of sources.get(key) ?? []) reaching.add(source) // a set visits what is added meanwhile
    expect(explored.map(keyOf).filter((key) => !reaching.has(key))).toEqual([])
  })
})

describe('a wish for the end', () => {
  const cancel = { type: 'task.cancel', reason: 'enough' } as const

  it('is recorded in every state that is not final, and its first reason is kept', () => {
    for (const state of explored.filter((one) => !isFinal(one))) {
      const asked = after(state, cancel)
      expect(asked.context.cancelReason).toBe(state.context.cancelReason ?? 'enough')
      if (state.context.cancelReason === null) expect(asked).not.toBe(state)
    }
  })

  it('leads to the end without another attempt, whatever happens meanwhile', () => {
    const asked = edges.filter(({ from, to }) => from.context.cancelReason !== null || to.context.cancelReason !== null)
    expect(
      asked.filter(({ from, to }) => to.context.cancelReason === null || to.context.attempt !== from.context.attempt).map(told),
    ).toEqual([])
    expect(new Set(asked.map(({ to }) => nameOf(to)))).toEqual(new Set(['running.stopping', 'collecting', 'cancelled', 'failed']))
    for (const { to } of asked.filter((edge) => nameOf(edge.to) === 'failed')) expect(to.context.failure?.code).toBe('TIMEOUT_STOP') // it may still run
  })
})

describe('deadlines', () => {
  it('are armed in every state but the final ones', () => {
    const armed = Object.fromEntries([...new Set(explored.map(nameOf))].map((name) => [name, armedIn(name)]))
    expect(armed).toEqual({
      pending: ['queue', 'total'],
      preparing: ['prepare', 'total'],
      'running.executing': ['run', 'total'],
      'running.stopping': ['stop'],
      collecting: ['collect', 'total'],
      'retrying.backingOff': ['total'],
      'retrying.queued': ['queue', 'total'],
      completed: [],
      failed: [],
      cancelled: [],
    })
  })

  it('are handled wherever they are armed, and leave the state', () => {
    const unheard = explored.flatMap((state) =>
      armedIn(nameOf(state))
        .filter((phase) => nameOf(after(state, deadline(phase, state.context.attempt))) === nameOf(state))
        .map((phase) => `${keyOf(state)} ${phase}`),
    )
    expect(unheard).toEqual([])
  })

  it('of the whole task leave nothing to be tried again', () => {
    const over = edges.filter(
      ({ event, ...edge }) => event.type === 'deadline.elapsed' && event.phase === 'total' && changed({ event, ...edge }),
    )
    expect(new Set(over.map(({ from }) => nameOf(from)))).toEqual(
      new Set(['pending', 'preparing', 'running.executing', 'collecting', 'retrying.backingOff', 'retrying.queued']),
    )
    expect(over.filter(({ to }) => nameOf(to).startsWith('retrying') || to.context.failure?.retryable).map(told)).toEqual([])
  })

  it('change nothing once their phase is over: a timer may fire between an event and its commit', () => {
    const late = edges.filter(({ from, event }) => event.type === 'deadline.elapsed' && !armedIn(nameOf(from)).includes(event.phase))
    expect(new Set(late.map(({ from }) => nameOf(from)))).toEqual(new Set(explored.map(nameOf)))
    expect(late.filter(changed).map(told)).toEqual([])
  })
})

describe('the chart', () => {
  it('names effects in entry actions alone, so that a state can be taken up again after a crash', () => {
    const actions = nodes.map(actionsOf)
    expect(actions.flatMap(({ exit, onTheWay }) => [...exit, ...onTheWay]).filter(isEffect)).toEqual([])
    expect(new Set(actions.flatMap(({ entry }) => entry).filter(isEffect))).toEqual(new Set(taskEffects))
  })

  it('ends the effects of every state that has some and can be left', () => {
    const working = nodes.filter((node) => node.type !== 'final' && actionsOf(node).entry.some(isEffect))
    expect(working.map(({ path }) => path.join('.'))).toEqual([
      'preparing',
      'running.executing',
      'running.stopping',
      'collecting',
      'retrying.backingOff',
      'retrying.queued',
    ])
    for (const node of working) expect(actionsOf(node).exit).toContain('stopEffects')
  })

  it('invokes nobody and waits for no clock', () => {
    for (const { invoke, after: delayed } of nodes) expect([invoke, delayed]).toEqual([[], []])
  })

  it('keeps JSON values alone', () => {
    for (const { value, context } of explored) expect(JSON.parse(JSON.stringify({ value, context }))).toEqual({ value, context })
  })

  it('tells each end once, when it enters it', () => {
    for (const { from, event, to } of edges.filter((edge) => isFinal(edge.to) && !isFinal(edge.from))) {
      const announced = transition(taskMachine, from, event)[1].filter(({ type }) => type === 'announce')
      expect(announced.map(({ params }) => params)).toEqual([{ type: `task_${nameOf(to)}` }])
    }
  })
})

describe('what collecting found', () => {
  const exited = statesNamed('collecting').filter(
    ({ context }) => context.failure?.code === 'EXIT_NONZERO' && context.cancelReason === null,
  )
  const found = (state: TaskSnapshot, code: ErrorCode): TaskSnapshot =>
    after(
      state,
      eventsOfAttempt(state.context.attempt).find((event) => event.type === 'attempt.collected' && event.failure?.code === code)!,
    )

  it('names the exception that stands behind an exit code', () => {
    expect(exited.length).toBeGreaterThan(0)
    for (const state of exited) {
      const told = found(state, 'PYTHON_EXCEPTION')
      expect([nameOf(told), told.context.failure?.code]).toEqual(['failed', 'PYTHON_EXCEPTION'])
    }
  })

  it('leaves every other reason as it is', () => {
    for (const state of exited) expect(found(state, 'OUTPUT_MISSING').context.failure?.code).toBe('EXIT_NONZERO')
    const others = statesNamed('collecting').filter(({ context }) => context.failure !== null && context.failure.code !== 'EXIT_NONZERO')
    expect(others.length).toBeGreaterThan(0)
    for (const state of others) expect(found(state, 'PYTHON_EXCEPTION').context.failure).toEqual(state.context.failure)
  })
})
