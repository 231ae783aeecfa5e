import type { Phase } from '../../domain/plan.ts'

/** What may happen besides the ordinary course of things, each at any moment and any number of times. */
export const disturbances = [
  'crash',
  'cancel',
  'deadlines',
  'lateEvents',
  'pause',
  'drain',
  'failingCalls',
  'failingTasks',
  'lostProcesses',
] as const
export type Disturbance = (typeof disturbances)[number]

/** What an exploration covers. Everything within it is covered: there is no limit on the number of steps. */
export interface Bounds {
  readonly tasks: number
  /** How many may hold a place at once. */
  readonly places: number
  readonly attemptsMax: number
  readonly may: readonly Disturbance[]
  /** Whose deadlines may be over at any moment, where `deadlines` may disturb. */
  readonly deadlines: readonly Phase[]
}

export const phases = ['queue', 'prepare', 'run', 'stop', 'collect', 'total'] as const satisfies readonly Phase[]

export const boundsLine = ({ tasks, places, attemptsMax, may, deadlines }: Bounds): string => {
  const disturbing = may.map((one) => (one === 'deadlines' ? `deadlines (${deadlines.join(', ')})` : one)).join(', ')
  return `${tasks} task${tasks === 1 ? '' : 's'} on ${places} place${places === 1 ? '' : 's'}, ${attemptsMax} attempts; ${disturbing}`
}

const asked = ['crash', 'lateEvents', 'cancel'] as const

/** What `npm run explore` goes through. One task with all that can happen to it; two that compete, with all ways to end; three, with fewer ways to fail, so that
 * the frontier closes within minutes. */
export const usualBounds: readonly Bounds[] = [
  { tasks: 1, places: 1, attemptsMax: 2, may: disturbances, deadlines: phases },
  { tasks: 2, places: 1, attemptsMax: 2, may: [...asked, 'failingTasks', 'lostProcesses', 'pause', 'drain'], deadlines: [] },
  { tasks: 3, places: 1, attemptsMax: 2, may: [...asked, 'deadlines'], deadlines: ['queue', 'prepare', 'run'] },
  { tasks: 3, places: 1, attemptsMax: 2, may: [...asked, 'deadlines', 'drain'], deadlines: ['queue', 'run'] },
  { tasks: 3, places: 2, attemptsMax: 2, may: [...asked, 'pause'], deadlines: [] },
]

/** Seconds' worth of the same, for tests and for trying planted bugs. */
export const quickBounds: readonly Bounds[] = [
  {
    tasks: 1,
    places: 1,
    attemptsMax: 2,
    may: ['crash', 'lateEvents', 'cancel', 'deadlines', 'lostProcesses', 'pause', 'drain'],
    deadlines: ['queue', 'prepare', 'run', 'total'],
  },
  { tasks: 1, places: 1, attemptsMax: 2, may: ['crash', 'failingCalls', 'failingTasks'], deadlines: [] },
  { tasks: 2, places: 1, attemptsMax: 2, may: ['crash', 'cancel', 'drain'], deadlines: [] },
]
