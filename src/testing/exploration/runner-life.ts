import { initialTransition, transition, type SnapshotFrom } from 'xstate'
import { runnerEffects, type runnerMachine, type RunnerEvent } from '../../../machines/runner/runner.machine.ts'
import type { Rules } from './rules.ts'

type RunnerSnapshot = SnapshotFrom<typeof runnerMachine>
export type RunnerEffect = (typeof runnerEffects)[number]

/** The runner's own stream and its process. A model of `engine.ts` and `runner-actor.ts` around the production machine. */
export interface RunnerLife {
  /** The journal as it was before `uncommitted`. */
  readonly journal: RunnerSnapshot
  /** - `down`       no process
   * - `starting`   its start is being recorded
   * - `listing`    tasks are revived, the outside is being listed
   * - `sweeping`   effects run again, what nobody owns is removed
   * - `open`       clients are answered */
  readonly process: 'down' | 'starting' | 'listing' | 'sweeping' | 'open'
  readonly uncommitted: readonly { readonly snapshot: RunnerSnapshot; readonly effects: readonly RunnerEffect[] }[]
  readonly isStored: boolean
  /** Placement gives places. */
  readonly admits: boolean
  /** The drain's deadline runs. */
  readonly isTimed: boolean
}

export const firstRunner = (machine: Rules['runnerMachine']): RunnerLife => ({ journal: initialTransition(machine)[0], ...noProcess })

const noProcess = { process: 'down', uncommitted: [], isStored: false, admits: false, isTimed: false } as const

export const appliedRunner = ({ journal, uncommitted }: RunnerLife): RunnerSnapshot => uncommitted.at(-1)?.snapshot ?? journal

/** Applies an event; null when it changes nothing. Starts are not counted: nothing reads their number. */
export const applyToRunner = (machine: Rules['runnerMachine'], life: RunnerLife, event: RunnerEvent): RunnerLife | null => {
  const before = appliedRunner(life)
  const [after, actions] = transition(machine, before, event)
  if (after === before) return null
  const effects = actions
    .map(({ type }) => type)
    .filter((type): type is RunnerEffect => (runnerEffects as readonly string[]).includes(type))
  const snapshot = { ...after, context: { ...after.context, starts: 0 } } as RunnerSnapshot
  return { ...life, uncommitted: [...life.uncommitted, { snapshot, effects }] }
}

/** The process is gone; a record that was stored and not released is there all the same. */
export const crashRunner = ({ journal, uncommitted, isStored }: RunnerLife): RunnerLife => ({
  ...noProcess,
  journal: isStored ? uncommitted[0]!.snapshot : journal,
})

export const keyOfRunner = ({ journal, process, uncommitted, isStored, admits, isTimed }: RunnerLife): string =>
  JSON.stringify([
    [journal.value, journal.context],
    process,
    uncommitted.map(({ snapshot, effects }) => [snapshot.value, snapshot.context, effects]),
    isStored,
    admits,
    isTimed,
  ])
