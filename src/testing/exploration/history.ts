import type { Bounds } from './bounds.ts'
import { productionRules } from './rules.ts'
import { codeOf } from './state-code.ts'
import { createSystem, type System, type SystemState } from './system.ts'

interface Step {
  readonly name: string
  readonly to: SystemState
  readonly isFair: boolean
  readonly violations: readonly string[]
}

/** Every step from a state, each with the name that a history gives it. */
export const stepsFrom = (system: System, state: SystemState): Step[] => {
  const steps: Step[] = []
  system.visit(state, ({ runner, tasks }, place, what, isFair, violations) => {
    const name = `${place === null ? 'runner' : `t${place}`}: ${what}`
    steps.push({ name, to: { runner, tasks: [...tasks] }, isFair, violations })
  })
  return steps
}

/** What happened on the way through these states, with each task under one name all the way. */
export const historyThrough = (system: System, codes: readonly number[]): { readonly names: string[]; readonly last: SystemState } => {
  const names: string[] = []
  let last = system.first
  for (const code of codes) {
    const step = stepsFrom(system, last).find(({ to }) => codeOf(to) === code)!
    names.push(step.name)
    last = step.to
  }
  return { names, last }
}

export const standstill = 'I6: nothing is left to happen, and a task has not ended or has left something'
export const circle = 'I6: the runner goes round in circles, and a task does not end'

/** Goes one way through the states, as far as it can be gone. Empty: everything held on it, or it is possible no more. */
export const violationsOnTheWay = (bounds: Bounds, history: readonly string[], rules = productionRules): readonly string[] => {
  const system = createSystem(bounds, rules)
  let state = system.first
  const since = new Set([codeOf(state)]) // the last step that was not fair
  for (const name of history) {
    const step = stepsFrom(system, state).find((one) => one.name === name)
    if (step === undefined) return []
    const found = [...step.violations, ...system.violations(step.to)]
    if (found.length > 0) return found
    state = step.to
    if (!step.isFair) since.clear()
    if (since.has(codeOf(state))) return [circle]
    since.add(codeOf(state))
  }
  return system.isSettled(state) || stepsFrom(system, state).some(({ isFair }) => isFair) ? [] : [standstill]
}
