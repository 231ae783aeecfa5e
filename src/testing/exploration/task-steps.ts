import type { TaskEvent } from '../../../machines/task/task.machine.ts'
import type { Failure } from '../../domain/errors.ts'
import type { Bounds, Disturbance } from './bounds.ts'
import * as outside from './outside.ts'
import type { Rules } from './rules.ts'
import type { TaskBehaviour } from './task-behaviour.ts'
import { events, failures, lateEvents } from './task-events.ts'
import { appliedOf, apply, durableOf, endWork, release, traceOf, withTrace, type TaskLife, type Work } from './task-life.ts'

/** What may happen next to one task, whatever the others do. */
export interface TaskStep {
  readonly what: string
  readonly to: TaskLife
  /** The kind of trouble that it is; null: it belongs to the ordinary course of things, and happens in the end. */
  readonly by: Disturbance | null
  /** What the step itself does wrong. */
  readonly violations: readonly string[]
}

type Outcome = Omit<TaskStep, 'violations' | 'by'> & { readonly by?: Disturbance; readonly violations?: readonly string[] }

/** Every step of one task but those in which the rest takes part: submission, admission, crash and recovery.
 * The order of calls in each effect is that of `src/runner/task-effects.ts` and `janitor.ts`; a call and what is told of it are two steps. */
export const createTaskSteps = (behaviour: TaskBehaviour, rules: Rules, { may, deadlines }: Pick<Bounds, 'may' | 'deadlines'>) => {
  const allowed: ReadonlySet<Disturbance> = new Set(may)

  const told = (life: TaskLife, event: TaskEvent): TaskLife => apply(behaviour, life, event) ?? life
  const ends = (what: string, life: TaskLife, event: TaskEvent, by?: Disturbance): Outcome => ({
    what: `${what}, ${event.type}`,
    to: told(endWork(life), event),
    ...(by && { by }),
  })
  const calls = (what: string, life: TaskLife, { attempt, stage }: Work, change: (trace: outside.Trace) => outside.Trace): Outcome => ({
    what,
    to: withTrace({ ...life, work: { ...life.work!, stage: stage + 1 } }, attempt, change(traceOf(life, attempt))),
  })
  const fails = (what: string, life: TaskLife, { attempt }: Work, why: Failure): Outcome =>
    ends(`${what} fails`, life, events.failed(attempt, why), 'failingCalls')

  /** What is removed while the journal still needs it can be asked for no more. */
  const removes = (what: string, life: TaskLife, attempt: number, to: TaskLife): Outcome => {
    const needed = durableOf(life)
    const isNeeded = needed !== null && needed.row.placed && needed.row.attempt === attempt
    return {
      what,
      to,
      violations: isNeeded ? [`I7: what attempt ${attempt} left is removed while the journal says ${needed.row.status}`] : [],
    }
  }

  const removal = (life: TaskLife, work: Work, after: (life: TaskLife) => Outcome): Outcome[] => {
    const trace = traceOf(life, work.attempt)
    if (work.attempt === 0 || !outside.hasTrace(trace) || life.chores.includes(work.attempt)) return [after(life)]
    const stay: TaskLife = withTrace(life, work.attempt, outside.removedNext(trace))
    const later = { ...life, chores: [...life.chores, work.attempt] }
    return [
      removes(`${work.name} removes of attempt ${work.attempt}`, life, work.attempt, stay),
      { ...after(later), what: `${work.name}: a removal fails`, by: 'failingCalls' },
    ]
  }

  const working = (life: TaskLife, work: Work): Outcome[] => {
    const { name, attempt, stage } = work
    const trace = traceOf(life, attempt)
    switch (name) {
      case 'prepare':
        if (stage > 0) return [ends(name, life, events.prepared(attempt))]
        return [calls('prepare makes the work directory', life, work, outside.prepared), fails(name, life, work, failures.workDir)]
      case 'launch':
        if (stage === 0) return [calls('launch marks', life, work, outside.marked), fails(name, life, work, failures.launch)]
        if (stage === 1) {
          const started = calls('launch finds or starts the process', life, work, outside.launched)
          const { starts } = traceOf(started.to, attempt)
          const violations = starts > 1 ? [`I4: attempt ${attempt} is started a second time`] : []
          const broken = fails('launch, after its effect,', started.to, work, failures.launch)
          return [{ ...started, violations }, fails(name, life, work, failures.launch), broken]
        }
        if (stage === 2) {
          const waiting = { ...life, work: { ...work, stage: 3 } }
          return [{ what: 'launch, attempt.launched', to: told(waiting, events.launched(attempt)) }]
        }
        if (trace.process === 'running') return []
        if (trace.process === 'ended') return [ends('wait', life, events.exited(attempt, null))]
        if (trace.process === 'failed') return [ends('wait', life, events.exited(attempt, failures.exit))]
        return [ends('wait', life, events.lost(attempt))]
      case 'stop':
        if (stage === 0) return [calls('stop ends what runs', life, work, outside.stopped)]
        return [ends(name, life, events.stopped(attempt))]
      case 'collect':
        return [
          ends(name, life, events.collected(attempt, null)),
          { ...ends('collect misses an output', life, events.collected(attempt, failures.output)), by: 'failingTasks' },
          fails(name, life, work, failures.launch),
        ]
      case 'backOff':
        return removal(life, work, (after) => ends('the pause is over', after, events.pauseIsOver(attempt)))
      case 'clean':
        return removal(life, work, (after) => ({ what: 'clean ends', to: endWork(after) }))
      default:
        return [{ what: `${name} is no effect`, to: life, violations: [`I6: there is no effect ${name}`] }]
    }
  }

  /** It tells nothing; what it had begun may still come to pass. */
  const unwinding = (life: TaskLife, work: Work): Outcome[] => [
    { what: `${work.name} unwinds`, to: endWork(life) },
    ...working(life, work)
      .filter(({ to }) => to.work !== null && to.next === life.next && to.uncommitted === life.uncommitted)
      .map((outcome) => ({ ...outcome, to: { ...outcome.to, work: { ...outcome.to.work!, aborted: true } } })),
  ]

  const committing = (life: TaskLife): Outcome[] => {
    const first = life.uncommitted[0]
    if (!first) return []
    const [state, ...more] = [first.node.row.status, ...first.violations]
    if (life.isStored) return [{ what: `the record of ${state} is released`, to: release(rules, life) }]
    return [{ what: `the record of ${state} is stored`, to: { ...life, isStored: true }, violations: more }]
  }

  const removing = (life: TaskLife, list: 'chores' | 'sweeps'): Outcome[] =>
    life[list].map((attempt) => {
      const trace = traceOf(life, attempt)
      if (!outside.hasTrace(trace))
        return { what: `${list}: attempt ${attempt} is gone`, to: { ...life, [list]: life[list].filter((one) => one !== attempt) } }
      return removes(`${list} remove of attempt ${attempt}`, life, attempt, withTrace(life, attempt, outside.removedNext(trace)))
    })

  /** What goes on outside by itself. */
  const living = (life: TaskLife): Outcome[] =>
    life.traces.flatMap(({ process }, index): Outcome[] => {
      if (process !== 'running') return []
      const becomes = (next: outside.Trace['process']): TaskLife =>
        withTrace(life, index + 1, { ...traceOf(life, index + 1), process: next })
      return [
        { what: `attempt ${index + 1} ends with 0`, to: becomes('ended') },
        { what: `attempt ${index + 1} ends with 7`, to: becomes('failed'), by: 'failingTasks' },
        { what: `attempt ${index + 1} vanishes`, to: becomes('gone'), by: 'lostProcesses' },
      ]
    })

  /** A timer that fires stays: it might fire twice, which is more than a real one does, and half the states. */
  const timing = (life: TaskLife): Outcome[] => {
    const inLine = life.waitsFor === 0 ? [] : (['queue', 'total'] as const).map((phase) => ({ attempt: life.waitsFor - 1, phase }))
    const fired = (where: string, timers: TaskLife['timers'], from: TaskLife): Outcome[] =>
      timers
        .filter(({ phase }) => deadlines.includes(phase))
        .map(({ attempt, phase }): Outcome => ({
          what: `the time of ${phase} is over${where}`,
          to: told(from, events.elapsed(attempt, phase)),
          by: 'deadlines',
        }))
        .filter(({ to }) => to !== life)
    return [...fired('', life.timers, life), ...fired(' in the line', inLine, { ...life, waitsFor: 0 })]
  }

  /** Of attempts that are over, and the place that the present one was given. A machine that ignores them stays where it is: they lead to no new state. */
  const late = (life: TaskLife): Outcome[] => {
    const present = appliedOf(life)?.row.attempt ?? 0
    return [events.admit(present), ...Array.from({ length: Math.max(0, present - 1) }, (_, index) => lateEvents(index + 1)).flat()].flatMap(
      (event): Outcome[] => {
        const to = apply(behaviour, life, event)
        const sentence = `I4: ${event.type} of an attempt that is over changes attempt ${present}`
        return to ? [{ what: `late ${JSON.stringify(event)}`, to, by: 'lateEvents', violations: [sentence] }] : []
      },
    )
  }

  return (life: TaskLife): TaskStep[] => {
    const inside =
      life.process !== 'none'
        ? [
            ...(life.work ? (life.work.aborted ? unwinding(life, life.work) : working(life, life.work)) : []),
            ...committing(life),
            ...removing(life, 'chores'),
            ...removing(life, 'sweeps'),
            ...timing(life),
            ...late(life),
          ]
        : []
    return [...inside, ...living(life)]
      .map((outcome): TaskStep => ({ by: null, violations: [], ...outcome }))
      .filter(({ by }) => by === null || allowed.has(by))
  }
}
