import { describe, expect, it } from 'vitest'
import { taskMachine } from '../../../machines/task/task.machine.ts'
import { runnerMachine } from '../../../machines/runner/runner.machine.ts'
import { quickBounds, type Bounds } from './bounds.ts'
import { explore } from './exploration.ts'
import { circle, standstill, violationsOnTheWay } from './history.ts'
import { pasteableTest } from './pasteable-test.ts'
import { productionRules, type Rules } from './rules.ts'

const small: Bounds = {
  tasks: 1,
  places: 1,
  attemptsMax: 2,
  may: ['crash', 'cancel', 'lateEvents', 'lostProcesses', 'failingTasks', 'failingCalls'],
  deadlines: [],
}
const several: Bounds = { tasks: 2, places: 1, attemptsMax: 2, may: ['crash', 'cancel', 'pause', 'drain'], deadlines: [] }

describe('exploration', () => {
  it.each(quickBounds)('closes the frontier of $tasks tasks and finds nothing wrong', (bounds) => {
    const { violation, states, steps } = explore(bounds)
    expect(violation).toBeNull()
    expect(states).toBeGreaterThan(5_000)
    expect(steps).toBeGreaterThan(2 * states)
  })

  it('counts states that differ in the order of their tasks alone once', () => {
    const may = ['crash'] as const
    const one = explore({ tasks: 1, places: 1, attemptsMax: 1, may, deadlines: [] })
    const two = explore({ tasks: 2, places: 2, attemptsMax: 1, may, deadlines: [] })
    expect(two.states).toBeGreaterThan(one.states)
    expect(two.states).toBeLessThan((one.states * (one.states + 1)) / 2)
  })

  it('refuses bounds that are too wide for it', () => {
    expect(() => explore({ ...small, tasks: 4 })).toThrow(RangeError)
  })
})

/** What is planted, and the sentence that has to be found. */
const planted: readonly (readonly [string, Partial<Rules>, Bounds, RegExp])[] = [
  ['no check of the attempt', { taskMachine: taskMachine.provide({ guards: { isCurrent: () => true } }) }, small, /^I4: .* of an attempt that is over changes attempt 2/],
  ['no cap on attempts', { taskMachine: taskMachine.provide({ guards: { mayRetry: ({ context }) => context.failure?.retryable === true } }) }, small, /^I1[13]: t /],
  ['success in spite of a wish to cancel', { taskMachine: taskMachine.provide({ guards: { isCancelled: () => false } }) }, small, /^I5: t is completed although it was cancelled/],
  ['a place that is never given back', { consequencesOf: (noted, row) => productionRules.consequencesOf(noted, { ...row, placed: true }) }, small, /^I8: t holds a place and is not live/],
  ['a task that never gets back into the line', { consequencesOf: (...given) => productionRules.consequencesOf(...given).filter(({ does }) => does !== 'enqueue') }, small, new RegExp(`^${standstill}`)],
  ['no clean-up', { consequencesOf: (...given) => productionRules.consequencesOf(...given).filter((one) => !(one.does === 'startEffect' && one.name === 'clean')) }, small, /^I7: t\.1 has left something that nobody owns/],
  ['recovery that removes what is needed', { needsAttempt: () => false }, small, /^I7: what attempt 1 left is removed while the journal says preparing/],
  ['recovery that removes nothing', { needsAttempt: () => true, consequencesOf: (...given) => productionRules.consequencesOf(...given).filter((one) => !(one.does === 'startEffect' && one.name === 'backOff')) }, small, /^I7: t\.1 has left something that nobody owns/],
  ['one place too many', { chooseNext: (view) => ({ admit: view.candidates[0]! }) }, several, /^I8: 2 of 1 places are used/],
  ['a pause that a restart forgets', { runnerMachine: runnerMachine.provide({ guards: { isPaused: () => false } }) }, several, /^I8: places are given while the runner is paused/],
  ['a place that nobody ever gets', { chooseNext: () => ({ admit: null, blocked: null, lacks: null }) }, several, new RegExp(`^${standstill}`)],
] // prettier-ignore

describe('a bug that is planted', () => {
  it.each(planted)('%s, is found, and found again on the way that is told', (_, change, bounds, sentence) => {
    const rules = { ...productionRules, ...change }
    const { violation } = explore(bounds, rules)
    expect(violation?.sentences[0]).toMatch(sentence)
    expect(violationsOnTheWay(bounds, violation!.history, rules)).toEqual(violation!.sentences)
    expect(violationsOnTheWay(bounds, violation!.history)).toEqual([])
  })

  it('is told by a shortest way', () => {
    const rules = { ...productionRules, needsAttempt: () => false }
    const { violation } = explore(small, rules)
    expect(violation!.history.at(-1)).toBe('t0: sweeps remove of attempt 1')
    expect(violation!.history.filter((step) => step === 'runner: the process is killed')).toHaveLength(1)
  })

  it('goes round in circles, which is found', () => {
    const again: Rules['consequencesOf'] = (noted, row) =>
      productionRules
        .consequencesOf(noted, row)
        .map((one) => (one.does === 'startEffect' && one.name === 'backOff' ? { does: 'enqueue' } : one))
    const { violation } = explore(small, { ...productionRules, consequencesOf: again })
    expect([standstill, circle]).toContain(violation?.sentences[0])
  })

  it('becomes a test that can be pasted', () => {
    const violation = { sentences: ['I4: it runs twice'], history: ['runner: a process starts', 't0: "quoted"'] }
    const text = pasteableTest({ bounds: small, violation })
    expect(text).toContain('it("does not end in: I4: it runs twice", () => {')
    expect(text).toContain('    "t0: \\"quoted\\"",\n')
    expect(text).toContain('expect(violationsOnTheWay(bounds, history)).toEqual([])')
    expect(pasteableTest({ bounds: small, violation: null })).toBe('')
  })
})
