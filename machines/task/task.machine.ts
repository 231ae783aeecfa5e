import { assign, setup } from 'xstate'
import type { Failure } from '../../src/domain/errors.ts'
import type { PublicEventType } from '../../src/domain/events.ts'
import type { Exit } from '../../src/domain/exit.ts'
import type { ImageIdentity, Phase } from '../../src/domain/plan.ts'
import type { Collected } from '../../src/domain/result.ts'
import { unprovided } from '../unprovided.ts'

export interface TaskInput {
  /** Attempts in all, the first one included; at least 1. */
  readonly attemptsMax: number
}

/** Small on purpose: it is journalled with every event. What was asked for stands in `task.submitted`, what came out in `attempt.collected`. JSON values only. */
export interface TaskContext extends TaskInput {
  /** The current or last attempt; 0 before the first. */
  readonly attempt: number
  /** The last attempt whose process was started; 0 when none was. */
  readonly launchedAttempt: number
  /** Why somebody asked for the end; null: nobody did. */
  readonly cancelReason: string | null
  /** Why the current attempt is not a success. The first reason counts, unless the logs tell more than its exit code; a new attempt clears it. */
  readonly failure: Failure | null
  /** What the current attempt runs in; null without a container, and before that is known. */
  readonly image: ImageIdentity | null
  readonly exit: Exit | null
  /** From launch to exit, in milliseconds; 0 until it is known. */
  readonly runMs: number
}

/** Commands in the imperative, facts in the past. A fact names its attempt; one of another attempt is dropped. */
export type TaskEvent =
  /** Admission has given the task its place, for this attempt. */
  | { type: 'task.admit'; attempt: number }
  /** Somebody wants it to end. */
  | { type: 'task.cancel'; reason: string }
  /** The time of a phase is over; `failure` says which and how long it was. */
  | { type: 'deadline.elapsed'; attempt: number; phase: Phase; failure: Failure }
  /** Work directory, inputs, log files and the image are there. */
  | { type: 'attempt.prepared'; attempt: number; image: ImageIdentity | null }
  /** The process runs, or was found running. */
  | { type: 'attempt.launched'; attempt: number }
  /** The process ended by itself. `failure` is what that means, null for success. */
  | { type: 'attempt.exited'; attempt: number; exit: Exit; failure: Failure | null; runMs: number }
  /** Nothing of the attempt runs any more; `exit` if it left one. */
  | { type: 'attempt.stopped'; attempt: number; exit: Exit | null; runMs: number }
  /** Nothing of the attempt runs, and nothing can tell how it ended. */
  | { type: 'attempt.lost'; attempt: number; failure: Failure }
  /** Logs are complete, outputs stored. `failure` when an output that was promised is missing or refused, or when the logs tell why the command failed. */
  | { type: 'attempt.collected'; attempt: number; collected: Collected; failure: Failure | null }
  /** The effect of the current state could not do its work. */
  | { type: 'attempt.failed'; attempt: number; failure: Failure }
  /** The pause before the next attempt is over. */
  | { type: 'backoff.elapsed'; attempt: number }

/** Effects: what the outside has to do for a state. They stand in `entry` and nowhere else, so that a state's effects can be run again after a crash. */
export const taskEffects = ['prepare', 'launch', 'stop', 'collect', 'backOff', 'enqueue', 'clean', 'armDeadline'] as const
export type TaskEffect = (typeof taskEffects)[number]

const current = { type: 'isCurrent', params: ({ event }: { event: { attempt: number } }) => event } as const
const recordFailure = { type: 'recordFailure', params: ({ event }: { event: { failure: Failure | null } }) => event } as const
/** A deadline of this attempt and of a phase that still lasts: the timer of one that is over may fire before its end is committed. */
const due = (...of: Phase[]) =>
  ({
    type: 'isDue',
    params: ({ event }: { event: { attempt: number; phase: Phase } }) => ({ attempt: event.attempt, phase: event.phase, of }),
  }) as const
const armDeadline = (phase: Phase) => ({ type: 'armDeadline', params: { phase } }) as const
const announce = (type: PublicEventType) => ({ type: 'announce', params: { type } }) as const

/** One task, from acceptance to its single outcome.
 * - `pending`              accepted and journalled; waits for its place
 * - `preparing`            holds a place; work directory, inputs and log files are made
 * - `running.executing`    the process is found or launched, and awaited
 * - `running.stopping`     TERM, grace, KILL, until nothing of the attempt runs
 * - `collecting`           logs are read to their end, outputs stored
 * - `deciding`             passing: the one place that chooses the outcome of an attempt
 * - `retrying.backingOff`  the attempt failed transiently; holds no place, the pause runs
 * - `retrying.queued`      waits for a place for the next attempt
 * Final: `completed`, `failed`, `cancelled`; each cleans up after itself.
 * A task holds a place exactly in the states tagged `placed`. */
export const taskMachine = setup({
  types: {} as { context: TaskContext; events: TaskEvent; input: TaskInput; tags: 'placed' },
  guards: {
    isCurrent: ({ context }, params: { attempt: number }) => params.attempt === context.attempt,
    isNext: ({ context }, params: { attempt: number }) => params.attempt === context.attempt + 1,
    /** Something may still run: neither success nor another attempt may be claimed. */
    isStuck: ({ context }) => context.failure?.code === 'TIMEOUT_STOP',
    isCancelled: ({ context }) => context.cancelReason !== null,
    hasSucceeded: ({ context }) => context.failure === null,
    mayRetry: ({ context }) => context.failure?.retryable === true && context.attempt < context.attemptsMax,
    isDue: ({ context }, params: { attempt: number; phase: Phase; of: readonly Phase[] }) =>
      params.attempt === context.attempt && params.of.includes(params.phase),
  },
  actions: {
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1, failure: null, image: null, exit: null, runMs: 0 }),
    recordImage: assign({ image: (_, params: { image?: ImageIdentity | null }) => params.image ?? null }), // absent in records of before there were images
    recordCancel: assign({ cancelReason: ({ context }, params: { reason: string }) => context.cancelReason ?? params.reason }),
    recordFailure: assign({ failure: ({ context }, params: { failure: Failure | null }) => context.failure ?? params.failure }),
    /** What collecting found is a reason like any other, but for one: an exit code gives way to what stands behind it. */
    recordFinding: assign({
      failure: ({ context }, params: { failure: Failure | null }) =>
        context.failure?.code === 'EXIT_NONZERO' && params.failure?.code === 'PYTHON_EXCEPTION'
          ? params.failure
          : (context.failure ?? params.failure),
    }),
    /** The whole task's time is over: what might have been tried again has no time left for it. */
    recordOverdue: assign({
      failure: ({ context }, params: { failure: Failure }) => (context.failure?.retryable === false ? context.failure : params.failure),
    }),
    replaceFailure: assign({ failure: (_, params: { failure: Failure }) => params.failure }),
    recordExit: assign({ exit: (_, params: { exit: Exit | null; runMs: number }) => params.exit, runMs: (_, params) => params.runMs }),
    recordLaunch: assign({ launchedAttempt: ({ context }) => context.attempt }),
    // What the outside has to do; supplied by src/runner.
    /** Makes the work directory, stages inputs, fetches the image. */
    prepare: unprovided('prepare'),
    /** Finds or starts the process, and waits for its end. */
    launch: unprovided('launch'),
    /** Ends everything of the attempt and verifies it. */
    stop: unprovided('stop'),
    /** Reads logs to their end, stores outputs. */
    collect: unprovided('collect'),
    /** Removes the failed attempt's remains, then pauses. */
    backOff: unprovided('backOff'),
    /** Puts the task back into admission's queue. */
    enqueue: unprovided('enqueue'),
    /** Removes everything of the task but its logs and outputs. */
    clean: unprovided('clean'),
    /** Starts the timers of a phase, and of the whole. */
    armDeadline: (_, _params: { phase: Phase }): never => unprovided('armDeadline')(),
    /** Ends the effects and timers of the state that is left. */
    stopEffects: unprovided('stopEffects'),
    /** A public event for every sink. */
    announce: (_, _params: { type: PublicEventType }): never => unprovided('announce')(),
  },
}).createMachine({
  id: 'task',
  initial: 'pending',
  context: ({ input }) => ({
    ...input,
    attempt: 0,
    launchedAttempt: 0,
    cancelReason: null,
    failure: null,
    image: null,
    exit: null,
    runMs: 0,
  }),
  states: {
    pending: {
      on: {
        'task.admit': { guard: { type: 'isNext', params: ({ event }) => event }, target: 'preparing' },
        'task.cancel': { target: 'cancelled', actions: { type: 'recordCancel', params: ({ event }) => event } },
        'deadline.elapsed': { guard: due('queue', 'total'), target: 'failed', actions: recordFailure },
      },
    },
    preparing: {
      tags: 'placed',
      entry: ['countAttempt', 'prepare', armDeadline('prepare')],
      exit: 'stopEffects',
      on: {
        'attempt.prepared': { guard: current, target: 'running', actions: { type: 'recordImage', params: ({ event }) => event } },
        'attempt.failed': { guard: current, target: 'deciding', actions: recordFailure },
        'deadline.elapsed': { guard: due('prepare', 'total'), target: 'deciding', actions: recordFailure },
        'task.cancel': { target: 'deciding', actions: { type: 'recordCancel', params: ({ event }) => event } },
      },
    },
    running: {
      tags: 'placed',
      initial: 'executing',
      states: {
        executing: {
          entry: ['launch', armDeadline('run')],
          exit: 'stopEffects',
          on: {
            'attempt.launched': {
              guard: ({ context, event }) => event.attempt === context.attempt && context.launchedAttempt < event.attempt,
              actions: ['recordLaunch', announce('task_started')],
            },
            'attempt.exited': {
              guard: current,
              target: '#task.collecting',
              actions: [{ type: 'recordExit', params: ({ event }) => event }, recordFailure],
            },
            'attempt.lost': { guard: current, target: '#task.collecting', actions: recordFailure },
            'attempt.failed': { guard: current, target: 'stopping', actions: recordFailure },
            'deadline.elapsed': { guard: due('run', 'total'), target: 'stopping', actions: recordFailure },
            'task.cancel': { target: 'stopping', actions: { type: 'recordCancel', params: ({ event }) => event } },
          },
        },
        stopping: {
          entry: ['stop', armDeadline('stop')],
          exit: 'stopEffects',
          on: {
            'attempt.stopped': {
              guard: current,
              target: '#task.collecting',
              actions: { type: 'recordExit', params: ({ event }) => event },
            },
            'deadline.elapsed': {
              guard: due('stop'),
              target: '#task.collecting',
              actions: { type: 'replaceFailure', params: ({ event }) => event },
            },
            'task.cancel': {
              guard: ({ context }) => context.cancelReason === null,
              actions: { type: 'recordCancel', params: ({ event }) => event },
            },
          },
        },
      },
    },
    collecting: {
      tags: 'placed',
      entry: ['collect', armDeadline('collect')],
      exit: 'stopEffects',
      on: {
        'attempt.collected': {
          guard: current,
          target: 'deciding',
          actions: { type: 'recordFinding', params: ({ event }) => event },
        },
        'attempt.failed': { guard: current, target: 'deciding', actions: recordFailure },
        'deadline.elapsed': [
          { guard: due('collect'), target: 'deciding', actions: recordFailure },
          { guard: due('total'), target: 'deciding', actions: { type: 'recordOverdue', params: ({ event }) => event } },
        ],
        'task.cancel': {
          guard: ({ context }) => context.cancelReason === null,
          target: 'deciding',
          actions: { type: 'recordCancel', params: ({ event }) => event },
        },
      },
    },
    deciding: {
      always: [
        { guard: 'isStuck', target: 'failed' },
        { guard: 'isCancelled', target: 'cancelled' },
        { guard: 'hasSucceeded', target: 'completed' },
        { guard: 'mayRetry', target: 'retrying' },
        { target: 'failed' },
      ],
    },
    retrying: {
      entry: announce('task_retrying'),
      initial: 'backingOff',
      on: {
        'task.cancel': { target: 'cancelled', actions: { type: 'recordCancel', params: ({ event }) => event } },
        'deadline.elapsed': { guard: due('total'), target: 'failed', actions: { type: 'replaceFailure', params: ({ event }) => event } },
      },
      states: {
        backingOff: {
          entry: ['backOff', armDeadline('total')],
          exit: 'stopEffects',
          on: { 'backoff.elapsed': { guard: current, target: 'queued' } },
        },
        queued: {
          entry: 'enqueue',
          exit: 'stopEffects',
          on: {
            'task.admit': { guard: { type: 'isNext', params: ({ event }) => event }, target: '#task.preparing' },
            'deadline.elapsed': {
              guard: due('queue'),
              target: '#task.failed',
              actions: { type: 'replaceFailure', params: ({ event }) => event },
            },
          },
        },
      },
    },
    completed: { type: 'final', entry: [announce('task_completed'), 'clean'] },
    failed: { type: 'final', entry: [announce('task_failed'), 'clean'] },
    cancelled: { type: 'final', entry: [announce('task_cancelled'), 'clean'] },
  },
})
