import { describe, expect, it } from 'vitest'
import { transition } from 'xstate'
import { taskMachine, type TaskEvent } from '../../machines/task/task.machine.ts'
import { exploreMachine, pathsToTransitions, type Edge } from '../../src/testing/model-paths.ts'
import { walkNatively } from '../model/native-scenario.ts'
import { essenceOf, provokable, valueOf, wordFor } from '../model/outside.ts'
import type { TaskSnapshot } from '../model/task-events.ts'
import { hasBubblewrap } from './native-harness.ts'

type Step = Edge<typeof taskMachine>

const input = { attemptsMax: 2 }
const nameOf = ({ from, event, to }: Step): string => {
  const word = event.type === 'deadline.elapsed' ? `deadline.elapsed(${event.phase})` : event.type
  return `${valueOf(from)} · ${word} → ${valueOf(to)}`
}

/** Transitions that no test can bring about on a real host, at a moment of its choosing. They are walked on the simulated executor. */
const notProvokable: Readonly<Record<string, string>> = {
  'running.stopping · deadline.elapsed(stop) → collecting': 'the kernel ends every process that is sent KILL',
  'collecting · task.cancel → failed': 'only after the deadline of a stop',
  'collecting · attempt.failed → failed': 'a log file that exists can be read',
  'collecting · attempt.failed → cancelled': 'a log file that exists can be read',
  'collecting · attempt.failed → retrying.backingOff': 'a log file that exists can be read',
  'collecting · deadline.elapsed(collect) → cancelled': 'without outputs, collecting is too short to be met by a deadline',
  'collecting · deadline.elapsed(collect) → retrying.backingOff': 'without outputs, collecting is too short to be met by a deadline',
  'collecting · deadline.elapsed(total) → failed': 'the command would have to end just before the whole time is over',
  'collecting · deadline.elapsed(total) → cancelled': 'the command would have to be stopped just before the whole time is over',
}

/** What a test can make happen on a real host. Nothing keeps an attempt from being launched, so that nothing else comes first. */
const nativelyProvokable = (state: TaskSnapshot): TaskEvent[] => {
  const { attempt, launchedAttempt } = state.context
  const events = provokable(state).filter((event) => {
    const to = transition(taskMachine, state, event)[0]
    if (nameOf({ from: state, event, to }) in notProvokable) return false
    if (event.type === 'attempt.failed') return ['WORK_DIR_UNUSABLE', 'INPUT_UNAVAILABLE', 'LAUNCH_FAILED'].includes(event.failure.code)
    return true
  })
  if (valueOf(state) === 'preparing') return events.toSorted((a, b) => Number(isPrepareDeadline(b)) - Number(isPrepareDeadline(a))) // a time that is too short is so each time
  if (valueOf(state) !== 'running.executing' || launchedAttempt === attempt) return events
  return events.filter(({ type }) => type === 'attempt.launched' || type === 'attempt.failed')
}

const isPrepareDeadline = (event: TaskEvent): boolean => event.type === 'deadline.elapsed' && event.phase === 'prepare'

const paths = pathsToTransitions({ machine: taskMachine, input, events: nativelyProvokable, essence: essenceOf }, nameOf)

describe.runIf(hasBubblewrap)('a real runner with the native executor follows the task machine', () => {
  it.each([...paths])('up to %s', async (_, path) => {
    expect(await walkNatively(path)).toEqual(path.map(({ event }) => wordFor(event)))
  })

  it('over every transition that there is, but for those that are listed with their reason', () => {
    const every = new Set(exploreMachine(taskMachine, provokable, input).edges.map(nameOf))
    expect([...every].filter((name) => !paths.has(name)).toSorted()).toEqual(Object.keys(notProvokable).toSorted())
  })
})
