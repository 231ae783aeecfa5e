import { violationsOf } from '../../runner/invariants.ts'
import type { Bounds } from './bounds.ts'
import { hasTrace } from './outside.ts'
import type { Rules } from './rules.ts'
import { createTaskBehaviour, exploredTaskId } from './task-behaviour.ts'
import { events } from './task-events.ts'
import * as model from './task-life.ts'
import type { TaskLife } from './task-life.ts'
import { createTaskSteps, type TaskStep } from './task-steps.ts'

/** What the exploration asks again and again of one task's life, each answer worked out once. Lives are numbers: thousands of them make up millions of states. */
export interface KnownLife {
  readonly life: TaskLife
  /** Steps of its own. `frees`: it gives a place back on the way. */
  readonly steps: readonly { readonly to: number; readonly step: TaskStep; readonly frees: boolean }[]
  readonly submitted: number | null
  /** Admission gives it its place; that it does not want it any more is an outcome too. */
  readonly admitted: number | null
  readonly cancelled: number | null
  readonly crashed: number
  readonly revived: number
  readonly resumed: number
  readonly isSettled: boolean
  /** Of the armed invariants of `src/runner/invariants.ts`, as far as one task can break them. */
  readonly violations: readonly string[]
}

export interface Lives {
  readonly first: number
  of(id: number): KnownLife
  count(): number
}

export const createLives = (bounds: Bounds, rules: Rules): Lives => {
  const behaviour = createTaskBehaviour(bounds.attemptsMax, rules)
  const stepsOf = createTaskSteps(behaviour, rules, bounds)
  const ids = new Map<string, number>()
  const lives: TaskLife[] = []
  const known: (KnownLife | undefined)[] = []

  const idOf = (life: TaskLife): number => {
    const key = model.keyOfLife(life)
    let id = ids.get(key)
    if (id === undefined) {
      ids.set(key, (id = lives.length))
      lives.push(life)
    }
    return id
  }

  const submitted = (life: TaskLife): number | null =>
    life.process !== 'none' && model.appliedOf(life) === null ? idOf({ ...life, uncommitted: [behaviour.accepted] }) : null

  const admitted = (life: TaskLife): number | null => {
    if (life.waitsFor === 0) return null
    const placed: TaskLife = { ...life, waitsFor: 0, hasPlace: true }
    return idOf(model.apply(behaviour, placed, events.admit(life.waitsFor)) ?? { ...placed, hasPlace: false })
  }

  /** Once the submission is answered, as the engine makes a wish wait for that. */
  const cancelled = (life: TaskLife): number | null => {
    if (life.process === 'none' || life.journal === null) return null
    const to = model.apply(behaviour, life, events.cancel)
    return to && idOf(to)
  }

  const wishProblems = (life: TaskLife): string[] => {
    const applied = model.appliedOf(life)
    if (life.process === 'none' || life.journal === null || applied!.hasEnded || applied!.row.cancelReason !== null) return []
    return model.apply(behaviour, life, events.cancel) ? [] : [`I6: a wish to cancel is ignored in ${applied!.row.status}`]
  }

  const workOut = (life: TaskLife): KnownLife => ({
    life,
    steps: stepsOf(life).map((step) => ({ to: idOf(step.to), step, frees: life.hasPlace && !step.to.hasPlace })),
    submitted: submitted(life),
    admitted: admitted(life),
    cancelled: cancelled(life),
    crashed: idOf(model.crash(life)),
    revived: idOf(model.revive(life)),
    resumed: idOf(model.resume(rules, life)),
    isSettled: model.isSettled(life),
    violations: [...violationsIn(life, bounds.attemptsMax), ...wishProblems(life)],
  })

  return {
    first: idOf(model.unknownTask(bounds.attemptsMax)),
    of: (id) => (known[id] ??= workOut(lives[id]!)),
    count: () => lives.length,
  }
}

const violationsIn = (life: TaskLife, attemptsMax: number): readonly string[] => {
  const [durable, applied] = [model.durableOf(life), model.appliedOf(life)]
  const attempts = life.traces.map((trace, index) => ({ trace, key: { taskId: exploredTaskId, attempt: index + 1 } }))
  const isLive = applied !== null && !applied.hasEnded
  const isBeingFreed = life.uncommitted.length > 0 && !applied!.row.placed // the place is free once that is on record
  const isQuiet = life.process === 'working' && !model.isBusy(life) && durable?.hasEnded === true
  return violationsOf({
    tasks: isQuiet ? [durable] : [], // what a record breaks was found with the record
    running: attempts.filter(({ trace }) => trace.process === 'running').map(({ key }) => key),
    traces: attempts.filter(({ trace }) => hasTrace(trace)).map(({ key }) => key),
    engine:
      life.process === 'none'
        ? null
        : {
            placed: new Set(life.hasPlace && !isBeingFreed ? [exploredTaskId] : []),
            live: isLive ? [applied.row] : [],
            arrayPlaces: new Map(),
            buffers: [],
          },
    attemptsMax,
    settled: isQuiet,
    logProblems: [],
  })
}
