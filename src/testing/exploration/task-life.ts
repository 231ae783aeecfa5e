import { taskEffects, type TaskEvent } from '../../../machines/task/task.machine.ts'
import type { Phase } from '../../domain/plan.ts'
import { consequenceOf, type Consequence } from '../../runner/consequences.ts'
import { effectsOf } from '../../runner/journalled-actor.ts'
import { hasTrace, noTrace, type Trace } from './outside.ts'
import type { Rules } from './rules.ts'
import type { Taken, TaskBehaviour, TaskNode } from './task-behaviour.ts'

/** The work of a state that is under way. */
export interface Work {
  readonly name: string
  readonly attempt: number
  /** How many of its calls into the outside have been made. */
  readonly stage: number
  /** Nobody wants it any more: it tells nothing, and a call that is under way may still have its effect. */
  readonly aborted: boolean
}

/** One task between two steps: what is durable, what this process of the runner holds, and what is outside.
 * A model of `task-supervisor.ts`, `commit-log.ts`, `effect-scope.ts` and `placement.ts` as far as one task can see them. What they decide by is production
 * code (`rules.ts`). The model's journal keeps the order of one task's records, not that
 * between tasks: so it allows more than the real one. */
export interface TaskLife {
  /** The journal as it was before `uncommitted`; null: there is no such task. */
  readonly journal: TaskNode | null
  /** What this process of the runner has done with it: nothing, or there is none; taken up again; and its effects run. What follows is lost with the process. */
  readonly process: 'none' | 'revived' | 'working'
  /** Applied, in order, and not yet released. */
  readonly uncommitted: readonly Taken[]
  /** The first of them is durable. */
  readonly isStored: boolean
  /** The attempt for which it stands in the line; 0: it does not. */
  readonly waitsFor: number
  readonly hasPlace: boolean
  readonly work: Work | null
  /** Begins when `work` has unwound. */
  readonly next: Pick<Work, 'name' | 'attempt'> | null
  readonly timers: readonly { readonly attempt: number; readonly phase: Phase }[]
  /** Attempts whose remains the janitor goes on to remove in the background. */
  readonly chores: readonly number[]
  /** Attempts whose remains recovery has found without an owner. */
  readonly sweeps: readonly number[]
  /** That from here on survives the process: by attempt, from 1. */
  readonly traces: readonly Trace[]
}

export const unknownTask = (attemptsMax: number): TaskLife => ({
  journal: null,
  ...nothingHeld,
  traces: Array.from({ length: attemptsMax }, () => noTrace),
})

const nothingHeld = {
  process: 'none',
  uncommitted: [],
  isStored: false,
  waitsFor: 0,
  hasPlace: false,
  work: null,
  next: null,
  timers: [],
  chores: [],
  sweeps: [],
} as const

/** Where the journal stands. */
export const durableOf = ({ journal, uncommitted, isStored }: TaskLife): TaskNode | null => (isStored ? uncommitted[0]!.node : journal)

/** Where the actor stands. */
export const appliedOf = ({ journal, uncommitted }: TaskLife): TaskNode | null => uncommitted.at(-1)?.node ?? journal

export const traceOf = (life: TaskLife, attempt: number): Trace => life.traces[attempt - 1] ?? noTrace
export const withTrace = (life: TaskLife, attempt: number, trace: Trace): TaskLife => ({
  ...life,
  traces: life.traces.with(attempt - 1, trace),
})

/** Everything of it is over: it has ended, that is on record, and nothing is left. */
export const isSettled = (life: TaskLife): boolean =>
  durableOf(life)?.hasEnded === true && !isBusy(life) && life.waitsFor === 0 && !life.traces.some(hasTrace)

/** Something of this process has yet to happen for it, besides its place in the line. */
export const isBusy = ({ uncommitted, work, next, chores, sweeps }: TaskLife): boolean =>
  uncommitted.length + chores.length + sweeps.length > 0 || work !== null || next !== null

/** Applies an event; null when it changes nothing. */
export const apply = (behaviour: TaskBehaviour, life: TaskLife, event: TaskEvent): TaskLife | null => {
  const node = appliedOf(life)
  const taken = node && behaviour.take(node, event)
  if (!taken) return null
  return { ...life, uncommitted: [...life.uncommitted, taken], waitsFor: taken.node.row.status === 'pending' ? life.waitsFor : 0 }
}

/** The record that was stored first leaves: what it caused is done. */
export const release = (rules: Rules, life: TaskLife): TaskLife => {
  const [first, ...others] = life.uncommitted
  const released: TaskLife = { ...life, journal: first!.node, uncommitted: others, isStored: false }
  return first!.consequences.reduce((now, consequence) => carryOut(rules, now, consequence, first!.node), released)
}

const carryOut = (rules: Rules, life: TaskLife, consequence: Consequence, { row }: TaskNode): TaskLife => {
  const { attempt } = appliedOf(life)!.snapshot.context
  switch (consequence.does) {
    case 'freePlace':
      return { ...life, hasPlace: false }
    case 'stopEffects':
      return { ...life, timers: [], next: null, work: life.work && life.next === null ? { ...life.work, aborted: true } : life.work }
    case 'armDeadline':
      return { ...life, timers: [...life.timers, ...rules.timedPhases(consequence.phase, false).map((phase) => ({ attempt, phase }))] }
    case 'enqueue':
      return { ...life, waitsFor: row.attempt + 1 }
    case 'startEffect':
      if (life.work) return { ...life, next: { name: consequence.name, attempt } }
      return { ...life, work: { name: consequence.name, attempt, stage: 0, aborted: false } }
    case 'dismiss':
      return life // what ends with it is what a machine that has ended takes no events for
  }
}

/** The work has unwound. */
export const endWork = (life: TaskLife): TaskLife => ({
  ...life,
  work: life.next && { ...life.next, stage: 0, aborted: false },
  next: null,
})

/** The process is gone. */
export const crash = (life: TaskLife): TaskLife => ({ ...nothingHeld, journal: durableOf(life), traces: life.traces })

/** `recoverTasks`: a pending task stands in line again, another has its actor and its place; nothing works yet. */
export const revive = (life: TaskLife): TaskLife => {
  const row = life.journal?.row
  const revived: TaskLife = { ...life, process: 'revived' }
  if (!row || life.journal.hasEnded) return revived
  return { ...revived, waitsFor: row.status === 'pending' ? row.attempt + 1 : 0, hasPlace: row.placed }
}

/** The outside has been listed: what no task needs is marked for removal, and the effects of the present state run again. */
export const resume = (rules: Rules, life: TaskLife): TaskLife => {
  const node = appliedOf(life)
  const sweeps = life.traces.flatMap((trace, index) =>
    hasTrace(trace) && !(node && !node.hasEnded && rules.needsAttempt(node.snapshot, index + 1)) ? [index + 1] : [],
  )
  const swept: TaskLife = { ...life, process: 'working', sweeps }
  if (!node || node.hasEnded || node.row.status === 'pending') return swept
  return effectsOf(node.snapshot as never, taskEffects)
    .map(consequenceOf)
    .reduce((now, consequence) => (consequence ? carryOut(rules, now, consequence, node) : now), swept)
}

/** Two lives are one when nothing to come can tell them apart: starts of attempts that are over count no more. */
export const keyOfLife = (life: TaskLife): string => {
  const { journal, process: own, uncommitted, isStored, waitsFor, hasPlace, work, next, timers, chores, sweeps, traces } = life
  if (isSettled(life)) return JSON.stringify(['settled', own, hasPlace])
  const present = durableOf(life)?.row.attempt ?? 0
  const seen = traces.map(({ process, directory, starts }, index) => [process, directory, index + 1 < present ? 0 : starts])
  return JSON.stringify([
    journal?.id,
    own,
    uncommitted.map(({ id }) => id),
    isStored,
    waitsFor,
    hasPlace,
    work,
    next,
    timers,
    chores,
    sweeps,
    seen,
  ])
}
