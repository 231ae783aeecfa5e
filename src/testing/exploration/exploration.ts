import type { Bounds } from './bounds.ts'
import { createFairSteps } from './fair-steps.ts'
import { circle, historyThrough, standstill, stepsFrom } from './history.ts'
import { productionRules } from './rules.ts'
import { codeOf, stateOf } from './state-code.ts'
import { StateTable } from './state-table.ts'
import { createSystem, type System } from './system.ts'

export interface ExplorationReport {
  readonly bounds: Bounds
  /** Different states; those that differ in the order of their tasks alone count once. */
  readonly states: number
  readonly steps: number
  /** Different lives of one task, of which the states are made. */
  readonly lives: number
  /** Steps from the beginning to the states that are furthest from it. */
  readonly depth: number
  /** Null: the frontier is closed, and everything held. */
  readonly violation: Violation | null
}

export interface Violation {
  readonly sentences: readonly string[]
  /** The shortest way there: what happened, in order. */
  readonly history: readonly string[]
}

/** Goes breadth first through every state that the production machines, recovery rules and admission can reach within the bounds, on a model of the outside;
 * checks each of them, and that from each of them, once faults stop, every way leads to the end of every task. At most three tasks.
 * @throws RangeError when the bounds are too wide */
export const explore = (bounds: Bounds, rules = productionRules): ExplorationReport => {
  const system = createSystem(bounds, rules)
  const table = new StateTable()
  const fairSteps = createFairSteps()
  const isSettled: boolean[] = []
  let [steps, depth, levelEnds] = [0, 0, 1]
  const report = (violation: Violation | null): ExplorationReport => ({
    bounds,
    states: table.size,
    steps,
    lives: system.countLives(),
    depth,
    violation,
  })

  table.add(codeOf(system.first), -1)
  for (let index = 0; index < table.size; index++) {
    if (index === levelEnds) [depth, levelEnds] = [depth + 1, table.size]
    const state = stateOf(table.codeOf(index), bounds.tasks)
    const wrong = system.violations(state)
    if (wrong.length > 0) return report({ sentences: wrong, history: historyTo(system, table, index).names })
    const settled = system.isSettled(state)
    isSettled.push(settled)
    let isBroken = false
    system.visit(state, (to, _place, _what, isFair, violations) => {
      steps++
      isBroken ||= violations.length > 0
      const next = table.add(codeOf(to), index)
      if (isFair && !settled) fairSteps.add(index, next)
    })
    if (isBroken) return report(brokenFrom(system, table, index))
  }
  return report(endless(system, table, fairSteps.leadingToAnEnd(isSettled)))
}

const historyTo = (system: System, table: StateTable, last: number) => {
  const codes: number[] = []
  for (let index = last; index > 0; index = table.parentOf(index)) codes.unshift(table.codeOf(index))
  return historyThrough(system, codes)
}

/** The first step from a state that is wrong in itself. */
const brokenFrom = (system: System, table: StateTable, index: number): Violation => {
  const { names, last } = historyTo(system, table, index)
  const { name, violations } = stepsFrom(system, last).find((step) => step.violations.length > 0)!
  return { sentences: violations, history: [...names, name] }
}

/** A state without an end to come: first one in which nothing goes on, else one from which it goes round and round. */
const endless = (system: System, table: StateTable, isGood: Uint8Array): Violation | null => {
  const bad = isGood.indexOf(0)
  if (bad < 0) return null
  const { names, last } = historyTo(system, table, bad)
  const seen = new Set([codeOf(last)])
  for (let state = last; ;) {
    const onwards = stepsFrom(system, state).find(({ to, isFair }) => isFair && isGood[table.indexOf(codeOf(to))] === 0)
    if (!onwards) return { sentences: [standstill], history: names }
    names.push(onwards.name)
    state = onwards.to
    if (seen.has(codeOf(state))) return { sentences: [circle], history: names }
    seen.add(codeOf(state))
  }
}
