import type { TaskClass } from '../../domain/task-class.ts'
import type { Candidate } from '../../runner/admission.ts'
import type { Bounds } from './bounds.ts'
import { createLives } from './lives.ts'
import type { Rules } from './rules.ts'
import { createRunners, type RunnerStep, type ToTasks } from './runner-steps.ts'

/** A runner and its tasks, as numbers of what is known of them. */
export interface SystemState {
  readonly runner: number
  readonly tasks: readonly number[]
}

/** Told of every step. `place`: of the task whose step it is; null: it is the runner's. `isFair`: it needs no fault and nobody's wish, and happens in the end. */
export type Visit = (to: SystemState, place: number | null, what: string, isFair: boolean, violations: readonly string[]) => void

/** Runner, tasks and admission together: the steps that any state may take. */
export interface System {
  readonly first: SystemState
  /** What is told is told for the time of the call: its tasks are changed for the next. */
  visit(state: SystemState, visit: Visit): void
  /** Every task that was accepted is over, and nothing is left of it. */
  isSettled(state: SystemState): boolean
  /** What is wrong in the state itself. */
  violations(state: SystemState): readonly string[]
  countLives(): number
}

const none: readonly string[] = []
const taskClass: TaskClass = 'cpu_short'
const candidate: Candidate = { class: taskClass, priority: 0, arrival: 0, cpuMillicores: 0, memoryBytes: 0 }

export const createSystem = (bounds: Bounds, rules: Rules): System => {
  const lives = createLives(bounds, rules)
  const runners = createRunners(bounds.may, rules)
  const mayCancel = bounds.may.includes('cancel')
  /** The order of arrival is no part of a state: any of those who wait may be first. */
  const admits = Array.from({ length: bounds.tasks + 1 }, (_, used) => {
    const view = { candidates: [candidate], used: { [taskClass]: used }, limits: { [taskClass]: bounds.places } }
    return rules.chooseNext({ ...view, freeCpuMillicores: Infinity, freeMemoryBytes: Infinity }).admit !== null
  })

  const all = (tasks: readonly number[], to: ToTasks): number[] =>
    tasks.map((id) => {
      const known = lives.of(id)
      return to === 'crash' ? known.crashed : to === 'revive' ? known.revived : known.resumed
    })

  const usedBy = (tasks: readonly number[]): number => {
    let used = 0
    for (const id of tasks) if (lives.of(id).life.hasPlace) used++
    return used
  }

  const isPossible = ({ when }: RunnerStep, tasks: readonly number[]): boolean => {
    switch (when) {
      case null:
        return true
      case 'swept':
        return tasks.every((id) => lives.of(id).life.sweeps.length === 0)
      case 'empty':
        return usedBy(tasks) === 0
      case 'occupied':
        return usedBy(tasks) > 0
    }
  }

  const visitTask = ({ runner, tasks }: SystemState, place: number, used: number, visit: Visit): void => {
    const { isOpen, accepts, emptied, life } = runners.of(runner)
    const known = lives.of(tasks[place]!)
    const after = [...tasks]
    const own = { runner, tasks: after }
    const last = { runner: emptied, tasks: after }
    for (const { to, step, frees } of known.steps) {
      after[place] = to
      visit(frees && used === 1 ? last : own, place, step.what, step.by === null, step.violations)
    }
    const asked = (to: number | null, what: string, isFair: boolean): void => {
      if (to === null) return
      after[place] = to
      visit(own, place, what, isFair, none)
    }
    if (accepts) asked(known.submitted, 'a client submits it', false)
    if (mayCancel && isOpen) asked(known.cancelled, 'a client cancels it', false)
    if (life.admits && admits[used]) asked(known.admitted, 'admission gives it a place', true)
  }

  return {
    first: { runner: runners.first, tasks: Array.from({ length: bounds.tasks }, () => lives.first) },
    visit(state, visit) {
      const { runner, tasks } = state
      const used = usedBy(tasks)
      for (let place = 0; place < tasks.length; place++) visitTask(state, place, used, visit)
      for (const step of runners.of(runner).steps) {
        if (!isPossible(step, tasks)) continue
        const after = step.toTasks === null ? tasks : all(tasks, step.toTasks)
        visit({ runner: step.to, tasks: after }, null, step.what, step.by === null, none)
      }
    },
    isSettled: ({ tasks }) => tasks.every((id) => lives.of(id).isSettled || lives.of(id).life.journal === null),
    violations({ runner, tasks }) {
      const used = usedBy(tasks)
      const known = runners.of(runner).violations
      if (known.length > 0) return known
      if (used <= bounds.places && tasks.every((id) => lives.of(id).violations.length === 0)) return none
      const found = tasks.flatMap((id) => lives.of(id).violations)
      return used > bounds.places ? [...found, `I8: ${used} of ${bounds.places} places are used`] : found
    },
    countLives: () => lives.count(),
  }
}
