import { assign, setup } from 'xstate'
import type { PublicEventType } from '../../src/domain/events.ts'
import { unprovided } from '../unprovided.ts'

export interface RunnerContext {
  /** Somebody asked for a pause; it outlives the process. */
  readonly paused: boolean
  /** Starts of a process on this journal, this one included. */
  readonly starts: number
}

/** Commands in the imperative, facts in the past. */
export type RunnerEvent =
  /** A process has opened the journal. Possible in every state: the last one may have been killed in any. */
  | { type: 'runner.start'; version: string }
  /** Every task of the journal is taken up again; what no task owns is gone. */
  | { type: 'runner.recovered'; live: number; pending: number }
  /** Admit nothing more; what runs goes on. */
  | { type: 'runner.pause' }
  /** Admit again. */
  | { type: 'runner.resume' }
  /** Accept nothing more, wait for what runs, then stop. Pending tasks stay in the journal. */
  | { type: 'runner.drain'; reason: string }
  /** Nothing holds a place any more. */
  | { type: 'runner.emptied' }
  /** The time to drain is over; what still runs is left to the next process. */
  | { type: 'deadline.elapsed' }

/** Effects: they stand in `entry` and nowhere else. */
export const runnerEffects = ['recover', 'admit', 'drain', 'handOver'] as const

const announce = (type: PublicEventType) => ({ type: 'announce', params: { type } }) as const

/** The runner of one data directory, across processes.
 * - `idle`        no process has the journal
 * - `recovering`  live tasks are folded and taken up again, remains removed; accepts nothing
 * - `accepting`   takes submissions and admits
 * - `paused`      takes submissions, admits nothing
 * - `draining`    refuses submissions, admits nothing, waits for the tasks that hold a place
 * - `stopped`     what still runs belongs to the next process */
export const runnerMachine = setup({
  types: {} as { context: RunnerContext; events: RunnerEvent; tags: 'accepts' | 'admits' },
  guards: { isPaused: ({ context }) => context.paused },
  actions: {
    countStart: assign({ starts: ({ context }) => context.starts + 1 }),
    recordPause: assign({ paused: true }),
    recordResume: assign({ paused: false }),
    // What the outside has to do; supplied by src/runner.
    /** Folds live tasks, runs their states' effects again, removes what nobody owns. */
    recover: unprovided('recover'),
    /** Starts, or goes on, admitting. */
    admit: unprovided('admit'),
    /** Starts the drain's deadline and reports when nothing holds a place. */
    drain: unprovided('drain'),
    /** Lets go of every task without ending it. */
    handOver: unprovided('handOver'),
    announce: (_, _params: { type: PublicEventType }): never => unprovided('announce')(),
  },
}).createMachine({
  id: 'runner',
  initial: 'idle',
  context: { paused: false, starts: 0 },
  on: { 'runner.start': { target: '.recovering', actions: 'countStart' } },
  states: {
    idle: {},
    recovering: {
      entry: 'recover',
      on: {
        'runner.recovered': [
          { guard: 'isPaused', target: 'paused', actions: announce('runner_online') },
          { target: 'accepting', actions: announce('runner_online') },
        ],
        'runner.pause': { guard: ({ context }) => !context.paused, actions: 'recordPause' },
        'runner.resume': { guard: 'isPaused', actions: 'recordResume' },
        'runner.drain': 'draining',
      },
    },
    accepting: {
      tags: ['accepts', 'admits'],
      entry: 'admit',
      on: { 'runner.pause': { target: 'paused', actions: 'recordPause' }, 'runner.drain': 'draining' },
    },
    paused: {
      tags: 'accepts',
      on: { 'runner.resume': { target: 'accepting', actions: 'recordResume' }, 'runner.drain': 'draining' },
    },
    draining: {
      entry: ['drain', announce('runner_draining')],
      on: { 'runner.emptied': 'stopped', 'deadline.elapsed': 'stopped' },
    },
    stopped: { entry: ['handOver', announce('runner_offline')] },
  },
})
