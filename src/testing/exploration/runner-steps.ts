import type { RunnerEvent } from '../../../machines/runner/runner.machine.ts'
import type { Disturbance } from './bounds.ts'
import { appliedRunner, applyToRunner, crashRunner, firstRunner, keyOfRunner, type RunnerEffect, type RunnerLife } from './runner-life.ts'
import type { Rules } from './rules.ts'

/** What a step of the runner does to every task. */
export type ToTasks = 'revive' | 'resume' | 'crash'

export interface RunnerStep {
  readonly what: string
  readonly to: number
  readonly by: Disturbance | null
  readonly toTasks: ToTasks | null
  /** What it needs of the tasks: nothing left to sweep, or nobody in a place. */
  readonly when: 'swept' | 'empty' | 'occupied' | null
}

export interface KnownRunner {
  readonly life: RunnerLife
  readonly steps: readonly RunnerStep[]
  readonly isOpen: boolean
  readonly accepts: boolean
  /** After the last place was given back. */
  readonly emptied: number
  readonly violations: readonly string[]
}

export interface Runners {
  readonly first: number
  of(id: number): KnownRunner
}

/** How many records of the runner may wait for their commit when an operator asks for something: two make a pause meet a resume under way. */
const operatorWaits = 2

/** Everything that may happen to the runner: its start, its recovery, what operators ask of it, and its death. */
export const createRunners = (may: readonly Disturbance[], { runnerMachine }: Rules): Runners => {
  const ids = new Map<string, number>()
  const lives: RunnerLife[] = []
  const known: (KnownRunner | undefined)[] = []

  const idOf = (life: RunnerLife): number => {
    const key = keyOfRunner(life)
    let id = ids.get(key)
    if (id === undefined) {
      ids.set(key, (id = lives.length))
      lives.push(life)
    }
    return id
  }

  const sent = (life: RunnerLife, event: RunnerEvent): RunnerLife => applyToRunner(runnerMachine, life, event) ?? life
  const step = (what: string, to: RunnerLife, more: Partial<RunnerStep> = {}): RunnerStep => ({
    by: null,
    toTasks: null,
    when: null,
    ...more,
    what,
    to: idOf(to),
  })

  const withEffect = (life: RunnerLife, effect: RunnerEffect): RunnerLife => {
    switch (effect) {
      case 'recover':
        return { ...life, process: 'listing' }
      case 'admit':
        return { ...life, admits: life.admits || appliedRunner(life).value === 'accepting' }
      case 'drain':
        return { ...life, admits: false, isTimed: true }
      case 'handOver':
        return { ...life, admits: false, isTimed: false }
    }
  }

  const released = (life: RunnerLife): RunnerStep[] => {
    const [first, ...others] = life.uncommitted
    const { snapshot, effects } = first!
    const before: RunnerLife = { ...life, journal: snapshot, uncommitted: others, isStored: false }
    const to = effects.reduce(withEffect, before)
    const what = `the record of ${snapshot.value} is released`
    if (effects.includes('recover')) return [step(what, to, { toTasks: 'revive' })]
    if (effects.includes('drain'))
      return [step(what, to, { when: 'occupied' }), step(what, sent(to, { type: 'runner.emptied' }), { when: 'empty' })]
    return [step(what, life.process === 'sweeping' ? { ...to, process: 'open' } : to)]
  }

  const operated = (life: RunnerLife): RunnerStep[] => {
    if (life.process !== 'open' || life.uncommitted.length >= operatorWaits) return []
    const held: RunnerLife = { ...life, admits: false }
    return [
      step('an operator pauses', sent(held, { type: 'runner.pause' }), { by: 'pause' }),
      step('an operator resumes', sent(life, { type: 'runner.resume' })),
      step('an operator drains', sent(held, { type: 'runner.drain', reason: 'restart' }), { by: 'drain' }),
    ]
  }

  const stepsOf = (life: RunnerLife): RunnerStep[] => {
    if (life.process === 'down')
      return [step('a process starts', sent({ ...life, process: 'starting' }, { type: 'runner.start', version: 'explored' }))]
    const steps = operated(life)
    if (life.isStored) steps.push(...released(life))
    else if (life.uncommitted.length > 0)
      steps.push(step(`the record of ${life.uncommitted[0]!.snapshot.value} is stored`, { ...life, isStored: true }))
    if (life.process === 'listing') steps.push(step('the outside is listed', { ...life, process: 'sweeping' }, { toTasks: 'resume' }))
    if (life.process === 'sweeping' && life.uncommitted.length === 0)
      steps.push(step('all is swept', sent(life, { type: 'runner.recovered', live: 0, pending: 0 }), { when: 'swept' }))
    if (life.isTimed) {
      const over = sent({ ...life, isTimed: false }, { type: 'deadline.elapsed' })
      steps.push(step("the drain's time is over", over, { by: 'deadlines' }))
    }
    const down = crashRunner(life)
    if (life.uncommitted.length === 0 && life.journal.value === 'stopped') steps.push(step('the process ends', down, { toTasks: 'crash' }))
    steps.push(step('the process is killed', down, { by: 'crash', toTasks: 'crash' }))
    return steps
  }

  const mayAdmit = (life: RunnerLife): boolean => {
    const applied = appliedRunner(life)
    return applied.hasTag('admits') && !applied.context.paused
  }

  const workOut = (life: RunnerLife): KnownRunner => {
    const own = idOf(life)
    return {
      life,
      steps: stepsOf(life).filter(({ by, to, toTasks }) => (by === null || may.includes(by)) && (to !== own || toTasks !== null)),
      isOpen: life.process === 'open',
      accepts: life.process === 'open' && appliedRunner(life).hasTag('accepts'),
      violations: life.admits && !mayAdmit(life) ? ['I8: places are given while the runner is paused, drains or has stopped'] : [],
      emptied: appliedRunner(life).value === 'draining' ? idOf(sent(life, { type: 'runner.emptied' })) : own,
    }
  }

  return { first: idOf(firstRunner(runnerMachine)), of: (id) => (known[id] ??= workOut(lives[id]!)) }
}
