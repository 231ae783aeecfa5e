import { describe, expect, it } from 'vitest'
import { initialTransition, transition, type SnapshotFrom } from 'xstate'
import { actionsOf, explore, nodesOf, told } from '../../test/model/explore.ts'
import { runnerEffects, runnerMachine, type RunnerEvent } from './runner.machine.ts'

type RunnerSnapshot = SnapshotFrom<typeof runnerMachine>

/** Processes on one journal, one after the other; what holds for three holds for any number, since nothing asks for the count. */
const startsMax = 3
const eventsFor = ({ context }: RunnerSnapshot): RunnerEvent[] => [
  ...(context.starts < startsMax ? [{ type: 'runner.start', version: '1.2.3' } as const] : []),
  { type: 'runner.recovered', live: 2, pending: 5 },
  { type: 'runner.pause' },
  { type: 'runner.resume' },
  { type: 'runner.drain', reason: 'maintenance' },
  { type: 'runner.emptied' },
  { type: 'deadline.elapsed' },
]

const { states: explored, edges } = explore(runnerMachine, eventsFor)
const started = explored.filter(({ value }) => value !== 'idle')
const after = (state: RunnerSnapshot, ...events: RunnerEvent[]): RunnerSnapshot =>
  events.reduce((snapshot, event) => transition(runnerMachine, snapshot, event)[0], state)
const fresh = initialTransition(runnerMachine)[0]
const accepting = after(fresh, { type: 'runner.start', version: '1' }, { type: 'runner.recovered', live: 0, pending: 0 })

const nodes = nodesOf(runnerMachine.root)

describe('the runner machine, explored with every event', () => {
  it('reaches every state', () => {
    expect(new Set(explored.map(({ value }) => value))).toEqual(new Set(Object.keys(runnerMachine.states)))
  })

  it('accepts only when it has recovered and does not drain, and admits only when it accepts', () => {
    for (const state of explored) {
      expect(state.hasTag('accepts')).toBe(state.value === 'accepting' || state.value === 'paused')
      expect(state.hasTag('admits')).toBe(state.value === 'accepting')
    }
  })

  it('admits nothing while somebody wants a pause', () => {
    for (const { value, context } of explored) {
      if (value === 'paused') expect(context.paused).toBe(true)
      if (value === 'accepting') expect(context.paused).toBe(false)
    }
  })

  it('takes a start in every state: the process before may have been killed in any', () => {
    for (const state of explored) {
      const next = after(state, { type: 'runner.start', version: '1.2.4' })
      expect([next.value, next.context.starts, next.context.paused]).toEqual(['recovering', state.context.starts + 1, state.context.paused])
    }
  })

  it('can be drained from every state that a process is in, and stops then whether or not the places empty', () => {
    for (const state of started.filter(({ value }) => value !== 'stopped')) {
      const draining = after(state, { type: 'runner.drain', reason: 'maintenance' })
      expect(draining.value).toBe('draining')
      expect(after(draining, { type: 'runner.emptied' }).value).toBe('stopped')
      expect(after(draining, { type: 'deadline.elapsed' }).value).toBe('stopped')
    }
  })

  it('leaves draining and stopped for nothing but a new start', () => {
    const mayLeave = { draining: ['draining', 'stopped'], stopped: ['stopped'] } as const
    for (const [value, targets] of Object.entries(mayLeave)) {
      const left = edges.filter(({ from, event }) => from.value === value && event.type !== 'runner.start')
      expect(left.filter(({ to }) => !(targets as readonly string[]).includes(to.value)).map(told)).toEqual([])
    }
  })

  it('accepts nothing before it is told that everything was taken up', () => {
    for (const { from, event, to } of edges)
      if (!from.hasTag('accepts') && to.hasTag('accepts')) expect([from.value, event.type]).toEqual(['recovering', 'runner.recovered'])
  })
})

describe('a pause', () => {
  it('outlives the process', () => {
    const restarted = after(
      accepting,
      { type: 'runner.pause' },
      { type: 'runner.start', version: '2' },
      { type: 'runner.recovered', live: 0, pending: 0 },
    )
    expect(restarted.value).toBe('paused')
    expect(after(restarted, { type: 'runner.resume' }).value).toBe('accepting')
  })

  it('can be asked for, and taken back, while recovering', () => {
    const recovering = after(fresh, { type: 'runner.start', version: '1' })
    const recovered = { type: 'runner.recovered', live: 0, pending: 0 } as const
    expect(after(recovering, { type: 'runner.pause' }, recovered).value).toBe('paused')
    expect(after(recovering, { type: 'runner.pause' }, { type: 'runner.resume' }, recovered).value).toBe('accepting')
  })

  it('changes nothing when it is asked for again', () => {
    const paused = after(accepting, { type: 'runner.pause' })
    expect(after(paused, { type: 'runner.pause' })).toBe(paused)
    expect(after(accepting, { type: 'runner.resume' })).toBe(accepting)
  })
})

describe('the chart', () => {
  it('names effects in entry actions alone', () => {
    const [actions, isEffect] = [nodes.map(actionsOf), (name: string) => (runnerEffects as readonly string[]).includes(name)]
    expect(actions.flatMap(({ exit, onTheWay }) => [...exit, ...onTheWay]).filter(isEffect)).toEqual([])
    expect(new Set(actions.flatMap(({ entry }) => entry).filter((name) => name !== 'announce'))).toEqual(new Set(runnerEffects))
  })

  it('invokes nobody and waits for no clock', () => {
    for (const { invoke, after: delayed } of nodes) expect([invoke, delayed]).toEqual([[], []])
  })

  it('tells of every start and every stop once', () => {
    const announced = edges.map(({ from, event, to }) => ({
      from: from.value,
      to: to.value,
      told: transition(runnerMachine, from, event)[1].filter(({ type }) => type === 'announce').map(({ params }) => (params as { type: string }).type), // prettier-ignore
    }))
    for (const { from, to, told } of announced) {
      if (from === 'recovering' && (to === 'accepting' || to === 'paused')) expect(told).toEqual(['runner_online'])
      else if (from !== 'draining' && to === 'draining') expect(told).toEqual(['runner_draining'])
      else if (from !== 'stopped' && to === 'stopped') expect(told).toEqual(['runner_offline'])
      else expect(told).toEqual([])
    }
  })
})
